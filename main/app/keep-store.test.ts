import { expect, it, vi } from 'vitest';
import { localDate } from '../../shared/kernel/local-date.ts';
import type { BillingTables } from '../domains/billing/billing-tables.ts';
import type { MeteringTables } from '../domains/metering/metering-tables.ts';
import { companyRowForBench } from '../testing/bench/company-row.ts';
import { silentLog } from '../testing/engine-for-test.ts';
import { describeOnBothStores } from '../testing/store-for-test.ts';
import { allSchema } from './all-schema.ts';
import { keepStore } from './keep-store.ts';

describeOnBothStores('the housekeeping of a store', (stores) => {
  it('forgets of whom usage came late two months after it was charged in every zone, and no earlier', async () => {
    const store = await stores.openStoreForTest(allSchema);
    const db = store.tables<BillingTables & MeteringTables>();
    const late = async (): Promise<string[]> =>
      (await db.selectFrom('usage_late').select('known_on').orderBy('known_on').execute()).map(
        ({ known_on: known }) => known,
      );
    const told = ['2026-05-30', '2026-05-31', '2026-10-31', '2026-12-01'].map((day) => ({
      known_on: localDate(day),
      subscription_id: 'sub_1',
      first_day: localDate('2026-05-01'),
    }));
    await db.insertInto('usage_late').values(told).execute();
    const kept = async (): Promise<void> => {
      const stop = new AbortController();
      const said = vi.fn();
      const keeping = keepStore({ store, log: { ...silentLog, debug: said } }, stop.signal);
      await vi.waitFor(() => expect(said).toHaveBeenCalled());
      stop.abort();
      await keeping;
    };
    // Nobody sells: nothing is charged yet.
    await kept();
    expect(await late()).toHaveLength(4);
    await db.insertInto('company').values(companyRowForBench('Europe/Warsaw')).execute();
    const calendar = (zone: string, closedUntil: string | null) => ({
      company_id: 'com_1',
      billing_zone: zone,
      closed_until: closedUntil === null ? null : localDate(closedUntil),
    });
    const calendars = [
      calendar('', '2026-10-01'),
      calendar('Asia/Tokyo', '2026-08-01'),
      calendar('Europe/Kyiv', null),
    ];
    await db.insertInto('billing_calendar').values(calendars).execute();
    // 62 days before what is closed everywhere: 31 May.
    await kept();
    expect(await late()).toEqual(['2026-05-31', '2026-10-31', '2026-12-01']);
    await db
      .updateTable('billing_calendar')
      .set({ closed_until: localDate('2026-10-01') })
      .execute();
    await kept();
    expect(await late()).toEqual(['2026-10-31', '2026-12-01']);
  });
});
