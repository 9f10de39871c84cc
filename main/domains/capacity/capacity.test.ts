import { afterEach, beforeEach, expect, test } from 'vitest';
import { capacityContract } from '../../../shared/domains/capacity/capacity-contract.ts';
import type { InputOf } from '../../../shared/contract/operation.ts';
import { fleetForTest, fleetTestSchema, type FleetForTest } from '../../testing/fleet-for-test.ts';
import { hostRowForTest } from '../../testing/host-row.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { hostsOfCapacity, vmsAlike, vmsOfHost } from '../fleet/capacity-public.ts';
import { FIRST_CLUSTER_ID } from '../fleet/clusters/cluster-store.ts';
import { provisioningRow } from '../fleet/vms/vm-provisioning-store.ts';
import type { FleetTables } from '../fleet/fleet-tables.ts';
import { insertVms, type VmRecord } from '../fleet/vms/vm-store.ts';
import { DAY_MS } from './capacity-day-store.ts';
import { recordCapacity } from './capacity-duty.ts';
import { capacityHandlers } from './capacity-handlers.ts';
import type { CapacityParts } from './capacity-parts.ts';
import type { CapacityTables } from './capacity-tables.ts';
import { capacityDays } from './schema/20261129T0702-capacity-days.ts';

const GIB = 1024 ** 3;

describeOnBothStores('capacity', ({ openStoreForTest }) => {
  let fleet: FleetForTest;
  let parts: CapacityParts;

  beforeEach(async () => {
    const store = await openStoreForTest([...fleetTestSchema, capacityDays]);
    fleet = fleetForTest(store);
    parts = { store, fleet: { hosts: hostsOfCapacity, vmsAlike, vmsOfHost } };
  });
  afterEach(async () => await fleet.close());

  /** Hosts of 8 CPUs with 62 GiB to sell, on which VMs of so many GiB stand. */
  const addHosts = async (hosts: Readonly<Record<string, readonly number[]>>): Promise<void> => {
    for (const [name, vms] of Object.entries(hosts)) {
      await fleet.tables
        .insertInto('host')
        .values({ ...hostRowForTest(name), disk_bytes: 100 * GIB, disk_free_bytes: 80 * GIB })
        .execute();
      for (const [n, gib] of vms.entries()) await addVm(name, `${name}-vm${n}`, gib);
    }
  };
  const addVm = async (hostId: string, id: string, gib: number, more: Partial<VmRecord> = {}) => {
    const size = { vcpus: 1, memoryBytes: gib * GIB, diskBytes: GIB };
    const about = {
      vmId: id,
      uuid: id,
      hostId,
      name: id,
      customerId: null,
      templateId: 'tpl_1',
      os: '',
      tags: [],
    };
    await fleet.parts.store.transaction<FleetTables, void>(async (trx) => {
      await insertVms(trx, fleet.parts.store, [
        { ...provisioningRow({ ...about, ...size }, 0), state: 'running', ...more },
      ]);
    });
  };
  const call = async <N extends keyof typeof capacityContract>(
    name: N,
    input: Partial<InputOf<(typeof capacityContract)[N]>>,
  ) => {
    const handler = capacityHandlers(parts)[name] as (input: unknown, context: unknown) => Promise<unknown>;
    const parsed = capacityContract[name].input.parse(input);
    return (await handler(parsed, fleet.context(new AbortController().signal))) as {
      ok: boolean;
      code?: string;
      value: Record<string, unknown>;
    };
  };
  const list = async () => {
    const { value } = await call('capacityList', {});
    return value['clusters'] as Awaited<ReturnType<typeof first>>[];
  };
  const first = async () => {
    const { value } = await call('capacityGet', { clusterId: FIRST_CLUSTER_ID });
    return value['capacity'] as {
      cluster: string;
      hosts: number;
      hostsOpen: number;
      vms: number;
      memory: Record<string, number>;
      cpu: Record<string, number>;
      disk: Record<string, number>;
      memorySellableLessOne: number;
      worst: { host: string; verdict: string; unplaced: number; spareMemoryBytes: number } | null;
      growth: { resource: string | null; days: number | null; daysKnown: number };
    };
  };

  test('sums what is there, what may be sold by the ratios, is sold and is used', async () => {
    await addHosts({ hv1: [10, 20], hv2: [30] });
    await addVm('hv2', 'gone', 50, { state: 'missing' });
    await fleet.tables.updateTable('cluster').set({ memory_overcommit: 1.5, cpu_overcommit: 4 }).execute();
    expect(await first()).toMatchObject({
      cluster: 'Main',
      hosts: 2,
      vms: 3,
      memory: { total: 128 * GIB, sellable: 2 * 93 * GIB, sold: 60 * GIB, used: 0 },
      cpu: { total: 16, sellable: 64, sold: 3 },
      disk: { total: 200 * GIB, used: 40 * GIB, sold: 3 * GIB },
      memorySellableLessOne: 93 * GIB,
    });
    expect(await list()).toEqual([await first()]);
  });

  test.each<[string, Record<string, number[]>, Record<string, unknown> | null]>([
    ['one host alone', { hv1: [10] }, null],
    ['room for all', { hv1: [30], hv2: [20] }, { host: 'hv1', verdict: 'holds', spareMemoryBytes: 12 * GIB }],
    ['hardly room', { hv1: [30], hv2: [30] }, { verdict: 'tight', spareMemoryBytes: 2 * GIB }],
    // In sum there is room enough, but in no one place.
    [
      'no place for a big one',
      { hv1: [40], hv2: [30], hv3: [30] },
      { host: 'hv1', verdict: 'fails', unplaced: 1 },
    ],
    ['sold to the brim', { hv1: [60], hv2: [30, 30] }, { verdict: 'fails' }],
  ])('the loss of a host: %s', async (_case, hosts, expected) => {
    await addHosts(hosts);
    const { worst } = await first();
    if (expected === null) expect(worst).toBeNull();
    else expect(worst).toMatchObject(expected);
  });

  test('asked again, the same is not worked out twice, and what was sold meanwhile counts at once', async () => {
    await addHosts({ hv1: [30], hv2: [20] });
    let read = 0;
    const counting = {
      ...parts,
      fleet: {
        ...parts.fleet,
        vmsAlike: async (...of: Parameters<typeof vmsAlike>) => {
          read += 1;
          return await vmsAlike(...of);
        },
      },
    };
    const { capacityList, capacityGet } = capacityHandlers(counting);
    const context = fleet.context(new AbortController().signal);
    const verdicts = async () => {
      const list = await capacityList({}, context);
      const one = await capacityGet({ clusterId: FIRST_CLUSTER_ID, days: 7 }, context);
      return [list.ok && list.value.clusters[0]?.worst?.verdict, one.ok && one.value.capacity.worst?.verdict];
    };
    expect(await verdicts()).toEqual(['holds', 'holds']);
    const once = read;
    expect([await verdicts(), read]).toEqual([['holds', 'holds'], once]);
    await addVm('hv2', 'more', 30);
    expect(await verdicts()).toEqual(['fails', 'fails']);
    expect(read).toBeGreaterThan(once);
  });

  test('"can I lose hv1?" names where each VM would go, and what would not fit and why', async () => {
    await addHosts({ hv1: [40, 20, 5], hv2: [30], hv3: [30] });
    const { value } = await call('hostLossTry', { hostId: 'hv1' });
    expect(value).toMatchObject({
      host: 'hv1',
      cluster: 'Main',
      verdict: 'fails',
      vms: 3,
      placed: 2,
      unplacedTotal: 1,
      unplaced: [{ vm: 'hv1-vm0', reason: '2 hosts have too little memory (40 GiB wanted)' }],
      targets: [
        { host: 'hv2', vms: 1, memoryBytes: 20 * GIB },
        { host: 'hv3', vms: 1, memoryBytes: 5 * GIB },
      ],
    });
    expect(await call('hostLossTry', { hostId: 'hv9' })).toMatchObject({ code: 'no-such-host' });
  });

  test('hosts that do not answer, other clusters and filters take nothing', async () => {
    await addHosts({ hv1: [10], hv2: [], hv3: [] });
    await fleet.tables.updateTable('host').set({ state: 'unreachable' }).where('id', '=', 'hv2').execute();
    expect(await first()).toMatchObject({ hosts: 3, hostsOpen: 2, worst: { verdict: 'holds' } });
    const made = await fleet.call('clusterCreate', { name: 'Other' });
    const other = made.ok ? made.value.clusterId : '';
    await fleet.call('hostMoveToCluster', { hostIds: ['hv3'], clusterId: other });
    expect(await first()).toMatchObject({ hosts: 2, worst: { host: 'hv1', verdict: 'fails', unplaced: 1 } });
    await fleet.call('hostMoveToCluster', { hostIds: ['hv3'], clusterId: FIRST_CLUSTER_ID });
    const filters = [{ subject: 'any', value: '', verb: 'needs', label: 'ssd' }];
    await fleet.tables
      .updateTable('cluster')
      .set({ filters: JSON.stringify(filters) })
      .execute();
    expect(await first()).toMatchObject({ worst: { host: 'hv1', verdict: 'fails', unplaced: 1 } });
    await fleet.call('hostLabel', { hostIds: ['hv3'], add: ['ssd'] });
    expect(await first()).toMatchObject({ worst: { verdict: 'holds' } });
  });

  test('what is sold is recorded once a day, and from it follows when all is sold', async () => {
    await addHosts({ hv1: [10], hv2: [10] });
    const grant = { guard: async () => undefined };
    await recordCapacity(parts, grant);
    await addVm('hv1', 'more', 20);
    await recordCapacity(parts, grant);
    const days = fleet.parts.store.tables<CapacityTables>();
    const [today, ...rest] = await days
      .selectFrom('capacity_day')
      .selectAll()
      .where('cluster_id', '=', FIRST_CLUSTER_ID)
      .execute();
    expect(rest).toEqual([]);
    expect(today).toMatchObject({ vms: 3, memory_sold_bytes: 40 * GIB, hosts: 2, disk_used_bytes: 40 * GIB });
    expect((await first()).growth).toEqual({ resource: null, days: null, perDay: 0, daysKnown: 1 });
    await days
      .insertInto('capacity_day')
      .values(
        Array.from({ length: 20 }, (_, n) => ({
          ...today!,
          day: today!.day - 1 - n,
          memory_sold_bytes: (40 - 2 * (n + 1)) * GIB,
        })),
      )
      .execute();
    // 2 × 62 GiB may be sold, 40 are, and 2 go each day.
    expect((await first()).growth).toEqual({ resource: 'memory', days: 42, perDay: 2 * GIB, daysKnown: 21 });
    const { value } = await call('capacityGet', { clusterId: FIRST_CLUSTER_ID, days: 7 });
    const last = new Date(today!.day * DAY_MS).toISOString().slice(0, 10);
    expect((value['days'] as { day: string; memorySoldBytes: number }[]).at(-1)).toMatchObject({
      day: last,
      memorySoldBytes: 40 * GIB,
    });
    expect(value['days']).toHaveLength(7);
  });
});
