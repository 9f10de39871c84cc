import { expect, it } from 'vitest';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { allSchema } from '../../app/all-schema.ts';
import { companyRowForBench } from '../../testing/bench/company-row.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { BillingTables } from '../billing/billing-tables.ts';
import { newRun } from './run-create.ts';
import type { RowRecord, RunRecord, RunsTables } from './runs-tables.ts';
import { runsLarge } from './schema/20261130T1938-runs-large.ts';

/** As rows were before there were credit notes among them, before what they settle of advances was kept, and what they come to in the company's currency. */
type Before = Omit<
  RowRecord,
  | 'document_type'
  | 'credits_id'
  | 'credits_number'
  | 'advances_minor'
  | 'settled_minor'
  | 'settled_until'
  | 'own_change_minor'
  | 'own_gross_minor'
  | 'own_before_minor'
>;

const olderSteps = allSchema.slice(0, allSchema.indexOf(runsLarge));

describeOnBothStores('a run from before credit limits', (stores) => {
  it('calls large what it called over the limit', async () => {
    const address = await stores.newAddress();
    const older = await stores.openStoreForTest(olderSteps, { address });
    const db = older.tables<RunsTables & BillingTables>();
    const {
      advance_number_format: _notYet,
      paper_number_formats: _notEither,
      ...company
    } = companyRowForBench('Europe/Warsaw');
    await db.insertInto('company').values(company).execute();
    const period = { period_start: localDate('2024-10-01'), period_end_exclusive: localDate('2024-11-01') };
    const { compared_at: _neither, ...made } = newRun();
    const remarks = '{"findings":[{"finding":"over-limit","count":1}],"held":[]}';
    await db
      .insertInto('billing_run')
      .values({
        ...made,
        ...period,
        id: 'run_1',
        company_id: 'com_1',
        currency: '',
        query: '',
        change_percent: 20,
        limit_minor: 1000,
        two_people: 0,
        prepared_by: 'anna',
        prepared_at_ms: 0,
        state: 'ready',
        remarks,
      } as RunRecord)
      .execute();
    const row = (seq: number, findings: string): Before => ({
      id: `run_1.${seq}`,
      run_id: 'run_1',
      seq,
      customer_id: `cus_${seq}`,
      customer_number: `C-${seq}`,
      customer_name: `Klient ${seq}`,
      currency: 'PLN',
      state: 'ready',
      code: '',
      why: '',
      findings,
      severity: 2,
      before_minor: null,
      net_minor: 1,
      vat_minor: 0,
      gross_minor: 1,
      change_minor: 1,
      change_permille: null,
      weight: 1,
      lines: 1,
      charges: 1,
      customer_hash: '',
      body_hash: '',
      decision: '',
      decision_note: '',
      decided_by: '',
      invoice_id: null,
      number: null,
    });
    const rows = [row(1, ' new over-limit '), row(2, ' changed ')];
    await db
      .insertInto('billing_run_row')
      .values(rows as RowRecord[])
      .execute();
    await older.close();
    const store = await stores.openStoreForTest(allSchema, { address });
    const now = store.tables<RunsTables>();
    const found = await now.selectFrom('billing_run_row').selectAll().orderBy('seq').execute();
    expect(found.map(({ findings }) => findings)).toEqual([' new large ', ' changed ']);
    // They stay sorted as they were: nobody says at which rates they would be compared.
    expect(found.map((each) => Number(each.own_change_minor))).toEqual([1, 1]);
    const run = await now.selectFrom('billing_run').select('remarks').executeTakeFirstOrThrow();
    expect(run.remarks).toBe(remarks.replace('over-limit', 'large'));
  });
});
