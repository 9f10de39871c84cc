import { afterAll, expect, it } from 'vitest';
import { closePressForTest } from '../../testing/billing-room.ts';
import type { DomainsRoom } from '../../testing/domains-room.ts';
import {
  approveRun,
  chargeMonth,
  openRunsRoom,
  previewMonth,
  runCustomerId,
} from '../../testing/runs-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { CustomersTables } from '../customers/customers-tables.ts';
import type { RunsTables } from './runs-tables.ts';

afterAll(closePressForTest);

const SEPTEMBER = { periodStart: '2024-09-01', periodEndExclusive: '2024-10-01' } as const;

/** Two customers, number 2 with an address: of their September at 100.00 and 23 %, 60.00 is taken back in October. */
async function opened(room: DomainsRoom): Promise<void> {
  const numbers = [1, 2];
  await chargeMonth(
    room.store,
    '2024-09',
    numbers.map((n) => ({ n, minor: [], periods: [{ minor: 10_000 }] })),
  );
  for (const n of numbers)
    await room.call('billing.invoiceCreate', {
      customerId: runCustomerId(n),
      ...SEPTEMBER,
      issuedOn: '2024-10-01',
    });
  await chargeMonth(
    room.store,
    '2024-10',
    numbers.map((n) => ({ n, minor: [], periods: [{ minor: -6000, of: '2024-09' }] })),
  );
}

describeOnBothStores('credit notes of a run', (stores) => {
  async function inRoom(work: (room: DomainsRoom) => Promise<void>): Promise<void> {
    const room = await openRunsRoom(stores);
    try {
      await opened(room);
      await work(room);
    } finally {
      await room.close();
    }
  }

  it('go to the address of today, though they say what their invoice did', async () => {
    await inRoom(async (room) => {
      await room.store
        .tables<CustomersTables>()
        .updateTable('customer')
        .set({ email: 'moved@example.com' })
        .where('id', '=', runCustomerId(2))
        .execute();
      const run = await previewMonth(room, '2024-10');
      expect(await approveRun(room, run)).toMatchObject({ state: 'posted', counts: { credits: 2 } });
      const messages = await room.store
        .tables<RunsTables>()
        .selectFrom('invoice_delivery')
        .select('address')
        .execute();
      expect(messages).toEqual([{ address: 'moved@example.com' }]);
    });
  });
});
