import { afterAll, expect, it } from 'vitest';
import { allSchema } from '../../../app/all-schema.ts';
import { billingRoom, closeDays, closePressForTest, testCompany } from '../../../testing/billing-room.ts';
import { sellByPeriod, vcpuHours, type Components } from '../../../testing/period-room.ts';
import { join, vcpuPool, type Pool } from '../../../testing/pool-room.ts';
import { hostSeen, sightingRoom, uuidOf, vmSeen } from '../../../testing/sightings-for-test.ts';
import { describeOnBothStores, type StoreForTest } from '../../../testing/store-for-test.ts';
import {
  giveVm,
  vmFacts,
  vmFactsLocked,
  vmNames,
  vmSizes,
  type FleetTables,
} from '../../fleet/fleet-public.ts';
import { usageGaps, usageOf, usageSums } from '../../fleet/usage-public.ts';
import { forgetVms } from '../../fleet/sweep/sighting-record.ts';

afterAll(closePressForTest);

const DAY = '2026-09-28';
const NOW = '2026-10-01T08:00:00Z';
/** A vCPU-hour costs 1.00, and so nothing but them is charged. */
const byUse: Components = [{ ...vcpuHours, pricing: { tiers: 'flat', price: '1' } }];
const hours: Components = [{ ...vcpuPool, bought: '100', price: '0' }, ...byUse];

const at = (time: string): string => `${DAY}T${time}:00+02:00`;
const midnightMs = Date.parse(at('00:00')) + 86_400_000;

/** A host that is looked at now and then, with VMs of 2 vCPUs that are on since midnight. */
async function openScene(stores: StoreForTest, vms: readonly number[]) {
  const store = await stores.openStoreForTest(allSchema);
  const hosts = await sightingRoom(store);
  const room = billingRoom(store, {
    fleet: {
      usage: {
        usageOf,
        usageSums,
        usageGaps: async (db, vmIds, endMs) => await usageGaps(db, vmIds, { endMs, nowMs: endMs }),
      },
      vms: { vmFactsLocked, vmFacts, giveVm, vmNames, vmSizes },
    },
  });
  await room.call('billing.companySave', testCompany);
  const rows = store.tables<FleetTables>().selectFrom('vm').select(['id', 'uuid', 'name']);
  const seen = async (atMs: number, more: Parameters<typeof vmSeen>[1] = {}): Promise<void> =>
    await hosts.record(
      hostSeen(
        atMs,
        vms.map((n) => vmSeen(n, { cpuTimeMs: atMs - midnightMs, ...more })),
      ),
    );
  await seen(Date.parse(at('00:00')));
  return {
    room,
    /** They are on until then. */
    seenAt: async (time: string) => await seen(Date.parse(at(time))),
    /** Off the list: deleted, or their host removed. */
    goneAt: async (time: string) => {
      const gone = await rows.execute();
      await store.transaction<FleetTables, void>(
        async (trx) => await forgetVms(trx, gone, Date.parse(at(time))),
      );
    },
    /** Switched off with the day, and seen so when the month is over. */
    offAtMidnight: async () => {
      await seen(midnightMs);
      const off = { state: 'shut-off', boot: '' } as const;
      for (const atMs of [midnightMs, Date.parse(NOW)]) await seen(atMs, off);
    },
    /** The VM that has a UUID now. */
    vm: async (n: number) => (await rows.where('uuid', '=', uuidOf(n)).executeTakeFirstOrThrow()).id,
  };
}

interface Explained {
  readonly pool: readonly { readonly members: readonly { readonly quantity: string }[] }[];
}

describeOnBothStores('VMs whose UUIDs come back on the same day', (stores) => {
  it('are charged for each hour once: to the pool that was left, and to another, the same or a subscription of their own', async () => {
    const { room, seenAt, goneAt, offAtMidnight, vm } = await openScene(stores, [1, 2, 3]);
    const sell = async (name: string, components: Components, vmId?: string) =>
      await sellByPeriod(room, {
        components,
        startsOn: DAY,
        name,
        ...(vmId === undefined ? {} : { vmId }),
      });
    const pools = [await sell('A', hours), await sell('B', hours), await sell('C', hours)] as const;
    const members: string[] = [];
    for (const [n, pool] of pools.entries())
      members.push(...(await join(room, pool, at('00:10'), await vm(n + 1))));
    await seenAt('10:10');
    room.setNow(at('10:10'));
    for (const memberId of members) await room.call('billing.poolMemberRemove', { memberId });
    await goneAt('10:30');
    // The first look at the next one counts nothing: it is on from 11 o'clock.
    await seenAt('11:00');
    room.setNow(at('11:20'));
    const another = await sell('Another', hours);
    await join(room, another, at('11:20'), await vm(1));
    await join(room, pools[1], at('11:20'), await vm(2));
    const own = await sell('Own', byUse, await vm(3));
    await offAtMidnight();
    room.setNow(NOW);
    await closeDays(room, DAY, '2026-10-01');

    const used = async ({ subscriptionId }: Pool) => {
      const { rows } = await room.call('billing.chargeList', { subscriptionId });
      const usage = rows.find(({ reason }) => reason === 'usage');
      const { pool: days = [] } = (usage?.explanation ?? {}) as Partial<Explained>;
      return [usage?.amount.amountMinor, days.flatMap((day) => day.members.map(({ quantity }) => quantity))];
    };
    const of = [...pools, another, own];
    expect(await Promise.all(of.map(used))).toEqual([
      ['2000', ['20']],
      ['4600', ['26', '20']],
      ['2000', ['20']],
      ['2600', ['26']],
      ['2600', []],
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });
});
