import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { advanceLine as line, paidAhead, supplied } from '../../../testing/advance-room.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  testCompany,
} from '../../../testing/billing-room.ts';
import { balances, inOrder, leftOf as left, september } from '../../../testing/money-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';

afterAll(closePressForTest);

const PLN = 'PLN' as const;

describeOnBothStores('an advance invoice', (stores) => {
  it('taxes what came ahead; the invoice of the supply taxes the rest, and asks for the rest', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await supplied(room);
    const paymentId = await paidAhead(room, { customerId, amountMinor: '20000' });
    const first = await room.call('payments.advanceIssue', { paymentId, lines: [line('12300')] });
    expect(first).toMatchObject({ number: 'FZ 2026/10/0001', gross: { amountMinor: '12300' } });
    expect(await left(room, paymentId)).toBe('7700');
    expect(await balances(room)).toMatchObject({
      cash: 20_000,
      advances: -20_000,
      'advance-vat': 2300,
      'vat-payable': -2300,
    });
    const second = await room.call('payments.advanceIssue', { paymentId, lines: [line('7700')] });
    expect(await left(room, paymentId)).toBe('0');
    expect(await room.call('billing.invoiceGet', { invoiceId: first.invoiceId })).toMatchObject({
      type: 'advance-invoice',
      state: 'advance',
      net: { amountMinor: '10000' },
      vat: { amountMinor: '2300' },
      open: { amountMinor: '0' },
      lines: [{ description: 'Zaliczka na serwer' }],
      advance: { paymentId, reference: 'ahead', receivedOn: '2026-09-10', left: { amountMinor: '12300' } },
    });
    // 77.00 has 14.40 of VAT in it.
    expect(await balances(room)).toMatchObject({ 'advance-vat': 3740, 'vat-payable': -3740 });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);

    const preview = await room.call('billing.invoicePreview', { customerId, ...september });
    expect(preview).toMatchObject({
      gross: { amountMinor: '38130' },
      due: { amountMinor: '18130' },
      settles: [
        { number: 'FZ 2026/10/0001', net: { amountMinor: '10000' }, vat: { amountMinor: '2300' } },
        { number: 'FZ 2026/10/0002', net: { amountMinor: '6260' }, vat: { amountMinor: '1440' } },
      ],
      warnings: [],
    });
    const made = await room.call('billing.invoiceCreate', { customerId, ...september });
    expect(await room.call('billing.invoiceGet', { invoiceId: made.invoiceId })).toMatchObject({
      state: 'open',
      gross: { amountMinor: '38130' },
      open: { amountMinor: '18130' },
      due: { amountMinor: '18130' },
      settles: preview.settles,
      history: [
        { kind: 'invoice', amount: { amountMinor: '38130' } },
        { kind: 'payment', words: 'FZ 2026/10/0001', amount: { amountMinor: '-12300' } },
        { kind: 'payment', words: 'FZ 2026/10/0002', amount: { amountMinor: '-7700' } },
      ],
    });
    // All of the VAT of the supply, once: 37.40 with the advances, 33.90 with the invoice.
    expect(await balances(room)).toMatchObject({
      receivables: 18_130,
      advances: 0,
      'advance-vat': 0,
      'vat-payable': -7130,
      unbilled: 0,
      revenue: -31_000,
    });
    for (const { invoiceId } of [first, second]) {
      expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({
        state: 'used-up',
        advance: {
          left: { amountMinor: '0' },
          uses: [{ kind: 'invoice', invoiceId: made.invoiceId, number: made.number }],
        },
      });
    }
    for (const [query, total] of [
      ['type:advance-invoice', 2],
      ['state:used-up', 2],
      ['state:advance', 0],
      ['state:open', 1],
    ] as const) {
      expect([query, (await room.call('billing.invoiceList', { query })).total]).toEqual([query, total]);
    }
    const year = { start: '2026-01-01', endExclusive: '2027-01-01' };
    const { csv } = await room.call('billing.journalExport', year);
    expect(csv).toMatch(/advance-invoice,PLN,advance-vat,vat-payable,23\.00,cus_\w+,FZ 2026\/10\/0001/);
    const statement = await room.call('billing.customerStatement', { customerId, ...year });
    expect(statement.accounts).toMatchObject([
      {
        entries: [{ kind: 'payment' }, { kind: 'invoice' }],
        closing: { amountMinor: '18130' },
      },
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('larger than an invoice is used by several, to the cent', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-08-31' });
    await closeDays(room, '2026-08-31', '2026-10-01');
    const paymentId = await paidAhead(room, { customerId, amountMinor: '30001', receivedOn: '2026-08-31' });
    const advance = await room.call('payments.advanceIssue', { paymentId, lines: [line('30001')] });
    const august = { periodStart: '2026-08-31', periodEndExclusive: '2026-09-01' };
    const one = await room.call('billing.invoiceCreate', { customerId, ...august });
    const two = await room.call('billing.invoiceCreate', { customerId, ...september });
    const dues = await Promise.all(
      [one, two].map(async ({ invoiceId }) => (await room.call('billing.invoiceGet', { invoiceId })).due),
    );
    expect(dues.map(({ amountMinor }) => amountMinor)).toEqual(['0', String(38_130 - (30_001 - 1230))]);
    const { advance: facts } = await room.call('billing.invoiceGet', { invoiceId: advance.invoiceId });
    expect(facts?.uses.map(({ gross, vat }) => [gross.amountMinor, vat.amountMinor])).toEqual([
      ['1230', '230'],
      ['28771', '5380'],
    ]);
    // 5610 of VAT are in 300.01, as its parts say.
    expect(await balances(room)).toMatchObject({ 'advance-vat': 0, 'vat-payable': -(230 + 7130) });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('is credited in part and as a whole, never beyond what is left; its money is on account again', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await supplied(room);
    const paymentId = await paidAhead(room, { customerId, amountMinor: '50000' });
    const { invoiceId } = await room.call('payments.advanceIssue', { paymentId, lines: [line('50000')] });
    const reason = 'Half of it is paid back';
    const over = { invoiceId, grossMinor: '50001', reason };
    expect((await room.refused('billing.advanceCredit', over)).code).toBe('more-than-left');
    const note = await room.call('billing.advanceCredit', { invoiceId, grossMinor: '5001', reason });
    expect(note).toMatchObject({ number: 'FK 2026/10/0001', gross: { amountMinor: '-5001' } });
    expect(await room.call('billing.invoiceGet', { invoiceId: note.creditNoteId })).toMatchObject({
      state: 'credit-note',
      net: { amountMinor: '-4066' },
      vat: { amountMinor: '-935' },
      corrects: { invoiceId, number: 'FZ 2026/10/0001' },
    });
    expect(await left(room, paymentId)).toBe('5001');
    const final = await room.call('billing.invoiceCreate', { customerId, ...september });
    expect(await room.call('billing.invoiceGet', { invoiceId: final.invoiceId })).toMatchObject({
      state: 'paid',
      due: { amountMinor: '0' },
      settles: [{ gross: { amountMinor: '38130' } }],
    });
    const rest = await room.call('billing.advanceCredit', { invoiceId, reason });
    expect(rest.gross.amountMinor).toBe(String(-(50_000 - 5001 - 38_130)));
    expect((await room.refused('billing.advanceCredit', { invoiceId, reason })).code).toBe('nothing-left');
    expect(await left(room, paymentId)).toBe(String(50_000 - 38_130));
    expect(await balances(room)).toMatchObject({
      advances: -(50_000 - 38_130),
      receivables: 0,
      'advance-vat': 0,
      'vat-payable': -7130,
    });
    expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({ state: 'used-up' });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
    const wrong = { invoiceId: final.invoiceId, reason };
    expect((await room.refused('billing.advanceCredit', wrong)).code).toBe('not-an-advance');
    expect((await room.refused('billing.invoiceCredit', { invoiceId, reason })).code).toBe('not-an-invoice');
    expect((await room.refused('billing.invoiceWriteOff', { invoiceId, reason })).code).toBe(
      'not-an-invoice',
    );
  });

  it('holds its payment: taken back only when the advance is credited, or the invoice that settled it', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await supplied(room);
    const paymentId = await paidAhead(room, { customerId, amountMinor: '20000' });
    const one = await room.call('payments.advanceIssue', { paymentId, lines: [line('10000')] });
    const reverse = { paymentId, reason: 'The bank took it back' };
    expect(await room.refused('payments.paymentReverse', reverse)).toEqual({
      code: 'advance-open',
      facts: { number: one.number, left: '100.00 PLN', reference: 'ahead' },
    });
    const final = await room.call('billing.invoiceCreate', { customerId, ...september });
    expect(await room.refused('payments.paymentReverse', reverse)).toEqual({
      code: 'advance-used',
      facts: { invoice: final.number, number: one.number, reference: 'ahead' },
    });
    // A credit note of the invoice takes back all of the VAT, what the advance taxed among it.
    await room.call('billing.invoiceCredit', { invoiceId: final.invoiceId, reason: 'Not delivered' });
    expect(await balances(room)).toMatchObject({
      receivables: 0,
      advances: -20_000,
      'vat-payable': 0,
      'advance-vat': 0,
    });
    await room.call('payments.paymentReverse', reverse);
    expect(await balances(room)).toMatchObject({ receivables: 0, advances: 0, cash: 0, 'vat-payable': 0 });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('of a payment that bounced is credited, and the payment is then taken back', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await supplied(room);
    const paymentId = await paidAhead(room, { customerId, amountMinor: '10000' });
    const { invoiceId } = await room.call('payments.advanceIssue', { paymentId, lines: [line('10000')] });
    await room.call('billing.advanceCredit', { invoiceId, reason: 'The payment bounced' });
    expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({ state: 'credited' });
    await room.call('payments.paymentReverse', { paymentId, reason: 'Bounced' });
    expect(await balances(room)).toMatchObject({ advances: 0, cash: 0, 'vat-payable': 0, 'advance-vat': 0 });
    expect((await room.refused('payments.advanceIssue', { paymentId, lines: [line('1000')] })).code).toBe(
      'is-reversed',
    );
    const preview = await room.call('billing.invoicePreview', { customerId, ...september });
    expect([preview.settles, preview.due.amountMinor]).toEqual([[], '38130']);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('that the invoice cannot settle is left alone, and it is said', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await supplied(room);
    const paymentId = await paidAhead(room, { customerId, amountMinor: '12300' });
    const advance = await room.call('payments.advanceIssue', { paymentId, lines: [line('12300')] });
    // From now on it charges no VAT; what came before was taxed.
    await room.call('billing.companySave', { ...testCompany, vatScheme: 'exempt' });
    expect(await room.call('billing.invoicePreview', { customerId, ...september })).toMatchObject({
      settles: [],
      due: { amountMinor: '31000' },
      warnings: [
        '123.00 PLN of the advance invoice FZ 2026/10/0001 is left alone: it is taxed at 23 %, which this invoice is not.',
      ],
    });
    const other = { paymentId, lines: [line('100')] };
    expect((await room.refused('payments.advanceIssue', other)).code).toBe('more-than-on-account');
    const more = await paidAhead(room, { customerId, amountMinor: '12300', reference: 'more' });
    expect(
      await room.refused('payments.advanceIssue', { paymentId: more, lines: [line('12300')] }),
    ).toMatchObject({ code: 'no-vat-due' });
    await room.call('billing.invoiceCreate', { customerId, ...september });
    expect(await room.call('billing.invoiceGet', { invoiceId: advance.invoiceId })).toMatchObject({
      state: 'advance',
      advance: { left: { amountMinor: '12300' }, uses: [] },
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('is refused where it cannot be: each with its sentence, nothing posted, no number taken', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await supplied(room);
    const paymentId = await paidAhead(room, { customerId, amountMinor: '10000' });
    const refused = async (input: object): Promise<string> =>
      (await room.refused('payments.advanceIssue', { paymentId, lines: [line('10000')], ...input } as never))
        .code;
    expect(await refused({ lines: [line('10001')] })).toBe('more-than-on-account');
    expect(await refused({ lines: [line('2')] })).toBe('no-vat-in-it');
    expect(await refused({ issuedOn: '2026-10-02' })).toBe('date-in-future');
    expect(await refused({ issuedOn: '2026-09-09' })).toBe('date-before-payment');
    expect(await refused({ paymentId: 'pay_none' })).toBe('no-such-payment');
    const euros = await paidAhead(room, {
      customerId,
      amountMinor: '10000',
      currency: 'EUR',
      reference: 'eur',
    });
    expect(await refused({ paymentId: euros })).toBe('not-its-currency');
    await room.call('billing.yearRuleSet', { years: 'by-hand' });
    room.setNow('2027-01-04T08:00:00Z');
    expect(await refused({})).toBe('year-not-open');
    room.setNow('2026-10-01T08:00:00Z');
    await room.call('billing.yearRuleSet', { years: 'automatic' });
    await room.call('billing.booksClose', { until: '2026-09-30' });
    expect(await refused({ issuedOn: '2026-09-30' })).toBe('books-closed');
    await room.call('billing.companySave', {
      ...testCompany,
      accounts: testCompany.accounts.filter(({ currency }) => currency !== PLN),
    });
    expect(await refused({})).toBe('account-missing');
    await room.call('billing.companySave', testCompany);
    const made = await room.call('payments.advanceIssue', { paymentId, lines: [line('10000')] });
    expect(made.number).toBe('FZ 2026/10/0001');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('of which more is taken than it is, is refused by the database itself', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await supplied(room);
    const paymentId = await paidAhead(room, { customerId, amountMinor: '10000' });
    const { invoiceId } = await room.call('payments.advanceIssue', { paymentId, lines: [line('10000')] });
    const final = await room.call('billing.invoiceCreate', { customerId, ...september });
    const again = sql`insert into advance_use (advance_id, use_no, kind, invoice_id, gross_minor, vat_minor, entry_id)
      select ${invoiceId}, 2, 'credit-note', ${invoiceId}, 1, 0, entry_id from invoice where id = ${final.invoiceId}`;
    await expect(again.execute(room.store.tables())).rejects.toThrow(/^Refused by/);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('whose uses or VAT were changed behind its back is found by verification', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await supplied(room);
    const paymentId = await paidAhead(room, { customerId, amountMinor: '12300' });
    const advance = await room.call('payments.advanceIssue', { paymentId, lines: [line('12300')] });
    await sql`insert into ledger_entry (id, company_id, currency, booked_on, kind, source, memo, posted_at_ms)
      select 'entry_x', company_id, currency, booked_on, 'advance-invoice', 'advance-invoice x', '', 0 from ledger_entry limit 1`.execute(
      room.store.tables(),
    );
    await sql`insert into ledger_line (entry_id, line_no, debit, credit, amount_minor)
      values ('entry_x', 1, 'advance-vat', 'vat-payable', 7)`.execute(room.store.tables());
    await sql`insert into advance_use (advance_id, use_no, kind, invoice_id, gross_minor, vat_minor, entry_id)
      values (${advance.invoiceId}, 1, 'invoice', ${advance.invoiceId}, 123, 22, 'entry_x')`.execute(
      room.store.tables(),
    );
    const { problems } = await room.call('billing.ledgerVerify', {});
    for (const found of [
      'The entry "advance-invoice x" has nothing behind it.',
      /22 of VAT are taken of it, 23 are in that part/,
      /does not say what it takes/,
      /what is posted for the advance is not what it says/,
      `VAT on advances of ${testCompany.name} in PLN is 2307 minor units, of advance invoices that are not used up it is 2278.`,
    ]) {
      expect(problems).toContainEqual(typeof found === 'string' ? found : expect.stringMatching(found));
    }
  });
});
