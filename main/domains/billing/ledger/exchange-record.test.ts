import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { readPdf } from '../../../testing/pdf-text.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { unprotect } from '../../../testing/unprotect.ts';

afterAll(closePressForTest);

const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;

/** An invoice of 381.30 PLN, and the rate of 1 October for what comes in on the 2nd: 4.25. */
async function invoiced(room: BillingRoom): Promise<string> {
  room.setNow('2026-10-05T08:00:00Z');
  const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
  await closeDays(room, '2026-09-01', '2026-10-01');
  const rates = [
    {
      table: 'A',
      effectiveDate: '2026-10-01',
      rates: [
        { code: 'EUR', mid: 4.25 },
        { code: 'USD', mid: 4 },
      ],
    },
  ];
  await room.call('billing.exchangeRateImport', { content: JSON.stringify(rates) });
  const dated = { customerId, ...september, issuedOn: '2026-10-02' };
  return (await room.call('billing.invoiceCreate', dated)).invoiceId;
}

const paid = (amountMinor: string, more: object = {}) => ({
  paid: { amountMinor, currency: 'EUR' as const },
  receivedOn: '2026-10-02',
  reference: 'MT940/17',
  ...more,
});

describeOnBothStores('an invoice in złoty that is paid in euros', (stores) => {
  it('is settled by the rate of the last working day before, in two entries; again, by many at once, nothing happens twice', async () => {
    const room = await openBillingRoom(stores);
    const invoiceId = await invoiced(room);
    const pay = async () => await room.call('billing.exchangeRecord', { invoiceId, ...paid('5000') });
    const all = await Promise.all([pay(), pay(), pay()]);
    expect(all.filter(({ already }) => !already)).toHaveLength(1);
    expect(all[0]).toMatchObject({
      converted: { amountMinor: '21250', currency: 'PLN' },
      difference: { amountMinor: '0' },
      source: 'NBP',
      day: '2026-10-01',
      open: { amountMinor: '16880' },
    });
    // The rest, and 30 groszy of loss.
    const rest = { invoiceId, ...paid('3965', { settles: 'open', reference: 'MT940/18' }) };
    expect(await room.call('billing.exchangeRecord', rest)).toMatchObject({
      converted: { amountMinor: '16851' },
      settled: { amountMinor: '16880' },
      difference: { amountMinor: '29' },
      open: { amountMinor: '0' },
    });
    const { rows } = await room.call('billing.trialBalance', {});
    const balances = rows.map(({ account, debit, credit }) => [
      `${debit.currency} ${account}`,
      Number(debit.amountMinor) - Number(credit.amountMinor),
    ]);
    expect(Object.fromEntries(balances)).toMatchObject({
      'EUR cash': 8965,
      'EUR exchange': -8965,
      'PLN exchange': 21_250 + 16_851,
      'PLN exchange-differences': 29,
      'PLN receivables': 0,
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    const invoice = await room.call('billing.invoiceGet', { invoiceId });
    expect(invoice).toMatchObject({ state: 'paid' });
    expect(invoice.history.map(({ kind }) => kind).toSorted()).toEqual(['exchange', 'exchange', 'invoice']);
    const { currencies } = await room.call('billing.booksByMonth', { months: 1 });
    const paidIn = currencies.map(({ currency, months }) => [currency, months[0]?.paid.amountMinor]);
    expect(paidIn).toContainEqual(['PLN', '38130']);
    const year = { periodStart: '2026-01-01', periodEndExclusive: '2026-10-06' } as const;
    const { documentId, amount } = await room.call('documents.statementIssue', {
      customerId: invoice.customerId,
      ...year,
    });
    expect(amount).toEqual({ amountMinor: '0', currency: 'PLN' });
    const { base64 } = await room.call('documents.documentPdf', { documentId });
    const { pages } = await readPdf(Buffer.from(base64, 'base64'));
    expect(pages.join('\n')).toContain('Payment, exchanged');
    await tamper(room);
  });

  it('is refused, with what to do', async () => {
    const room = await openBillingRoom(stores);
    const invoiceId = await invoiced(room);
    const refused = async (input: object): Promise<string> =>
      (await room.refused('billing.exchangeRecord', { invoiceId, ...paid('5000'), ...input })).code;
    expect(await refused({ invoiceId: 'inv_x' })).toBe('no-such-invoice');
    expect(await refused({ paid: { amountMinor: '5', currency: 'PLN' } })).toBe('same-currency');
    expect(await refused({ receivedOn: '2026-10-06' })).toBe('date-in-future');
    expect(await refused({ receivedOn: '2026-10-01' })).toBe('date-before-invoice');
    // The rate of Friday the 2nd is not read in.
    expect(await refused({ receivedOn: '2026-10-05' })).toBe('rate-missing');
    expect(await refused({ paid: { amountMinor: '50000', currency: 'EUR' } })).toBe('more-than-open');
    await closeDays(room, '2026-10-01', '2026-10-03');
    await room.call('billing.booksClose', { until: '2026-10-02' });
    expect(await room.refused('billing.exchangeRecord', { invoiceId, ...paid('5000') })).toMatchObject({
      code: 'books-closed',
      facts: { until: '2026-10-02', bookedOn: '2026-10-02', what: 'MT940/17 of Klient vm-1' },
    });
    await room.call('billing.booksClose', { until: null });
    await room.call('billing.exchangeRecord', { invoiceId, ...paid('5000') });
    expect(await refused({ paid: { amountMinor: '5001', currency: 'EUR' } })).toBe('reference-taken');
    const { creditNoteId } = await room.call('billing.invoiceCredit', {
      invoiceId,
      lines: [{ lineNo: 1, netMinor: '100' }],
      reason: 'An outage',
    });
    expect(await refused({ invoiceId: creditNoteId, reference: 'other' })).toBe('not-an-invoice');
  });
});

async function tamper(room: BillingRoom): Promise<void> {
  const db = room.store.tables();
  for (const table of ['exchange', 'ledger_line', 'ledger_entry']) await unprotect(room, table);
  const first = `reference = 'MT940/17'`;
  for (const [change, undo, problem] of [
    [
      `update exchange set converted_minor = converted_minor + 1 where ${first}`,
      `update exchange set converted_minor = converted_minor - 1 where ${first}`,
      /by its rates it comes to 21250 minor units, it says 21251/,
    ],
    [
      `update exchange set quotes = replace(quotes, '4.25', '4.26') where ${first}`,
      `update exchange set quotes = replace(quotes, '4.26', '4.25') where ${first}`,
      /its rates are not those of NBP of 2026-10-01/,
    ],
    [
      `update exchange set paid_entry_id = settled_entry_id, settled_entry_id = paid_entry_id where ${first}`,
      `update exchange set paid_entry_id = settled_entry_id, settled_entry_id = paid_entry_id where ${first}`,
      /what is posted in EUR is not what it says/,
    ],
    [
      `update ledger_line set amount_minor = 30 where debit = 'exchange-differences'`,
      `update ledger_line set amount_minor = 29 where debit = 'exchange-differences'`,
      /MT940\/18: what is posted in PLN is not what it says/,
    ],
    [
      `update ledger_entry set kind = 'exchange' where source like 'charges 2026-09-01%'`,
      `update ledger_entry set kind = 'charges' where source like 'charges 2026-09-01%'`,
      /The entry "charges 2026-09-01 PLN" has no exchange behind it/,
    ],
  ] as const) {
    await sql.raw(change).execute(db);
    const { problems } = await room.call('billing.ledgerVerify', {});
    expect(problems).toContainEqual(expect.stringMatching(problem));
    await sql.raw(undo).execute(db);
  }
  expect((await room.call('billing.ledgerVerify', {})).problems).toEqual([]);
}
