import { afterAll, expect, it } from 'vitest';
import { closePressForTest } from '../../testing/billing-room.ts';
import {
  approveRun,
  chargeMonth,
  openRunsRoom,
  previewMonth,
  runCustomerId,
  runOf,
} from '../../testing/runs-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';

afterAll(closePressForTest);

describeOnBothStores('an invoice whose customer has no full address', (stores) => {
  it('is found in a run by what is missing and of whom, held up by nothing, and warned of by hand', async () => {
    const room = await openRunsRoom(stores);
    try {
      await chargeMonth(room.store, '2024-10', [
        { n: 0, minor: [10_000] },
        { n: 1, minor: [10_000], customer: { street: '' } },
        { n: 2, minor: [10_000], customer: { street: '', city: '' } },
        // Nothing is invoiced: nothing is missing.
        { n: 3, minor: [10_000, -10_000], customer: { city: '' } },
      ]);
      const warnings = await Promise.all(
        [0, 1, 2].map(async (n) => {
          const period = { periodStart: '2024-10-01', periodEndExclusive: '2024-11-01' } as const;
          const preview = await room.call('billing.invoicePreview', {
            customerId: runCustomerId(n),
            ...period,
          });
          return typeof preview === 'string' ? preview : preview.warnings;
        }),
      );
      const law =
        "an invoice must state its customer's full address (Art. 226(5)). Enter it under the customer first.";
      expect(warnings).toEqual([
        [],
        [`Klient 1 has no street: ${law}`],
        [`Klient 2 has no street and no city: ${law}`],
      ]);

      const run = await previewMonth(room, '2024-10');
      const asked = { runId: run.id, sort: 'customer', direction: 'asc' } as const;
      const found = await room.call('runs.runRows', { ...asked, query: 'finding:missing-data' });
      if (typeof found === 'string') throw new Error(found);
      expect(found.rows.map(({ customer, state, severity }) => [customer, state, severity])).toEqual([
        ['Klient 1', 'ready', 'check'],
        ['Klient 2', 'ready', 'check'],
      ]);
      expect(found.rows.map(({ why }) => why)).toEqual([
        expect.stringContaining('without the street of Klient 1, which an invoice must state'),
        expect.stringContaining('without the street and city of Klient 2, which an invoice must state'),
      ]);
      expect(run.findings).toContainEqual({ finding: 'missing-data', count: 2 });
      expect(run).toMatchObject({ undecided: 0, counts: { held: 0, ready: 3 } });
      await approveRun(room, run);
      expect(await runOf(room, run.id)).toMatchObject({ state: 'posted', counts: { posted: 3 } });
    } finally {
      await room.close();
    }
  });
});
