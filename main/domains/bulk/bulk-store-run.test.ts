import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CallInputOf } from '../../../shared/contract/operation.ts';
import type { bulkContract, BulkPreview, BulkRow } from '../../../shared/domains/bulk/bulk-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { testCompany } from '../../testing/billing-room.ts';
import { hostRowForTest } from '../../testing/host-row.ts';
import { vmRow } from '../../testing/bench/fleet-room.ts';
import { workingRoom, type DomainsRoom } from '../../testing/domains-room.ts';
import { monthlyFee, type Components } from '../../testing/period-room.ts';
import { vcpuPool } from '../../testing/pool-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { whenTask } from '../../testing/tasks-for-test.ts';
import type { FleetTables } from '../fleet/fleet-tables.ts';
import { insertVms, type VmRecord } from '../fleet/vms/vm-store.ts';

type What = CallInputOf<typeof bulkContract.bulkStart>['what'];
type Select = CallInputOf<typeof bulkContract.bulkStart>['select'];

const HOSTS = ['host_a', 'host_b', 'host_c'];
const VMS = 30;

describeOnBothStores('a bulk action on the store', (stores) => {
  let room: DomainsRoom;

  beforeEach(async () => {
    room = await workingRoom(stores);
    await room.store.transaction<FleetTables, void>(async (trx) => {
      const seen = Date.now();
      await room.store.insertMany(trx, 'host', [
        ...HOSTS.slice(0, 2).map((id) => hostRowForTest(id, seen)),
        { ...hostRowForTest('host_c', seen), state: 'unreachable' },
      ]);
      await insertVms(
        trx,
        room.store,
        Array.from({ length: VMS }, (_, n) => seeded(n)),
      );
    });
  });
  afterEach(async () => await room.close());

  const seeded = (n: number): VmRecord => ({
    ...vmRow(n),
    id: id(n),
    name: `acct-${String(n).padStart(2, '0')}`,
    host_id: HOSTS[n % 3] ?? '',
    customer_id: null,
    state: n % 5 === 0 ? 'shut-off' : 'running',
    tags: n < 10 ? '["vip"]' : '[]',
    notes: n === 3 ? 'call first' : '',
  });
  const id = (n: number): string => `vm_${String(n).padStart(2, '0')}`;
  const vm = async (n: number): Promise<VmRecord> =>
    await room.store
      .tables<FleetTables>()
      .selectFrom('vm')
      .innerJoin('vm_detail', 'vm_detail.uuid', 'vm.uuid')
      .selectAll()
      .where('vm.id', '=', id(n))
      .executeTakeFirstOrThrow();
  const preview = async (what: What, select: Select = {}): Promise<BulkPreview> => {
    const answer = await room.call('bulk.bulkPreview', { what, select });
    if (typeof answer === 'string') throw new Error(answer);
    return answer;
  };
  const start = async (what: What, select: Select = {}, more: object = {}) => {
    const { will, digest } = await preview(what, select);
    return await room.call('bulk.bulkStart', { what, select, expected: { count: will, digest }, ...more });
  };
  const ran = async (started: { taskId: string } | string): Promise<string> => {
    if (typeof started === 'string') throw new Error(started);
    return (await whenTask(room.store, started.taskId)).task.state;
  };
  const got = async (bulkId: string): Promise<BulkRow> => {
    const answer = await room.call('bulk.bulkGet', { bulkId });
    if (typeof answer === 'string') throw new Error(answer);
    return answer;
  };
  const idOf = (started: { bulkId: string } | string): string => {
    if (typeof started === 'string') throw new Error(started);
    return started.bulkId;
  };

  test('is previewed by host, customer, state and reason, and by the rules of a single VM', async () => {
    const seen = await preview({ action: 'shutdown' }, { query: '' });
    // A third is on a host that is away; of the others, a fifth is off.
    expect(seen).toMatchObject({ total: 30, will: 16, skipped: 4, refused: 10, hosts: 2, customers: 0 });
    expect(seen.byHost).toEqual([
      { id: 'host_a', name: 'host_a', count: 8 },
      { id: 'host_b', name: 'host_b', count: 8 },
    ]);
    expect(seen.byState).toContainEqual({ state: 'shut-off', stale: true, count: 2 });
    expect(seen.reasons.map(({ code, count }) => [code, count])).toEqual([
      ['host-away', 10],
      ['already', 4],
    ]);
    expect(seen.reasons[0]?.examples[0]).toEqual({ vmId: id(2), name: 'acct-02', host: 'host_c' });
    const ticked = await preview(
      { action: 'start' },
      { query: 'state:running', vmIds: [id(0), id(1), id(2)] },
    );
    expect(ticked).toMatchObject({ total: 3, will: 1, skipped: 1, refused: 1 });
  });

  test('names the five customers with the most, and counts those of nobody beside them', async () => {
    const owned = async (customers: number, nobody: number) => {
      const vms = room.store.tables<FleetTables>().updateTable('vm');
      for (let n = 0; n < VMS; n += 1)
        await vms
          .set({ customer_id: n < nobody ? null : `cus_${n % customers}` })
          .where('id', '=', id(n))
          .execute();
      const seen = await preview({ action: 'tagsAdd', tags: ['new'] });
      return { customers: seen.customers, of: seen.byCustomer.map(({ id: of, count }) => [of, count]) };
    };
    const five = await owned(5, 3);
    expect(five.of.at(-1)).toEqual([null, 3]);
    expect(five).toMatchObject({ customers: 5, of: { length: 6 } });
    const ten = await owned(10, 20);
    expect(ten.of[0]).toEqual([null, 20]);
    expect(ten).toMatchObject({ customers: 10, of: { length: 6 } });
  });

  test('tries again what was refused too, where nothing is destroyed', async () => {
    await room.store
      .tables<FleetTables>()
      .updateTable('vm')
      .set({ tags: JSON.stringify(Array.from({ length: 50 }, (_, n) => `t${n}`)) })
      .where('id', '=', id(1))
      .execute();
    const started = await start({ action: 'tagsAdd', tags: ['more'] }, { vmIds: [id(0), id(1)] });
    expect(await ran(started)).toBe('succeeded');
    const bulkId = idOf(started);
    expect(await got(bulkId)).toMatchObject({ counts: { done: 1, refused: 1 } });
    expect(await room.call('bulk.bulkRetry', { bulkId })).toBe('not-now');
    await room.call('fleet.vmNote', { vmId: id(1), notes: '', tags: ['t1'] });
    const again = await room.call('bulk.bulkRetry', { bulkId, refusedToo: true });
    expect(again).toMatchObject({ total: 1 });
    expect(await ran(again)).toBe('succeeded');
    expect(await got(bulkId)).toMatchObject({ state: 'done', counts: { done: 2, refused: 0 } });
  });

  test('does not destroy what it had refused: the number typed did not count it', async () => {
    const started = await start({ action: 'forceOff' }, { vmIds: [id(0), id(2)] }, { confirmCount: 0 });
    expect(started).toBe('nothing-to-do');
    const mixed = await start({ action: 'forceOff' }, { vmIds: [id(1), id(2)] }, { confirmCount: 1 });
    await ran(mixed);
    expect((await got(idOf(mixed))).counts.refused).toBe(1);
    const asked = { bulkId: idOf(mixed), refusedToo: true };
    expect(await room.refusal('bulk.bulkRetry', asked)).toMatchObject({
      code: 'not-now',
      facts: { reason: expect.stringMatching(/number that was typed/) as string },
    });
  });

  test('tags by query, says so per VM, and is taken back without what others did since', async () => {
    const started = await start({ action: 'tagsAdd', tags: ['vip', 'wave-1'] }, { query: 'host:host_a' });
    expect(await ran(started)).toBe('succeeded');
    const bulkId = idOf(started);
    expect(await got(bulkId)).toMatchObject({ state: 'done', total: 10, counts: { done: 10, failed: 0 } });
    expect(JSON.parse((await vm(3)).tags)).toEqual(['vip', 'wave-1']);
    expect((await vm(1)).tags).toBe('["vip"]');
    await room.call('fleet.vmNote', { vmId: id(3), notes: '', tags: ['vip', 'wave-1', 'mine'] });
    const undo = await room.call('bulk.bulkUndo', { bulkId });
    expect(await ran(undo)).toBe('succeeded');
    expect(JSON.parse((await vm(3)).tags)).toEqual(['vip', 'mine']);
    expect((await vm(12)).tags).toBe('[]');
    expect(await got(bulkId)).toMatchObject({ counts: { done: 0, undone: 10 } });
    expect(await got(idOf(undo))).toMatchObject({ action: 'restore', undoOf: bulkId, counts: { done: 10 } });
    for (const control of [
      'bulk.bulkUndo',
      'bulk.bulkStop',
      'bulk.bulkGoOn',
      'bulk.bulkCancel',
      'bulk.bulkRetry',
    ] as const)
      expect(await room.call(control, { bulkId }), control).toBe('not-now');
    expect(await preview({ action: 'tagsAdd', tags: ['vip'] }, { query: 'tag:vip' })).toMatchObject({
      will: 0,
      skipped: 10,
    });
  });

  test('sets notes; what somebody has changed since is not taken back', async () => {
    const started = await start({ action: 'notes', notes: 'moves on Sunday' }, { query: 'host:host_a' });
    expect(await ran(started)).toBe('succeeded');
    await room.call('fleet.vmNote', { vmId: id(6), notes: 'mine', tags: [] });
    const undo = await room.call('bulk.bulkUndo', { bulkId: idOf(started) });
    expect(await ran(undo)).toBe('succeeded');
    expect([(await vm(3)).notes, (await vm(6)).notes, (await vm(9)).notes]).toEqual([
      'call first',
      'mine',
      '',
    ]);
    const items = await room.call('bulk.bulkItems', { bulkId: idOf(undo), query: 'state:refused' });
    expect(items).toMatchObject({ total: 1, rows: [{ vmId: id(6), code: 'changed-since' }] });
  });

  test('gives VMs to a customer, and back', async () => {
    const made = await room.call('customers.customerCreate', {
      name: 'Acme',
      country: 'PL',
      currency: 'PLN',
    });
    const { customerId } = made as { customerId: string };
    const started = await start({ action: 'owner', customerId }, { vmIds: [id(0), id(1)] });
    expect(await ran(started)).toBe('succeeded');
    expect((await vm(1)).customer_id).toBe(customerId);
    expect(await ran(await room.call('bulk.bulkUndo', { bulkId: idOf(started) }))).toBe('succeeded');
    expect((await vm(1)).customer_id).toBeNull();
    expect(
      await room.call('bulk.bulkPreview', { what: { action: 'owner', customerId: 'cus_x' }, select: {} }),
    ).toBe('no-such-customer');
  });

  test('says of those that somebody pays for whether it is for themselves or for the pool they are in', async () => {
    await room.call('billing.companySave', testCompany);
    const acme = { name: 'Acme', country: 'PL', currency: 'PLN' } as const;
    const { customerId } = (await room.call('customers.customerCreate', acme)) as { customerId: string };
    const startsOn = localDate(new Date().toISOString().slice(0, 10));
    const sold = async (name: string, component: Components[number], vmId?: string): Promise<string> => {
      const periodPrices = [{ currency: 'PLN' as const, components: [component] }];
      const plan = await room.call('catalog.planCreate', { name, periodPrices, validFrom: '2020-01-01' });
      const asked = { customerId, startsOn, ...(plan as { planId: string }), ...(vmId && { vmId }) };
      const made = await room.call('billing.subscriptionStart', asked);
      return (made as { subscriptionId: string }).subscriptionId;
    };
    const subscriptionId = await sold('Pool', vcpuPool);
    await sold('Fixed 6', monthlyFee, id(6));
    await sold('Fixed 7', monthlyFee, id(7));
    for (const n of [5, 7])
      expect(await room.call('billing.poolMemberAdd', { subscriptionId, vmId: id(n) })).toHaveProperty(
        'memberId',
      );
    for (const what of [{ action: 'owner', customerId: null }, { action: 'delete' }] as const) {
      const { reasons } = await preview(what, { vmIds: [5, 6, 7].map(id) });
      expect(
        reasons.map(({ code, count, examples }) => [code, count, examples.map(({ vmId }) => vmId)]),
      ).toEqual([
        ['vm-billed', 2, [id(6), id(7)]],
        ['vm-pooled', 1, [id(5)]],
      ]);
    }
  });

  describe('is refused', () => {
    test('when others would be acted on than the preview said, with the difference', async () => {
      const { will, digest } = await preview({ action: 'notes', notes: 'x' }, { query: 'state:running' });
      await room.store
        .tables<FleetTables>()
        .updateTable('vm')
        .set({ state: 'crashed' })
        .where('id', '=', id(1))
        .execute();
      const call = { what: { action: 'notes' as const, notes: 'x' }, select: { query: 'state:running' } };
      const answer = await room.refusal('bulk.bulkStart', { ...call, expected: { count: will, digest } });
      expect(answer).toMatchObject({
        code: 'changed-meanwhile',
        facts: { was: 24, now: 23, difference: '1 less: acct-01' },
      });
      expect(await room.call('bulk.bulkList', {})).toMatchObject({ total: 0 });
    });

    test('where nothing can be done, and where the number was not typed', async () => {
      for (const [code, what, more] of [
        ['nothing-to-do', { action: 'resume' }, {}],
        ['count-not-typed', { action: 'forceOff' }, {}],
        ['count-not-typed', { action: 'delete' }, { confirmCount: 3 }],
      ] as const)
        expect(await start(what, {}, more), what.action).toBe(code);
      expect(await room.call('bulk.bulkStop', { bulkId: 'bulk_x' })).toBe('no-such-bulk');
    });
  });

  test('a VM deleted meanwhile is said to be gone; the others are done', async () => {
    const { will, digest } = await preview({ action: 'notes', notes: 'x' });
    const [started] = await Promise.all([
      room.call('bulk.bulkStart', {
        what: { action: 'notes', notes: 'x' },
        select: {},
        expected: { count: will, digest },
      }),
      room.store.tables<FleetTables>().deleteFrom('vm').where('id', '=', id(7)).execute(),
    ]);
    // Deleted before it was approved: the approval is refused; after: its item says so.
    if (typeof started === 'string') expect(started).toBe('changed-meanwhile');
    else {
      expect(await ran(started)).toBe('succeeded');
      const { counts } = await got(started.bulkId);
      expect(counts.done + counts.refused).toBe(30);
      expect(counts.done).toBeGreaterThanOrEqual(29);
    }
  });
});
