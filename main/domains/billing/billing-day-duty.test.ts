import { afterAll, expect, it, vi } from 'vitest';
import { localDate } from '../../../shared/kernel/local-date.ts';
import {
  closePressForTest,
  openBillingRoom,
  sell,
  billingRoom,
  testCompany,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { monthlyFee, sellByPeriod } from '../../testing/period-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { holdDuty } from '../../platform/store/duty-hold.ts';
import { LeaseLost } from '../../platform/store/store-error.ts';
import { BILLING_DAY_DUTY, closeDaysOver, runBillingDays } from './billing-day-duty.ts';
import type { BillingTables } from './billing-tables.ts';

afterAll(closePressForTest);

async function chargesIn(room: BillingRoom): Promise<{ readonly day: string }[]> {
  return await room.store.tables<BillingTables>().selectFrom('charge').select('day').orderBy('day').execute();
}

const silent = { info: (): void => undefined, warn: (): void => undefined };

describeOnBothStores('the duty that closes days', (stores) => {
  const grant = (
    guard: () => Promise<void> = async () => undefined,
  ): Parameters<typeof closeDaysOver>[1] => ({
    signal: new AbortController().signal,
    guard,
  });

  it('closes all that is over, in order, and then nothing', async () => {
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-25' });
    const parts = { store: room.store, billing: room.parts };
    expect(await closeDaysOver(parts, grant())).toBeUndefined();
    expect((await chargesIn(room)).map(({ day }) => day)).toEqual([
      '2026-09-25',
      '2026-09-26',
      '2026-09-27',
      '2026-09-28',
      '2026-09-29',
      '2026-09-30',
    ]);
    expect(await closeDaysOver(parts, grant())).toBeUndefined();
    expect(await chargesIn(room)).toHaveLength(6);
  });

  it('a day ends at midnight of the billing zone', async () => {
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-30' });
    const parts = { store: room.store, billing: room.parts };
    room.setNow('2026-09-30T21:59:59.999Z');
    await closeDaysOver(parts, grant());
    expect(await chargesIn(room)).toEqual([]);
    room.setNow('2026-09-30T22:00:00Z');
    await closeDaysOver(parts, grant());
    expect(await chargesIn(room)).toHaveLength(1);
  });

  it('stops where usage is missing, says so, and goes on when it is there', async () => {
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-25' });
    const parts = { store: room.store, billing: room.parts };
    room.completeUntil('2026-09-27T10:00:00Z', 'hv2 was last heard at 12:00');
    expect(await closeDaysOver(parts, grant())).toMatchObject({
      code: 'usage-incomplete',
      facts: { day: '2026-09-27', reason: 'hv2 was last heard at 12:00' },
    });
    expect(await chargesIn(room)).toHaveLength(2);
    room.completeUntil('2026-10-01T00:00:00Z', '');
    expect(await closeDaysOver(parts, grant())).toBeUndefined();
    expect(await chargesIn(room)).toHaveLength(6);
  });

  it('leaves a zone alone whose books were closed over days that are open, says so, and goes on with the others', async () => {
    const room = await openBillingRoom(stores);
    for (const [billingZone, startsOn] of [
      ['Africa/Cairo', '2026-09-25'],
      ['Asia/Tokyo', '2026-09-28'],
    ] as const) {
      await sellByPeriod(room, { components: [monthlyFee], startsOn, name: billingZone, billingZone });
    }
    const books = room.store.tables<BillingTables>().updateTable('company_books');
    await books.set({ closed_until: localDate('2026-09-26') }).execute();
    const parts = { store: room.store, billing: room.parts };
    expect(await closeDaysOver(parts, grant())).toMatchObject({
      code: 'books-closed',
      facts: { company: testCompany.name, until: '2026-09-26', bookedOn: '2026-09-25' },
    });
    const { calendars } = await room.call('billing.dayState', {});
    expect(calendars.map(({ billingZone, closedUntil }) => [billingZone, closedUntil])).toEqual([
      ['', null],
      ['Africa/Cairo', null],
      ['Asia/Tokyo', '2026-09-30'],
    ]);
    await books.set({ closed_until: null }).execute();
    expect(await closeDaysOver(parts, grant())).toBeUndefined();
  });

  it('a holder that was replaced writes nothing', async () => {
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-25' });
    const lost = async (): Promise<void> => {
      throw new LeaseLost('billing:day');
    };
    await expect(closeDaysOver({ store: room.store, billing: room.parts }, grant(lost))).rejects.toThrow(
      LeaseLost,
    );
    expect(await chargesIn(room)).toEqual([]);
  });

  it('tells the change feed', async () => {
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-30' });
    const after = await room.store.changes.cursor();
    await closeDaysOver({ store: room.store, billing: room.parts }, grant());
    const signal = AbortSignal.timeout(60_000);
    for await (const change of room.store.changes.subscribe({ signal, after, topics: ['billing-day'] })) {
      expect(change).toMatchObject({ topic: 'billing-day', key: '2026-09-30' });
      break;
    }
  });
});

describeOnBothStores('the duty, held', (stores) => {
  const september = ['2026-09-25', '2026-09-26', '2026-09-27', '2026-09-28', '2026-09-29', '2026-09-30'];

  it('two engines hold it in turn: every day is closed once, whoever is stopped', async () => {
    const address = await stores.newAddress(billingSchema);
    const first = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    await first.call('billing.companySave', testCompany);
    await sell(first, { vm: 'vm-1', startsOn: '2026-09-25' });
    // On SQLite the second engine joins the first one's store.
    const second =
      stores.kind === 'postgres'
        ? billingRoom(await stores.openAlso(address, billingSchema))
        : billingRoom(first.store);
    for (const room of [first, second]) room.setNow('2026-09-28T08:00:00Z');
    const hold = (room: BillingRoom, holder: string): { stop: () => Promise<void> } => {
      const abort = new AbortController();
      const holding = holdDuty({
        store: room.store,
        name: BILLING_DAY_DUTY,
        holder,
        ttlMs: 600,
        signal: abort.signal,
        run: async (grant) =>
          await runBillingDays(
            { store: room.store, billing: room.parts, log: silent, lookEveryMs: 20 },
            grant,
          ),
      });
      return {
        stop: async () => {
          abort.abort();
          await holding;
        },
      };
    };
    const holders = [hold(first, 'one'), hold(second, 'two')];
    const closed = async (): Promise<string[]> => (await chargesIn(first)).map(({ day }) => day);
    await expect.poll(closed).toEqual(september.slice(0, 3));
    await holders[0]?.stop();
    for (const room of [first, second]) room.setNow('2026-10-01T08:00:00Z');
    await expect.poll(closed).toEqual(september);
    await holders[1]?.stop();
    expect(await first.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, charges: 6 });
  });

  it('says once what it waits for, and goes on by itself', async () => {
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-29' });
    room.completeUntil('2026-09-30T10:00:00Z', 'hv2 was last heard at 12:00');
    const abort = new AbortController();
    const warn = vi.fn<(message: string) => void>();
    const look = vi.spyOn(room.parts.usage, 'usageGaps');
    const running = runBillingDays(
      { store: room.store, billing: room.parts, log: { ...silent, warn }, lookEveryMs: 5 },
      { token: 1, signal: abort.signal, guard: async () => undefined },
    );
    await expect.poll(() => look.mock.calls.length).toBeGreaterThan(4);
    expect(warn.mock.calls.map(([message]) => message)).toEqual([
      'Usage of 2026-09-30 is not complete yet: hv2 was last heard at 12:00.',
    ]);
    room.completeUntil('2026-10-01T00:00:00Z', '');
    await expect.poll(async () => (await chargesIn(room)).length).toBe(2);
    abort.abort();
    await running;
  });
});
