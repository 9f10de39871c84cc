import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { unprotect } from '../../../testing/unprotect.ts';
import { accountTotals, post } from './ledger-store.ts';
import type { BillingTables } from '../billing-tables.ts';

afterAll(closePressForTest);

/** Two invoices and a day that is not invoiced, in two currencies. */
async function books(room: BillingRoom): Promise<void> {
  for (const [at, currency] of (['PLN', 'EUR'] as const).entries()) {
    await sell(room, {
      vm: `vm-${at + 1}`,
      startsOn: '2026-09-01',
      price: { currency, perMonth: '33.33' },
    });
    await room.meter(`vm-${at + 1}`, {
      from: '2026-09-01',
      toExclusive: '2026-09-04',
      vcpus: 3,
      memoryMib: 777,
    });
  }
  await closeDays(room, '2026-09-01', '2026-09-04');
  // Of the day before the last one that is invoiced: VAT in euros is stated in zlotys too.
  const rates = [{ table: 'A', effectiveDate: '2026-09-01', rates: [{ code: 'EUR', mid: 4.2613 }] }];
  await room.call('billing.exchangeRateImport', { content: JSON.stringify(rates) });
  const { rows } = await room.call('customers.customerList', {});
  for (const { id: customerId } of rows) {
    await room.call('billing.invoiceCreate', {
      customerId,
      periodStart: '2026-09-01',
      periodEndExclusive: '2026-09-03',
    });
  }
}

describeOnBothStores('the ledger, verified', (stores) => {
  it('is in order when nothing was done to it', async () => {
    const room = await openBillingRoom(stores);
    expect(await room.call('billing.ledgerVerify', {})).toEqual({
      ok: true,
      entries: 0,
      charges: 0,
      invoices: 0,
      problems: [],
    });
    await books(room);
    expect(await room.call('billing.ledgerVerify', {})).toEqual({
      ok: true,
      entries: 8,
      charges: 18,
      invoices: 2,
      problems: [],
    });
  });

  const tampered: readonly (readonly [what: string, table: string, statement: string, problem: RegExp])[] = [
    [
      'a charge made dearer',
      'charge',
      `update charge set amount_minor = amount_minor + 1 where component = 'month' and day = '2026-09-02'`,
      /^Charges of sub_.* for month in 2026-09 come to \d+ instead of \d+/,
    ],
    [
      'the same, seen by its entry',
      'charge',
      `update charge set amount_minor = amount_minor + 1 where component = 'month' and day = '2026-09-02'`,
      /^charges 2026-09-02 .*: \d+ minor units are posted/,
    ],
    [
      'the same, seen by its invoice',
      'charge',
      `update charge set amount_minor = amount_minor + 1 where component = 'month' and day = '2026-09-02'`,
      /^Invoice FV .*: its net is \d+ minor units, \d+ of what was unbilled, its charges come to \d+/,
    ],
    [
      'more usage than was counted',
      'charge',
      `update charge set numerator = numerator * 2 where component = 'vcpu-hours' and day = '2026-09-01'`,
      /^Charges of sub_.* for vcpu-hours/,
    ],
    [
      'another amount in the ledger',
      'ledger_line',
      'update ledger_line set amount_minor = amount_minor + 100',
      /^Invoice FV .*: what is posted for it is not what it says/,
    ],
    [
      'another account',
      'ledger_line',
      `update ledger_line set credit = 'cash' where credit = 'unbilled'`,
      /^Unbilled in \w+ is/,
    ],
    [
      'a line removed',
      'ledger_line',
      `delete from ledger_line where credit = 'vat-payable'`,
      /what is posted for it is not what it says/,
    ],
    [
      'an entry emptied',
      'ledger_line',
      `delete from ledger_line where entry_id in (select id from ledger_entry where source = 'charges 2026-09-03 PLN')`,
      /^The entry "charges 2026-09-03 PLN" has nothing behind it/,
    ],
    [
      'a word of a document changed',
      'invoice',
      `update invoice set document = replace(document, 'Klient', 'Kunde') where seq = 1`,
      /^Invoice FV 2026\/10\/0001: its document does not fit its hash/,
    ],
    [
      'a total beside the document',
      'invoice',
      'update invoice set gross_minor = gross_minor + 1, vat_minor = vat_minor + 1 where seq = 1',
      /^Invoice FV 2026\/10\/0001: its document says .*, its row/,
    ],
    [
      'a number skipped',
      'invoice',
      'update invoice set seq = 7 where seq = 2',
      /^Invoices of 2026: 2 numbers were allotted/,
    ],
    [
      'a date out of order',
      'invoice',
      `update invoice set issued_on = '2026-09-30' where seq = 2`,
      /^Invoice FV 2026\/10\/0002 is dated before/,
    ],
    [
      'a charge taken off its invoice',
      'invoice_charge',
      'delete from invoice_charge where line_no = 1',
      /^Invoice FV .*: its net is/,
    ],
  ];

  it.each(tampered)('finds %s', async (_what, table, statement, problem) => {
    const room = await openBillingRoom(stores);
    await books(room);
    await unprotect(room, table);
    await sql.raw(statement).execute(room.store.tables());
    const verdict = await room.call('billing.ledgerVerify', {});
    expect(verdict.ok).toBe(false);
    expect(verdict.problems).toContainEqual(expect.stringMatching(problem));
  });

  it('an entry that nothing stands behind is found, and the same source cannot be posted twice', async () => {
    const room = await openBillingRoom(stores);
    await books(room);
    const company = await room.store
      .tables<BillingTables>()
      .selectFrom('company')
      .selectAll()
      .executeTakeFirstOrThrow();
    const posting = {
      companyId: company.id,
      currency: 'PLN',
      bookedOn: '2026-10-01',
      kind: 'charges',
      source: 'charges from nowhere',
      memo: '',
      lines: [{ debit: 'unbilled', credit: 'revenue', amountMinor: 5n }],
      postedAtMs: 1,
    } as unknown as Parameters<typeof post>[1];
    const postIt = async (): Promise<string> =>
      await room.store.transaction<BillingTables, string>(async (trx) => await post(trx, posting));
    await postIt();
    await expect(postIt()).rejects.toMatchObject({ kind: 'unique' });
    const { problems } = await room.call('billing.ledgerVerify', {});
    expect(problems).toContainEqual('The entry "charges from nowhere" has nothing behind it.');
  });

  it.each([
    ['no amount', { amount_minor: 0 }],
    ['a negative amount', { amount_minor: -5 }],
    ['one account on both sides', { credit: 'receivables' }],
    ['an account that is none', { credit: 'petty-cash' }],
  ])('a line with %s is refused by the database', async (_what, fields) => {
    const room = await openBillingRoom(stores);
    await books(room);
    const db = room.store.tables<BillingTables>();
    const line = await db
      .selectFrom('ledger_line')
      .selectAll()
      .where('debit', '=', 'receivables')
      .executeTakeFirstOrThrow();
    const wrong = { ...line, line_no: 99, ...fields } as typeof line;
    await expect(db.insertInto('ledger_line').values(wrong).execute()).rejects.toMatchObject({
      kind: expect.stringMatching(/check|foreign-key/) as string,
    });
  });

  it('balances at the end of any day', async () => {
    const room = await openBillingRoom(stores);
    await books(room);
    for (const asOf of ['2026-09-01', '2026-09-02', '2026-09-03', '2026-10-01']) {
      const { rows } = await room.call('billing.trialBalance', { asOf });
      for (const currency of ['PLN', 'EUR']) {
        const of = rows.filter((row) => row.debit.currency === currency);
        const sum = (side: 'debit' | 'credit'): bigint =>
          of.reduce((total, row) => total + BigInt(row[side].amountMinor), 0n);
        expect([asOf, currency, sum('debit')]).toEqual([asOf, currency, sum('credit')]);
      }
    }
    const totals = await accountTotals(room.store.tables<BillingTables>(), { companyId: 'com_1' });
    expect(totals.map(({ currency, account }) => `${currency} ${account}`)).toEqual(
      ['EUR', 'PLN'].flatMap((currency) =>
        ['receivables', 'revenue', 'unbilled', 'vat-payable'].map((account) => `${currency} ${account}`),
      ),
    );
  });
});
