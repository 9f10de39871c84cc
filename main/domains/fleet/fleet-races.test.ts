import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { vmCreateInput } from '../../../shared/domains/fleet/vm-contract.ts';
import { localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { closePressForTest, testCompany } from '../../testing/billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { hostRowForTest } from '../../testing/host-row.ts';
import { describeOnBothStores, testWhen } from '../../testing/store-for-test.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import type { TasksTables } from '../tasks/tasks-tables.ts';
import type { TemplatesTables } from '../templates/templates-tables.ts';
import type { FleetTables } from './fleet-tables.ts';
import { FIRST_CLUSTER_ID } from './clusters/cluster-store.ts';
import { lockHost } from './hosts/host-store.ts';
import { recordSighting } from './sweep/sighting-record.ts';
import type { VmProvisionInput } from './vms/vm-provision-input.ts';
import { dropProvisioned, forgetDeleted, provisioningRow } from './vms/vm-provisioning-store.ts';
import { lockVm } from './vms/vm-lock.ts';
import { vmProvisionTask } from './vms/vm-provision-task.ts';
import { insertVms, vmsWhole } from './vms/vm-store.ts';

const GIB = 1024 ** 3;
const HOST = 'host_1';
const TEMPLATE = 'tpl_1';

afterAll(closePressForTest);

describeOnBothStores('two at once', (stores) => {
  let one: DomainsRoom;
  let two: DomainsRoom;

  beforeEach(async () => {
    [one, two] = await twoDomainsRooms(stores);
    const fleet = one.store.tables<FleetTables>();
    await fleet.insertInto('host').values(hostRowForTest(HOST)).execute();
    await one.store
      .tables<TemplatesTables>()
      .insertInto('template')
      .values({
        id: TEMPLATE,
        name: 'Debian 12',
        name_key: 'debian 12',
        os: 'debian12',
        state: 'ready',
        deleting: 0,
        format: 'qcow2',
        virtual_size_bytes: GIB,
        file_bytes: GIB,
        sha256: '',
        min_disk_bytes: 0,
        min_memory_bytes: 0,
        min_vcpus: 1,
        source: '',
        source_again: null,
        created_at_ms: 0,
      })
      .execute();
  });
  afterEach(async () => {
    await one.close();
    await two.close();
  });

  const fleet = () => one.store.tables<FleetTables>();
  const host = async () =>
    await fleet().selectFrom('host').selectAll().where('id', '=', HOST).executeTakeFirstOrThrow();
  const vms = async () =>
    (await fleet().selectFrom('vm').select('id').orderBy('id').execute()).map((vm) => vm.id);

  async function addVm(id: string, state = 'shut-off'): Promise<void> {
    const size = { vcpus: 1, memoryBytes: GIB, diskBytes: GIB };
    const made = {
      vmId: id,
      uuid: id,
      hostId: HOST,
      name: id,
      customerId: null,
      templateId: TEMPLATE,
      os: '',
      tags: [],
    };
    await one.store.transaction(async (trx) => {
      await insertVms(trx, one.store, [{ ...provisioningRow({ ...made, ...size }, 0), state }]);
    });
  }

  /** A customer and a plan, ready to be sold for any VM. */
  async function shop(): Promise<{ customerId: string; planId: string; startsOn: LocalDate }> {
    await one.call('billing.companySave', testCompany);
    const customer = await one.call('customers.customerCreate', {
      name: 'Anna',
      country: 'PL',
      currency: 'PLN',
    });
    const price = { currency: 'PLN', perMonth: '10', perVcpuHour: '0', perGibHour: '0' } as const;
    const plan = await one.call('catalog.planCreate', {
      name: 'S',
      prices: [price],
      validFrom: '2020-01-01',
    });
    if (typeof customer === 'string' || typeof plan === 'string') throw new Error('refused');
    return { customerId: customer.customerId, planId: plan.planId, startsOn: localDate('2026-11-01') };
  }

  const asked = (name: string) => ({
    name,
    templateId: TEMPLATE,
    vcpus: 1,
    memoryBytes: GIB,
    diskBytes: GIB,
    network: { kind: 'network' as const, name: 'default' },
  });

  test('a first-boot script and the password of an address stand nowhere in clear', async () => {
    const made = await one.call('fleet.vmCreate', { ...asked('web'), firstBootScript: 'chpasswd hunter2' });
    const url = 'https://eva:hunter2@images.example/debian.qcow2?token=hunter2';
    const source = { kind: 'url', url } as const;
    const imported = await one.call('templates.templateImport', { name: 'Secret', os: 'debian', source });
    if (typeof made === 'string' || typeof imported === 'string') throw new Error('refused');
    const tables = one.store.tables<TasksTables>();
    const tasks = await tables.selectFrom('task').selectAll().execute();
    const steps = await tables.selectFrom('task_step').selectAll().execute();
    const audit = await one.store.audit.list({ limit: 100 });
    const templates = await one.store.tables<TemplatesTables>().selectFrom('template').selectAll().execute();
    const vms = await fleet().selectFrom('vm').selectAll().execute();
    expect(tasks).toHaveLength(2);
    expect(audit.map((row) => row.operation)).toContain('templates.templateImport');
    expect(JSON.stringify({ tasks, steps, audit, templates, vms })).not.toContain('hunter2');
    const sealed = tasks.map((task) => (JSON.parse(task.input) as { sealed?: object }).sealed);
    expect(sealed).toContainEqual({ firstBootScript: expect.stringMatching(/^k1\./) });
    expect(sealed).toContainEqual({ url: expect.stringMatching(/^k1\./) });
  });

  test('a VM is sold and deleted: what came first refuses the other', async () => {
    await addVm('vm_1');
    await addVm('vm_2');
    const sale = await shop();
    const [sold, deleted] = await whileOpen(
      one.store,
      async (trx) =>
        await one.handlers.billing.subscriptionStart({ ...sale, vmId: 'vm_1' }, one.context(trx)),
      async () => await two.call('fleet.vmDelete', { vmId: 'vm_1', confirmName: 'vm_1' }),
    );
    expect(sold).toMatchObject({ ok: true });
    expect(deleted).toBe('vm-billed');
    const [deleting, started] = await whileOpen(
      one.store,
      async (trx) =>
        await one.handlers.fleet.vmDelete({ vmId: 'vm_2', confirmName: 'vm_2' }, one.context(trx)),
      async () => await two.call('billing.subscriptionStart', { ...sale, vmId: 'vm_2' }),
    );
    expect(deleting).toMatchObject({ ok: true });
    expect(started).toBe('vm-being-deleted');
  });

  test('a VM is deleted by two people: one task does it', async () => {
    await addVm('vm_1');
    const input = { vmId: 'vm_1', confirmName: 'vm_1' };
    const [first, second] = await whileOpen(
      one.store,
      async (trx) => await one.handlers.fleet.vmDelete(input, one.context(trx)),
      async () => await two.call('fleet.vmDelete', input),
    );
    expect(first).toEqual({ ok: true, value: second });
  });

  test('a VM is sold and given to another customer: what is billed does not change hands', async () => {
    await addVm('vm_1');
    const sale = await shop();
    const other = await one.call('customers.customerCreate', { name: 'Bea', country: 'PL', currency: 'PLN' });
    if (typeof other === 'string') throw new Error(other);
    const [, assigned] = await whileOpen(
      one.store,
      async (trx) =>
        await one.handlers.billing.subscriptionStart({ ...sale, vmId: 'vm_1' }, one.context(trx)),
      async () => await two.call('fleet.vmAssign', { vmId: 'vm_1', customerId: other.customerId }),
    );
    expect(assigned).toBe('vm-billed');
  });

  test('a VM that is sold becomes who pays for it, and one of somebody else is not sold', async () => {
    await addVm('vm_1');
    const sale = await shop();
    const other = await one.call('customers.customerCreate', { name: 'Bea', country: 'PL', currency: 'PLN' });
    if (typeof other === 'string') throw new Error(other);
    const { customerId } = other;
    await one.call('fleet.vmAssign', { vmId: 'vm_1', customerId });
    expect(await one.call('billing.subscriptionStart', { ...sale, vmId: 'vm_1' })).toBe('vm-of-another');
    await one.call('fleet.vmAssign', { vmId: 'vm_1', customerId: null });
    expect(await one.call('billing.subscriptionStart', { ...sale, vmId: 'vm_1' })).toHaveProperty(
      'subscriptionId',
    );
    const [vm] = await fleet().selectFrom('vm').select('customer_id').execute();
    expect(vm).toEqual({ customer_id: sale.customerId });
  });

  test('a VM is sold while the collector forgets it: it stays', async () => {
    await addVm('vm_1');
    await fleet().updateTable('vm').set({ template_id: null }).execute();
    const sale = await shop();
    const parts = {
      store: two.store,
      clusterId: FIRST_CLUSTER_ID,
      grant: { guard: async () => undefined },
      isHeard: () => true,
      countEveryMs: 0,
      subscribed: two.domains.subscriptions.among,
    };
    await whileOpen(
      one.store,
      async (trx) =>
        await one.handlers.billing.subscriptionStart({ ...sale, vmId: 'vm_1' }, one.context(trx)),
      async () =>
        await recordSighting(parts, {
          hostId: HOST,
          atMs: Date.now(),
          whole: true,
          host: {},
          vms: [],
          undefinedUuids: ['vm_1'],
          switchedOff: [],
          events: [],
        }),
    );
    expect(await vms()).toEqual(['vm_1']);
  });

  test('a host is removed while a VM is made on it: what came first refuses the other', async () => {
    const [made, removed] = await whileOpen(
      one.store,
      async (trx) => await one.handlers.fleet.vmCreate(vmCreateInput.parse(asked('acme')), one.context(trx)),
      async () => await two.call('fleet.hostRemove', { hostId: HOST, confirmName: HOST }),
    );
    expect(made).toMatchObject({ ok: true });
    expect(removed).toBe('host-busy');
    expect(await vms()).toHaveLength(1);
  });

  test('a host is removed while a VM on it is sold: it stays', async () => {
    await addVm('vm_1');
    const sale = await shop();
    const [, removed] = await whileOpen(
      one.store,
      async (trx) =>
        await one.handlers.billing.subscriptionStart({ ...sale, vmId: 'vm_1' }, one.context(trx)),
      async () => await two.call('fleet.hostRemove', { hostId: HOST, confirmName: HOST }),
    );
    expect(removed).toBe('host-has-billed-vms');
  });

  test('a template is deleted while a VM is made from it: what came first refuses the other', async () => {
    const gone = { templateId: TEMPLATE, confirmName: 'Debian 12' };
    const [made, deleted] = await whileOpen(
      one.store,
      async (trx) => await one.handlers.fleet.vmCreate(vmCreateInput.parse(asked('acme')), one.context(trx)),
      async () => await two.call('templates.templateDelete', gone),
    );
    expect(made).toMatchObject({ ok: true });
    expect(deleted).toBe('template-busy');
    // That VM's task has ended.
    await one.store
      .tables<{ task: { state: string } }>()
      .updateTable('task')
      .set({ state: 'succeeded' })
      .execute();
    const [deleting, refused] = await whileOpen(
      one.store,
      async (trx) => await one.handlers.templates.templateDelete(gone, one.context(trx)),
      async () => await two.call('fleet.vmCreate', asked('other')),
    );
    expect(deleting).toMatchObject({ ok: true });
    expect(refused).toBe('template-not-ready');
  });

  test('a VM is made while another is given up: the host counts what stands on it', async () => {
    await addVm('vm_old', 'provisioning');
    await whileOpen(
      one.store,
      async (trx) => await one.handlers.fleet.vmCreate(vmCreateInput.parse(asked('acme')), one.context(trx)),
      async () => await dropProvisioned(two.store, { vmId: 'vm_old', hostId: HOST }),
    );
    expect(await vms()).toHaveLength(1);
    expect(await host()).toMatchObject({ vms: 1, memory_sold_bytes: GIB });
  });

  test('a deleted VM leaves the list, and what it used stays on record', async () => {
    await addVm('vm_1');
    const vm = { vmId: 'vm_1', uuid: 'vm_1', name: 'vm_1', hostId: HOST };
    await forgetDeleted(one.store, vm);
    await forgetDeleted(one.store, vm);
    expect(await vms()).toEqual([]);
    expect(await fleet().selectFrom('vm_gone').select('name').execute()).toEqual([{ name: 'vm_1' }]);
  });

  test('the making of a VM that is tried again takes its place anew, for its customer', async () => {
    const made = await one.call('fleet.vmCreate', asked('acme'));
    if (typeof made === 'string') throw new Error(made);
    const { input } = await one.store
      .tables<{ task: { id: string; input: string } }>()
      .selectFrom('task')
      .select('input')
      .where('id', '=', made.taskId)
      .executeTakeFirstOrThrow();
    const work = JSON.parse(input) as VmProvisionInput;
    const [first] = vmProvisionTask({
      store: one.store,
      templates: { ensureOnHost: async () => ({ pool: 'default', volumeName: 'x' }) },
    } as never).steps;
    const context = { input: { ...work, customerId: 'cus_1' }, progress: () => undefined } as never;
    await first!.undo!(context, {});
    expect(await vms()).toEqual([]);
    await first!.run(context, {});
    await first!.run(context, {});
    expect(
      await fleet().selectFrom('vm').select(['id', 'state', 'customer_id', 'template_id']).execute(),
    ).toEqual([{ id: made.vmId, state: 'provisioning', customer_id: 'cus_1', template_id: TEMPLATE }]);
    await first!.undo!(context, {});
    await one.call('fleet.vmCreate', asked('acme'));
    await expect(first!.run(context, {})).rejects.toMatchObject({ code: 'name-taken' });
  });

  test('the notes of a VM are written by two people: both are kept, or the second is told', async () => {
    await addVm('vm_1');
    const before = { notes: '', tags: [] };
    const [, tagged] = await whileOpen(
      one.store,
      async (trx) =>
        await one.handlers.fleet.vmNote(
          { vmId: 'vm_1', notes: 'slow disk', tags: [], before },
          one.context(trx),
        ),
      async () => await two.call('fleet.vmNote', { vmId: 'vm_1', notes: '', tags: ['vip'], before }),
    );
    expect(tagged).toEqual({});
    expect(await vmsWhole(fleet()).execute()).toMatchObject([{ notes: 'slow disk', tags: '["vip"]' }]);
    const other = { vmId: 'vm_1', notes: 'fast disk', tags: [], before };
    expect(await two.call('fleet.vmNote', other)).toBe('changed-meanwhile');
  });

  testWhen(stores.kind === 'postgres')('notes on a VM do not wait for a look at its host', async () => {
    await addVm('vm_1');
    await one.store.transaction<FleetTables, void>(async (trx) => {
      await lockHost(trx, one.store, HOST);
      expect(await two.call('fleet.vmNote', { vmId: 'vm_1', notes: 'slow disk', tags: [] })).toEqual({});
      expect(await lockVm(trx, 'vm_1')).toMatchObject({ id: 'vm_1' });
    });
  });
});
