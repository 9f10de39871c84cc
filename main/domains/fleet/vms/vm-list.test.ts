import { expect, test } from 'vitest';
import { vmListSort } from '../../../../shared/domains/fleet/vm-contract.ts';
import { compareKeys } from '../../../../shared/kernel/span-pages.ts';
import { fleetTestSchema } from '../../../testing/fleet-for-test.ts';
import { hostRowForTest } from '../../../testing/host-row.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { CustomersPublicTables } from '../../customers/customers-public.ts';
import { fleetVmTagsApart } from '../schema/20261129T1820-fleet-vm-tags-apart.ts';
import { fleetVmNarrow } from '../schema/20261129T0752-fleet-vm-narrow.ts';
import { vmList, type VmListTables } from './vm-list.ts';
import { provisioningRow } from './vm-provisioning-store.ts';
import { insertVms, vmsWhole } from './vm-store.ts';

const GIB = 1024 ** 3;
const NOW_MS = Date.UTC(2026, 10, 29);

interface Made {
  readonly name: string;
  readonly host?: string;
  readonly customer?: string;
  readonly tags?: readonly string[];
  readonly address?: string;
}

const vmsMade: readonly Made[] = [
  { name: 'acme-web', customer: 'cus_1', tags: ['VIP', 'wave-7'], address: '10.0.0.5' },
  { name: 'Łódź', customer: 'cus_2', tags: ['wave-70'] },
  { name: 'beta', host: 'hv2' },
];

function customer(n: number, name: string): CustomersPublicTables['customer'] {
  const empty = { street: '', postcode: '', city: '', vat_id: '', email: '', notes: '' };
  return {
    ...empty,
    id: `cus_${n}`,
    number: `C-${n}`,
    kind: 'person',
    name,
    country: 'PL',
    currency: 'PLN',
    language: 'pl',
    time_zone: 'Europe/Warsaw',
    active: 1,
    created_at_ms: n,
    // How it is billed has defaults, and older stores know nothing of it.
  } as CustomersPublicTables['customer'];
}

async function fill(store: Store): Promise<void> {
  const db = store.tables<VmListTables>();
  await db
    .insertInto('host')
    .values([hostRowForTest('hv1', 0), hostRowForTest('hv2', 0)])
    .execute();
  await db
    .insertInto('customer')
    .values([customer(1, 'Anna Jarzębina'), customer(2, 'Groß "vip" sp.')])
    .execute();
  const rows = vmsMade.map((vm, n) => ({
    ...provisioningRow(
      {
        vmId: `vm_${n}`,
        uuid: `uuid-${n}`,
        hostId: vm.host ?? 'hv1',
        name: vm.name,
        customerId: vm.customer ?? null,
        templateId: 'tpl_1',
        os: '',
        tags: [...(vm.tags ?? [])],
        vcpus: 1,
        memoryBytes: GIB,
        diskBytes: GIB,
      },
      NOW_MS,
    ),
    address: vm.address ?? '',
    notes: n === 2 ? 'slow disk' : '',
  }));
  await store.transaction(async (trx) => await insertVms(trx, store, rows));
}

describeOnBothStores('the list of VMs', ({ openStoreForTest, newAddress }) => {
  async function found(store: Store, query: string, sort: 'name' | 'host' | 'customer' = 'name') {
    const page = { query, sort, direction: 'asc', limit: 50, cursor: undefined } as const;
    const fresh = { nowMs: NOW_MS, staleAfterMs: 1000 };
    const { rows, total } = await vmList(store.tables<VmListTables>(), page, fresh);
    expect(total).toBe(rows.length);
    return rows.map((vm) => vm.name).join(' ');
  }

  test.each([
    ['', 'acme-web beta Łódź'],
    ['jarzebina', 'acme-web'],
    ['JARZĘBINA', 'acme-web'],
    ['customer:Jarzębina', 'acme-web'],
    ['customer="anna jarzebina"', 'acme-web'],
    ['customer:gross', 'Łódź'],
    ['customer!="anna jarzebina"', 'beta Łódź'],
    ['-customer:anna', 'beta Łódź'],
    ['lodz', 'Łódź'],
    ['name:lod', 'Łódź'],
    ['name:anna', ''],
    ['name=łódź', 'Łódź'],
    ['name=lod', ''],
    ['10.0.0', 'acme-web'],
    ['name:10.0', ''],
    ['tag:vip', 'acme-web'],
    ['tag:wave-7', 'acme-web'],
    ['tag:wave-7,wave-70', 'acme-web Łódź'],
    ['tag!=vip', 'beta Łódź'],
    ['wave', 'acme-web Łódź'],
    ['host:HV2', 'beta'],
    ['host!=hv2', 'acme-web Łódź'],
    ['customerid:cus_1', 'acme-web'],
    ['has:notes', 'beta'],
    ['-has:customer', 'beta'],
    ['state:provisioning', 'acme-web beta Łódź'],
    ['state!=provisioning', ''],
  ])('%s finds %s', async (query, names) => {
    const store = await openStoreForTest(fleetTestSchema);
    await fill(store);
    expect(await found(store, query)).toBe(names);
  });

  test('names that change are found and sorted by what they are now', async () => {
    const store = await openStoreForTest(fleetTestSchema);
    await fill(store);
    const db = store.tables<VmListTables>();
    await db.updateTable('customer').set({ name: 'Żubr' }).where('id', '=', 'cus_1').execute();
    expect(await found(store, 'zubr')).toBe('acme-web');
    expect(await found(store, 'jarzebina')).toBe('');
    await db
      .updateTable('vm')
      .set({ customer_id: 'cus_1', name: 'gamma' })
      .where('id', '=', 'vm_2')
      .execute();
    expect(await found(store, 'zubr')).toBe('acme-web gamma');
    await db.updateTable('vm').set({ customer_id: null, tags: '["new"]' }).where('id', '=', 'vm_0').execute();
    expect(await found(store, 'zubr')).toBe('gamma');
    expect(await found(store, 'tag:new')).toBe('acme-web');
    expect(await found(store, '', 'customer')).toBe('acme-web Łódź gamma');
    await db.updateTable('host').set({ name: 'a-first' }).where('id', '=', 'hv2').execute();
    expect(await found(store, '', 'host')).toBe('gamma acme-web Łódź');
    await db.updateTable('vm').set({ host_id: 'hv1' }).where('id', '=', 'vm_2').execute();
    expect(await found(store, 'host:a-first')).toBe('');
    expect(await found(store, '', 'host')).toBe('acme-web Łódź gamma');
  });

  test.each(vmListSort)(
    'by %s, rows can be merged with those of another store by what they were sorted by',
    async (sort) => {
      const store = await openStoreForTest(fleetTestSchema);
      await fill(store);
      const fresh = { nowMs: NOW_MS, staleAfterMs: 1000 };
      const page = { query: '', sort, limit: 50, cursor: undefined, withKeys: true } as const;
      for (const direction of ['asc', 'desc'] as const) {
        const found = await vmList(store.tables<VmListTables>(), { ...page, direction }, fresh);
        const keys = found.keys ?? [];
        expect(keys).toHaveLength(vmsMade.length);
        const sorted = keys.toSorted(compareKeys);
        expect(keys).toEqual(direction === 'asc' ? sorted : sorted.toReversed());
      }
      const plain = await vmList(
        store.tables<VmListTables>(),
        { ...page, direction: 'asc', withKeys: false },
        fresh,
      );
      expect(plain.keys).toBeUndefined();
    },
  );

  test('VMs of a store made before are found the same way, devices and notes and all', async () => {
    const address = await newAddress();
    const before = fleetTestSchema.filter((step) => step.id < fleetVmNarrow.id);
    const old = await openStoreForTest(before, { address });
    const db = old.tables<Record<string, Record<string, unknown>>>();
    const { move_address: _later, ...host } = hostRowForTest('hv1', 0);
    await db
      .insertInto('host')
      .values({ ...host })
      .execute();
    await db
      .insertInto('customer')
      .values({ ...customer(1, 'Anna Jarzębina') })
      .execute();
    // What a VM of that time knew.
    const {
      next_vcpus: _vcpusLater,
      next_memory_bytes: _memoryLater,
      ...known
    } = provisioningRow(
      {
        vmId: 'vm_1',
        uuid: 'uuid-1',
        hostId: 'hv1',
        name: 'acme',
        customerId: 'cus_1',
        templateId: null as unknown as string,
        os: '',
        tags: ['vip'],
        vcpus: 1,
        memoryBytes: GIB,
        diskBytes: GIB,
      },
      0,
    );
    await db
      .insertInto('vm')
      .values({ ...known, notes: 'slow disk', nics: '[1]' })
      .execute();
    await old.close();
    const store = await openStoreForTest(fleetTestSchema, { address });
    for (const query of ['jarzebina', 'tag:vip', 'has:notes', 'host:hv1'])
      expect(await found(store, query)).toBe('acme');
    expect(await vmsWhole(store.tables<VmListTables>() as never).execute()).toMatchObject([
      { id: 'vm_1', notes: 'slow disk', nics: '[1]', tags: '["vip"]' },
    ]);
  });

  test('tags of a store made before leave what stands in indexes, and are found as they were', async () => {
    const address = await newAddress();
    const old = await openStoreForTest(
      fleetTestSchema.filter((step) => step.id < fleetVmTagsApart.id),
      { address },
    );
    await fill(old);
    await old.close();
    const store = await openStoreForTest(fleetTestSchema, { address });
    const searched = await store.tables<VmListTables>().selectFrom('vm').select('search').execute();
    expect(searched.filter(({ search }) => search.includes('wave'))).toEqual([]);
    for (const [query, names] of [
      ['wave', 'acme-web Łódź'],
      ['tag:wave-7', 'acme-web'],
      ['jarzebina', 'acme-web'],
      ['10.0.0.5', 'acme-web'],
      ['lodz', 'Łódź'],
    ] as const)
      expect(await found(store, query)).toBe(names);
  });
});
