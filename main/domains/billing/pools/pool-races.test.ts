import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { addDays, localDate } from '../../../../shared/kernel/local-date.ts';
import { VM_METERS } from '../../../../shared/domains/billing/meter-rules.ts';
import { rate } from '../../../../shared/domains/billing/rating-rules.ts';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  openBillingRoom,
  testCompany,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { billingSchema } from '../../../testing/billing-schema.ts';
import {
  makePlan,
  monthlyFee,
  sellByPeriod,
  vcpuHours,
  type Components,
} from '../../../testing/period-room.ts';
import { describeOnBothStores, type StoreForTest } from '../../../testing/store-for-test.ts';
import { whileOpen } from '../../../testing/two-at-once.ts';
import type { BillingTables } from '../billing-tables.ts';
import { subscriptionChange } from '../subscriptions/subscription-change.ts';
import { subscriptionStart } from '../subscriptions/subscription-start.ts';
import { historyOf } from '../subscriptions/subscription-history.ts';
import { readingsOf } from '../usage/usage-reading-store.ts';
import { poolMemberAdd } from './pool-member-add.ts';

afterAll(closePressForTest);

const SEED = Number(process.env['FC_SEED'] ?? 20_261_130);
const RUNS = Number(process.env['FC_RUNS'] ?? 3);
const ROUNDS = 5;

/** Three vCPUs bought, by a day that is hard to divide; and the hours beside it. */
const components: Components = [
  {
    kind: 'pool',
    id: 'vcpus',
    meter: 'vm-vcpus',
    aggregate: 'daily',
    every: 'week',
    timing: 'in-advance',
    bought: '3',
    price: '1.37',
    overage: { tiers: 'flat', price: '0.337' },
  },
  { ...vcpuHours, pricing: { tiers: 'package', package: '7', price: '0.11' } },
];

async function twoEngines(stores: StoreForTest): Promise<readonly [BillingRoom, BillingRoom]> {
  const address = await stores.newAddress(billingSchema);
  const one = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
  await one.call('billing.companySave', testCompany);
  const store = stores.kind === 'postgres' ? await stores.openAlso(address, billingSchema) : one.store;
  return [one, billingRoom(store)];
}

const ending = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'done',
    (error: unknown) => /"code":"([a-z-]+)"/.exec(String(error))?.[1] ?? String(error),
  );

describeOnBothStores('pools at the same moment', (stores) => {
  it('two consoles add one VM to two pools: one of them has it, the other says whose it is', async () => {
    const [one, two] = await twoEngines(stores);
    const first = await sellByPeriod(one, { components, startsOn: '2026-09-01', name: 'First' });
    const second = await sellByPeriod(one, {
      components,
      startsOn: '2026-09-01',
      name: 'Second',
      billingZone: 'Asia/Tokyo',
    });
    for (let round = 1; round <= ROUNDS; round++) {
      const vmId = `vm-${round}`;
      await one.addVm(vmId);
      const endings = await Promise.all([
        ending(one.call('billing.poolMemberAdd', { subscriptionId: first.subscriptionId, vmId })),
        ending(two.call('billing.poolMemberAdd', { subscriptionId: second.subscriptionId, vmId })),
      ]);
      expect(endings.toSorted()).toEqual(['done', 'in-pool']);
    }
    const members = await one.store.tables<BillingTables>().selectFrom('pool_member').selectAll().execute();
    expect(members).toHaveLength(ROUNDS);
  });

  it('a VM is sold by what it uses and added to a pool: one of the two', async () => {
    const [one, two] = await twoEngines(stores);
    const pool = await sellByPeriod(one, { components, startsOn: '2026-10-01', name: 'Pool' });
    await one.addVm('first');
    const { planId, customerId } = await sellByPeriod(one, {
      components: [vcpuHours],
      startsOn: '2026-10-01',
      name: 'Used',
      vmId: 'first',
    });
    for (let round = 1; round <= ROUNDS; round++) {
      const vmId = `vm-${round}`;
      await one.addVm(vmId);
      const sold = { customerId, planId, vmId, startsOn: '2026-10-01' };
      const [added, started] = await Promise.all([
        ending(one.call('billing.poolMemberAdd', { subscriptionId: pool.subscriptionId, vmId })),
        ending(two.call('billing.subscriptionStart', sold)),
      ]);
      expect([
        ['done', 'vm-in-pool'],
        ['counted-elsewhere', 'done'],
      ]).toContainEqual([added, started]);
    }
    // In turn, each while the other one is not committed.
    const { subscriptionId } = pool;
    for (const vmId of ['pooled', 'sold']) await one.addVm(vmId);
    const sale = (vmId: string) => ({ customerId, planId, vmId, startsOn: localDate('2026-10-01') });
    const pooled = await whileOpen(
      one.store,
      async (trx) => await poolMemberAdd(one.parts, { subscriptionId, vmId: 'pooled' }, one.context(trx)),
      async () => await ending(two.call('billing.subscriptionStart', sale('pooled'))),
    );
    expect(pooled).toMatchObject([{ ok: true }, 'vm-in-pool']);
    const alone = await whileOpen(
      one.store,
      async (trx) => await subscriptionStart(one.parts, sale('sold'), one.context(trx)),
      async () => await ending(two.call('billing.poolMemberAdd', { subscriptionId, vmId: 'sold' })),
    );
    expect(alone).toMatchObject([{ ok: true }, 'counted-elsewhere']);
  });

  it('a VM joins a pool, or is in it again, while its own subscription begins to charge it by use: what was first stands', async () => {
    const [one, two] = await twoEngines(stores);
    const own = await sellByPeriod(one, { components: [monthlyFee], startsOn: '2026-09-01', name: 'Own' });
    const { customerId } = own;
    const byUse = await makePlan(one, 'By use', [vcpuHours]);
    const sold = async (planId: string, vmId?: string) =>
      (await one.call('billing.subscriptionStart', { customerId, planId, vmId, startsOn: '2026-09-01' }))
        .subscriptionId;
    const change = { do: 'change', planId: byUse } as const;
    const vmIds = ['first', 'second', 'third', 'fourth'] as const;
    const alone = new Map<string, string>();
    for (const vmId of vmIds) {
      await one.addVm(vmId);
      alone.set(vmId, await sold(own.planId, vmId));
    }
    const pooled = await makePlan(one, 'Pool', components);
    const pool = await sold(pooled);
    const ownOf = (vmId: string): string => alone.get(vmId) ?? '';
    const joins = (vmId: string) => ({ subscriptionId: pool, vmId });
    const changes = (vmId: string) => ({ subscriptionId: ownOf(vmId), change });
    const codeOf = (answer: { ok: boolean; code?: string }): string =>
      answer.ok ? 'done' : (answer.code ?? '');

    const [joined, changed] = await whileOpen(
      one.store,
      async (trx) => codeOf(await poolMemberAdd(one.parts, joins('first'), one.context(trx))),
      async () => await ending(two.call('billing.subscriptionChange', changes('first'))),
    );
    expect([joined, changed]).toEqual(['done', 'vm-in-pool']);
    const [first, second] = await whileOpen(
      one.store,
      async (trx) => codeOf(await subscriptionChange(one.parts, changes('second'), one.context(trx))),
      async () => await ending(two.call('billing.poolMemberAdd', joins('second'))),
    );
    expect([first, second]).toEqual(['done', 'counted-elsewhere']);

    // What it was by use is taken back, and with that what ended it.
    await one.call('billing.subscriptionChange', changes('third'));
    const fixed = { do: 'change', planId: own.planId } as const;
    await one.call('billing.subscriptionChange', { subscriptionId: ownOf('third'), change: fixed });
    const seq = (await one.call('billing.subscriptionHistory', { subscriptionId: ownOf('third') })).rows.at(
      -1,
    )?.seq;
    const [third, back] = await whileOpen(
      one.store,
      async (trx) => codeOf(await poolMemberAdd(one.parts, joins('third'), one.context(trx))),
      async () =>
        await ending(
          two.call('billing.subscriptionTakeBack', { subscriptionId: ownOf('third'), seq: seq ?? 0 }),
        ),
    );
    expect([third, back]).toEqual(['done', 'later-terms']);

    // Members that come back with the pool's end that is taken back.
    await one.call('billing.poolMemberAdd', joins('fourth'));
    await one.call('billing.subscriptionEnd', { subscriptionId: pool, endsOn: '2026-10-01' });
    const end =
      (await one.call('billing.subscriptionHistory', { subscriptionId: pool })).rows.at(-1)?.seq ?? 0;
    const [fourth, again] = await whileOpen(
      one.store,
      async (trx) => codeOf(await subscriptionChange(one.parts, changes('fourth'), one.context(trx))),
      async () => await ending(two.call('billing.subscriptionTakeBack', { subscriptionId: pool, seq: end })),
    );
    expect([fourth, again]).toEqual(['done', 'done']);
    const { rows } = await one.call('billing.poolMemberList', { subscriptionId: pool });
    expect(rows.flatMap(({ vmId, isIn }) => (isIn ? [vmId] : [])).toSorted()).toEqual(['first', 'third']);
  });

  it('a day closes while a member is added and another removed: what was closed stays as it is read', async () => {
    const [one, two] = await twoEngines(stores);
    for (const vm of ['a', 'b']) await one.addVm(vm);
    const { subscriptionId } = await sellByPeriod(one, { components, startsOn: '2026-09-25' });
    for (const vm of ['a', 'b'])
      await one.meter(vm, { from: '2026-09-25', toExclusive: '2026-10-02', vcpus: 4, memoryMib: 512 });
    one.setNow('2026-09-25T00:00:00+02:00');
    const { memberId } = await one.call('billing.poolMemberAdd', { subscriptionId, vmId: 'a' });
    // Both engines are at the same time, past midnight of the last of these days.
    let member = memberId;
    for (const day of ['2026-09-25', '2026-09-26', '2026-09-27', '2026-09-28']) {
      const now = `${addDays(localDate(day), 1)}T00:0${day.at(-1)}:00+02:00`;
      for (const room of [one, two]) room.setNow(now);
      const [closed, added, removed] = await Promise.all([
        ending(one.call('billing.dayClose', { day })),
        two.call('billing.poolMemberAdd', { subscriptionId, vmId: 'b' }),
        ending(two.call('billing.poolMemberRemove', { memberId: member })),
      ]);
      expect([closed, removed]).toEqual(['done', 'done']);
      // B leaves and A comes back, so that the next day begins as this one did.
      await two.call('billing.poolMemberRemove', { memberId: added.memberId });
      member = (await two.call('billing.poolMemberAdd', { subscriptionId, vmId: 'a' })).memberId;
    }
    const { parts } = await one.call('billing.poolUsage', {
      subscriptionId,
      start: '2026-09-25',
      endExclusive: '2026-10-01',
    });
    expect(parts[0]?.days.map(({ day, quantity, members }) => [day, quantity, members.length])).toEqual(
      ['2026-09-25', '2026-09-26', '2026-09-27', '2026-09-28'].map((day) => [day, '4', 1]),
    );
    expect(await one.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });
});

describeOnBothStores('whatever happens to a pool', (stores) => {
  it('its days that close come to what rating all of it once comes to, and its members to its readings', async () => {
    const step = fc.record({
      day: fc.nat(12),
      hour: fc.nat(23),
      vm: fc.constantFrom('a', 'b', 'c'),
      do: fc.constantFrom('add' as const, 'add' as const, 'remove' as const, 'undo' as const),
    });
    const load = fc.record({
      vm: fc.constantFrom('a', 'b', 'c'),
      day: fc.nat(13),
      vcpus: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.uniqueArray(load, { maxLength: 25, selector: ({ vm, day }) => `${vm} ${day}` }),
        fc.constantFrom(null, 'b' as const),
        async (steps, loads, away) => {
          const room = await openBillingRoom(stores);
          for (const vm of ['a', 'b', 'c']) await room.addVm(vm);
          const start = localDate('2026-09-10');
          const { subscriptionId } = await sellByPeriod(room, { components, startsOn: start });
          for (const { vm, day, vcpus } of loads) {
            const from = addDays(start, day);
            await room.meter(vm, { from, toExclusive: addDays(from, 1), vcpus, memoryMib: 1000 });
          }
          if (away !== null) room.hostAway([away], '2026-09-14T11:00:00+02:00', 'hv is away');
          const open = new Map<string, string>();
          for (let n = 0; n < 21; n += 1) {
            const today = addDays(start, n);
            const due = steps.filter(({ day }) => day === n).toSorted((a, b) => a.hour - b.hour);
            for (const { hour, vm, do: what } of due) {
              room.setNow(`${today}T${String(hour).padStart(2, '0')}:20:00+02:00`);
              const memberId = open.get(vm);
              if (what === 'add' && memberId === undefined) {
                const added = await room.call('billing.poolMemberAdd', { subscriptionId, vmId: vm });
                open.set(vm, added.memberId);
              } else if (what !== 'add' && memberId !== undefined) {
                const gone = await ending(
                  room.call('billing.poolMemberRemove', { memberId, undo: what === 'undo' }),
                );
                expect(['done', 'too-late-to-undo']).toContain(gone);
                if (gone === 'done') open.delete(vm);
              }
            }
            room.setNow(`${addDays(today, 1)}T08:00:00+02:00`);
            await room.call('billing.dayClose', { day: today });
          }
          if (away !== null) room.hostBack([away]);
          await closeDays(room, start, addDays(start, 21));
          const db = room.store.tables<BillingTables>();
          const asked = { subscriptionIds: [subscriptionId], from: start, meters: VM_METERS };
          const read = await readingsOf(db, room.store.kind, asked);
          const usage = read.get(subscriptionId) ?? [];
          const { lines } = rate({
            subscriptionId,
            currency: 'PLN',
            history: await historyOf(db, subscriptionId),
            usage,
            charged: [],
            target: addDays(start, 20),
            isDayOver: true,
          });
          const { rows } = await room.call('billing.chargeList', { subscriptionId });
          const charged = rows.reduce((sum, row) => sum + BigInt(row.amount.amountMinor), 0n);
          expect(charged).toBe(lines.reduce((sum, line) => sum + line.amountMinor, 0n));
          expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
