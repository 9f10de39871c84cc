import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, describe, expect, it } from 'vitest';
import { billingCopies } from '../../../testing/billing-copies.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  testCompany,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { readPdf } from '../../../testing/pdf-text.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { BillingTables } from '../billing-tables.ts';

afterAll(closePressForTest);

const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;
const reason = 'Service was not available';

/** One invoice: 310.00, 18.00 and 11.52 net, 78.09 VAT. */
async function invoiced(room: BillingRoom, language: 'en' | 'pl' | 'cs' = 'en'): Promise<string> {
  const customer = { language };
  const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01', customer });
  await room.meter('vm-1', { from: '2026-09-01', toExclusive: '2026-10-01', vcpus: 2, memoryMib: 4096 });
  await closeDays(room, '2026-09-01', '2026-10-01');
  return (await room.call('billing.invoiceCreate', { customerId, ...september })).invoiceId;
}

async function balances(room: BillingRoom): Promise<Record<string, number>> {
  const { rows } = await room.call('billing.trialBalance', {});
  return Object.fromEntries(
    rows.map((row) => [row.account, Number(row.debit.amountMinor) - Number(row.credit.amountMinor)]),
  );
}

const inOrder = { ok: true, problems: [] };

describeOnBothStores('a credit note', (stores) => {
  const invoicedRoom = billingCopies(stores, invoiced);

  it('of a line takes its net and VAT from what is owed, under a number of its own series', async () => {
    const { room, filled: invoiceId } = await invoicedRoom();
    const lines = [{ lineNo: 2, netMinor: '1800' }];
    const preview = await room.call('billing.creditPreview', { invoiceId, lines });
    expect(preview).toMatchObject({
      net: { amountMinor: '-1800' },
      vat: { amountMinor: '-414' },
      gross: { amountMinor: '-2214', currency: 'PLN' },
      lines: [{ description: 'Processor time of vm-1', quantity: '-1440', unitPrice: '0.0125' }],
    });
    expect(preview.left.map(({ left }) => left.amountMinor)).toEqual(['31000', '1800', '1152']);
    const made = await room.call('billing.invoiceCredit', { invoiceId, lines, reason });
    expect(made).toMatchObject({ number: 'FK 2026/10/0001', gross: { amountMinor: '-2214' } });
    const invoice = await room.call('billing.invoiceGet', { invoiceId });
    expect(invoice).toMatchObject({ state: 'open', open: { amountMinor: String(41_761 - 2214) } });
    expect(
      invoice.history.map(({ kind, words, amount, documentId }) => [
        kind,
        words,
        amount.amountMinor,
        documentId,
      ]),
    ).toEqual([
      ['invoice', 'FV 2026/10/0001', '41761', null],
      ['credit-note', 'FK 2026/10/0001', '-2214', made.creditNoteId],
    ]);
    const note = await room.call('billing.invoiceGet', { invoiceId: made.creditNoteId });
    expect(note).toMatchObject({
      type: 'credit-note',
      state: 'credit-note',
      reason,
      corrects: { invoiceId, number: 'FV 2026/10/0001', issuedOn: '2026-10-01' },
      open: { amountMinor: '0' },
      gross: { amountMinor: '-2214' },
      history: [],
    });
    expect(await balances(room)).toEqual({
      receivables: 41_761 - 2214,
      unbilled: 0,
      'vat-payable': -(7809 - 414),
      revenue: -(33_952 - 1800),
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('of all that is left voids the invoice: nothing is owed, and nothing more can be taken', async () => {
    const { room, filled: invoiceId } = await invoicedRoom();
    const part = [{ lineNo: 1, netMinor: '3333' }];
    await room.call('billing.invoiceCredit', { invoiceId, lines: part, reason });
    const rest = await room.call('billing.invoiceCredit', { invoiceId, reason });
    expect(rest).toMatchObject({ number: 'FK 2026/10/0002', gross: { amountMinor: String(-41_761 + 4100) } });
    const note = await room.call('billing.invoiceGet', { invoiceId: rest.creditNoteId });
    expect(note.lines.map(({ quantity, unit, unitPrice }) => [quantity, unit, unitPrice])).toEqual([
      ['-1', '', '276.67'],
      ['-1440', 'vCPU h', '0.0125'],
      ['-2880', 'GiB h', '0.004'],
    ]);
    expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({
      state: 'credited',
      overdue: false,
      open: { amountMinor: '0' },
    });
    expect(await balances(room)).toMatchObject({ receivables: 0, 'vat-payable': 0, revenue: 0 });
    expect(await room.refused('billing.invoiceCredit', { invoiceId, reason })).toMatchObject({
      code: 'nothing-left',
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ...inOrder, invoices: 3 });
    for (const [query, total] of [
      ['state:credited', 1],
      ['type:credit-note', 2],
      ['state:paid', 0],
      ['FK', 2],
    ] as const) {
      expect([query, (await room.call('billing.invoiceList', { query })).total]).toEqual([query, total]);
    }
  });

  it('two at once never take more than the invoice, in one year or over its end', async () => {
    const { room, filled: invoiceId } = await invoicedRoom();
    room.setNow('2027-01-02T08:00:00Z');
    const credit = async (issuedOn: string): Promise<string> => {
      const lines = [{ lineNo: 1, netMinor: '20000' }];
      return (await room.call('billing.invoiceCredit', { invoiceId, lines, reason, issuedOn })).number;
    };
    const answers = await Promise.allSettled(
      ['2026-12-31', '2027-01-01', '2026-12-31', '2027-01-01'].map(credit),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refusals = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [String(answer.reason)] : [],
    );
    expect(refusals.every((words) => words.includes('over-line'))).toBe(true);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it.each([
    ['more than a line', { lines: [{ lineNo: 2, netMinor: '1801' }] }, 'over-line', { left: '18.00 PLN' }],
    ['a line that is not there', { lines: [{ lineNo: 4, netMinor: '1' }] }, 'no-such-line', { lineNo: 4 }],
    ['no amount', { lines: [{ lineNo: 1, netMinor: '0' }] }, 'nothing-left', {}],
    ['a date before the invoice', { issuedOn: '2026-09-30' }, 'date-before-invoice', {}],
    ['a date in the future', { issuedOn: '2026-10-02' }, 'date-in-future', { today: '2026-10-01' }],
    ['an unknown invoice', { invoiceId: 'inv_x' }, 'no-such-invoice', {}],
  ])('is refused for %s, and no number is used', async (_what, fields, code, facts) => {
    const { room, filled: invoiceId } = await invoicedRoom();
    expect(await room.refused('billing.invoiceCredit', { invoiceId, reason, ...fields })).toMatchObject({
      code,
      facts,
    });
    const { number } = await room.call('billing.invoiceCredit', { invoiceId, reason });
    expect(number).toBe('FK 2026/10/0001');
  });

  it('and its invoice are given as JSON, the very text of their hashes', async () => {
    const { room, filled: invoiceId } = await invoicedRoom();
    const { creditNoteId } = await room.call('billing.invoiceCredit', { invoiceId, reason });
    for (const id of [invoiceId, creditNoteId]) {
      const { hash, number } = await room.call('billing.invoiceGet', { invoiceId: id });
      const { json, sha256, fileName } = await room.call('billing.invoiceJson', { invoiceId: id });
      expect(createHash('sha256').update(json).digest('hex')).toBe(hash);
      expect([sha256, fileName]).toEqual([hash, `${number.replaceAll(/[ /]/g, '-')}.json`]);
      expect(JSON.parse(json)).toMatchObject({ number });
    }
    expect((await room.refused('billing.invoiceJson', { invoiceId: 'inv_x' })).code).toBe('no-such-invoice');
  });

  it('is itself neither credited nor written off', async () => {
    const { room, filled: invoiceId } = await invoicedRoom();
    const { creditNoteId } = await room.call('billing.invoiceCredit', { invoiceId, reason });
    for (const operation of ['billing.invoiceCredit', 'billing.invoiceWriteOff'] as const) {
      expect(await room.refused(operation, { invoiceId: creditNoteId, reason })).toMatchObject({
        code: 'not-an-invoice',
      });
    }
  });

  it.each([
    ['en', 'Credit note', 'Corrects', 'Amount credited'],
    ['pl', 'Faktura korygująca', 'Dotyczy', 'Przyczyna korekty'],
    ['cs', 'Opravný daňový doklad', 'K dokladu', 'Důvod opravy'],
  ] as const)('in %s names its invoice and why, and asks for no payment', async (language, ...words) => {
    const room = await openBillingRoom(stores);
    const invoiceId = await invoiced(room, language);
    const { creditNoteId } = await room.call('billing.invoiceCredit', { invoiceId, reason });
    const pdf = await room.call('billing.invoicePdf', { invoiceId: creditNoteId });
    const { pages } = await readPdf(Buffer.from(pdf.base64, 'base64'));
    const text = pages.join('\n').replaceAll('\u00a0', ' ');
    for (const word of [...words, reason, 'FV 2026/10/0001', 'FK 2026/10/0001']) expect(text).toContain(word);
    expect(text).toMatch(/−417[.,]61 PLN/);
    expect(text).not.toContain('PL61 1090');
    expect(pages).toHaveLength(1);
  });

  describe('whose numbers would be those of invoices', () => {
    it('is refused with the company', async () => {
      const room = await openBillingRoom(stores);
      const formats = { numberFormat: 'FV {year}/{seq}', creditNumberFormat: 'FV-{year}-{seq:6}' };
      expect(await room.refused('billing.companySave', { ...testCompany, ...formats })).toMatchObject({
        code: 'formats-alike',
      });
    });

    it('because the company once had that format, is refused with its number', async () => {
      const { room, filled: invoiceId } = await invoicedRoom();
      // No company of today gets there: a store of the time when formats could change within a year may.
      await room.store
        .tables<BillingTables>()
        .updateTable('company')
        .set({ credit_number_format: testCompany.numberFormat })
        .execute();
      expect(await room.refused('billing.invoiceCredit', { invoiceId, reason })).toEqual({
        code: 'number-taken',
        facts: { number: 'FV 2026/10/0001' },
      });
    });
  });

  it.each([
    [
      'a credit note taken away before it',
      `update invoice set credit_no = 2 where credit_no = 1`,
      /is not its credit note 1/,
    ],
    [
      'its entry',
      `update ledger_line set amount_minor = amount_minor + 1 where debit = 'revenue'`,
      /FK .*what is posted for it is not/,
    ],
    [
      'a write-off',
      `update write_off set amount_minor = amount_minor + 1`,
      /^Write-off of FV .*: 101 minor units were given up, 100 are posted/,
    ],
  ])('is verified: %s is found', async (_what, statement, problem) => {
    const { room, filled: invoiceId } = await invoicedRoom();
    const lines = [{ lineNo: 1, netMinor: '100' }];
    await room.call('billing.invoiceCredit', { invoiceId, lines, reason });
    await room.call('billing.invoiceWriteOff', { invoiceId, amountMinor: '100', reason });
    for (const table of ['invoice', 'ledger_line', 'write_off']) await unprotect(room, table);
    await sql.raw(statement).execute(room.store.tables());
    const { problems } = await room.call('billing.ledgerVerify', {});
    expect(problems).toContainEqual(expect.stringMatching(problem));
  });
});

describeOnBothStores('a write-off', (stores) => {
  const invoicedRoom = billingCopies(stores, invoiced);

  it('gives up a part and then the rest, which ends the invoice; nothing is given up twice', async () => {
    const { room, filled: invoiceId } = await invoicedRoom();
    const part = await room.call('billing.invoiceWriteOff', { invoiceId, amountMinor: '761', reason });
    expect(part).toMatchObject({ amount: { amountMinor: '761' }, open: { amountMinor: '41000' } });
    const over = { invoiceId, amountMinor: '41001', reason };
    expect(await room.refused('billing.invoiceWriteOff', over)).toMatchObject({
      code: 'more-than-open',
      facts: { open: '410.00 PLN', amount: '410.01 PLN' },
    });
    room.setNow('2026-10-01T08:00:01Z');
    const twice = await Promise.allSettled(
      [1, 2].map(async () => await room.call('billing.invoiceWriteOff', { invoiceId, reason })),
    );
    expect(twice.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const invoice = await room.call('billing.invoiceGet', { invoiceId });
    expect(invoice).toMatchObject({ state: 'written-off', open: { amountMinor: '0' } });
    expect(invoice.history.map(({ words, amount }) => [words, amount.amountMinor])).toEqual([
      ['FV 2026/10/0001', '41761'],
      [reason, '-761'],
      [reason, '-41000'],
    ]);
    expect(await balances(room)).toMatchObject({
      receivables: 0,
      'write-offs': 41_761,
      'vat-payable': -7809,
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
    const db = room.store.tables<BillingTables>();
    await expect(db.deleteFrom('write_off').execute()).rejects.toThrow();
  });
});

async function unprotect(room: BillingRoom, table: string): Promise<void> {
  const db = room.store.tables();
  if (room.store.kind === 'postgres') {
    await sql`alter table ${sql.table(table)} disable trigger user`.execute(db);
    return;
  }
  for (const suffix of ['no_update', 'no_delete'])
    await sql`drop trigger ${sql.ref(`${table}_${suffix}`)}`.execute(db);
}
