import { afterAll, expect, it } from 'vitest';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import type { DomainsRoom } from '../../testing/domains-room.ts';
import { chargeMonth, openRunsRoom, previewMonth, type Charged } from '../../testing/runs-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { BillingTables } from '../billing/billing-tables.ts';

afterAll(closePressForTest);

const CHARGED: readonly Charged[] = [
  // 123.00 EUR are 522.75 PLN; 12,300.00 HUF are 130.38 PLN; 492.00 PLN.
  { n: 1, minor: [10_000], currency: 'EUR' },
  { n: 2, minor: [1_000_000], currency: 'HUF' },
  { n: 3, minor: [40_000] },
];

async function large(room: DomainsRoom, runId: string): Promise<readonly string[]> {
  const page = await room.call('runs.runRows', { runId, query: 'finding:large', sort: 'customer' });
  if (typeof page === 'string') throw new Error(page);
  return page.rows.map(({ customer, why }) => `${customer}: ${why.split('; ')[0]}`);
}

describeOnBothStores('an invoice over the amount of a run', (stores) => {
  it.each([
    ['above all', '52275', undefined, []],
    [
      'between them: an amount in euros is more than it looks, one in forints less',
      '50000',
      undefined,
      ['Klient 1: over 500.00 PLN, compared as 522.75 PLN'],
    ],
    [
      'below some',
      '14000',
      undefined,
      ['Klient 3: over 140.00 PLN', 'Klient 1: over 140.00 PLN, compared as 522.75 PLN'],
    ],
    ['of a run in one currency: in that', '12000', 'EUR', ['Klient 1: over 120.00 EUR']],
    ['of a run in one currency, above', '12300', 'EUR', []],
  ] as const)('%s', async (_what, limitMinor, currency, expected) => {
    const room = await openRunsRoom(stores);
    try {
      // The last working day before the tax point, a Monday.
      const rate = { source: 'NBP', day: localDate('2024-09-27'), imported_at_ms: 0 } as const;
      await room.store.transaction<BillingTables, void>(async (trx) => {
        const rates = [
          { ...rate, currency: 'EUR', rate: '4.25' },
          { ...rate, currency: 'HUF', rate: '0.0106' },
        ];
        await trx.insertInto('exchange_rate').values(rates).execute();
      });
      await chargeMonth(room.store, '2024-09', CHARGED);
      const run = await previewMonth(room, '2024-09', { limitMinor, ...(currency && { currency }) });
      expect((await large(room, run.id)).toSorted()).toEqual([...expected].toSorted());
    } finally {
      await room.close();
    }
  });
});
