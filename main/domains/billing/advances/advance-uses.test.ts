import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { advanced, nbp, usesOf } from '../../../testing/advance-room.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  testCompany,
} from '../../../testing/billing-room.ts';
import { august, inOrder, september, twoEngines } from '../../../testing/money-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { unprotect } from '../../../testing/unprotect.ts';
import { whileOpen } from '../../../testing/two-at-once.ts';
import { creditNotesOffTheirInvoices } from '../invoices/credit-verify.ts';
import { invoiceCreate } from '../invoices/invoice-create.ts';
import { advanceCredit } from './advance-credit.ts';

afterAll(closePressForTest);

const minor = (decimal: string | undefined): number => Math.round(Number(decimal ?? '0') * 100);

describeOnBothStores('an advance invoice of which several take', (stores) => {
  it('is used up once by two invoices at the same moment', async () => {
    const [one, two] = await twoEngines(stores);
    const { customerId, advanceId } = await advanced(one, '20000', { receivedOn: '2026-08-31' });
    const [first, second] = await Promise.all([
      one.call('billing.invoiceCreate', { customerId, ...august }),
      two.call('billing.invoiceCreate', { customerId, ...september }),
    ]);
    const settled = await Promise.all(
      [first, second].map(async ({ invoiceId }) => {
        const { settles } = await one.call('billing.invoiceGet', { invoiceId });
        return settles.reduce((sum, { gross }) => sum + Number(gross.amountMinor), 0);
      }),
    );
    // Whoever comes second has what the first left.
    expect([
      [1230, 18_770],
      [0, 20_000],
    ]).toContainEqual(settled);
    const { advance } = await one.call('billing.invoiceGet', { invoiceId: advanceId });
    expect(advance?.left.amountMinor).toBe('0');
    expect(await one.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('is credited while an invoice that settles it is issued: the invoice has what is left behind it', async () => {
    const [one, two] = await twoEngines(stores);
    const { customerId, advanceId } = await advanced(one, '50000');
    const [, made] = await whileOpen(
      one.store,
      async (trx) =>
        await advanceCredit(
          one.parts,
          { invoiceId: advanceId, grossMinor: '30000', reason: 'Paid back' },
          one.context(trx),
        ),
      async () => await two.call('billing.invoiceCreate', { customerId, ...september }),
    );
    const { settles } = await one.call('billing.invoiceGet', { invoiceId: made.invoiceId });
    expect(settles.map(({ gross }) => gross.amountMinor)).toEqual(['20000']);
    expect(await usesOf(one, advanceId)).toEqual(['credit-note 30000', 'invoice 20000']);
    expect(await one.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('is settled while its payment is taken back: that is refused by the invoice', async () => {
    const [one, two] = await twoEngines(stores);
    const { customerId, paymentId, advanceId } = await advanced(one, '20000');
    const [, refused] = await whileOpen(
      one.store,
      async (trx) => await invoiceCreate(one.parts, { customerId, ...september } as never, one.context(trx)),
      async () => await two.refused('payments.paymentReverse', { paymentId, reason: 'It bounced' }),
    );
    expect(refused.code).toBe('advance-used');
    expect(await usesOf(one, advanceId)).toEqual(['invoice 20000']);
    expect(await one.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('is not used where the invoice is given up half-way: nothing of it stays, and the next one has it', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, advanceId } = await advanced(room, '20000');
    const half = room.store.transaction<never, void>(async (trx) => {
      const made = await invoiceCreate(room.parts, { customerId, ...september } as never, room.context(trx));
      expect(made.ok).toBe(true);
      throw new Error('killed');
    });
    await expect(half).rejects.toThrow('killed');
    expect(await usesOf(room, advanceId)).toEqual([]);
    const again = await room.call('billing.invoiceCreate', { customerId, ...september });
    expect(again.number).toBe('FV 2026/10/0001');
    expect((await room.refused('billing.invoiceCreate', { customerId, ...september })).code).toBe(
      'nothing-to-invoice',
    );
    expect(await usesOf(room, advanceId)).toEqual(['invoice 20000']);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('is of a later day than the invoice: that is dated no earlier', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await advanced(room, '20000');
    const early = { customerId, ...september, issuedOn: '2026-09-30' };
    expect(await room.refused('billing.invoiceCreate', early)).toEqual({
      code: 'date-before-advance',
      facts: { number: 'FZ 2026/10/0001', advanceDate: '2026-10-01', issuedOn: '2026-09-30' },
    });
  });
});

describeOnBothStores('an advance invoice that an invoice must not settle', (stores) => {
  it('is of money that came after what the invoice is for was taxed: its VAT is of a later period', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, advanceId } = await advanced(room, '20000', { receivedOn: '2026-10-01' });
    const september30 = { customerId, ...september, issuedOn: '2026-09-30' };
    const { settles, warnings } = await room.call('billing.invoicePreview', { customerId, ...september });
    expect(settles).toEqual([]);
    expect(warnings).toEqual([
      '200.00 PLN of the advance invoice FZ 2026/10/0001 is left alone: its money came on 2026-10-01, and what this invoice is for was taxed by 2026-09-30.',
    ]);
    const made = await room.call('billing.invoiceCreate', september30);
    expect(await room.call('billing.invoiceGet', { invoiceId: made.invoiceId })).toMatchObject({
      state: 'open',
      due: { amountMinor: '38130' },
      settles: [],
    });
    expect(await usesOf(room, advanceId)).toEqual([]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('was taxed by another state at the same rate', async () => {
    const room = await openBillingRoom(stores);
    await room.call('billing.companySave', { ...testCompany, consumersAbroad: 'oss' });
    const customer = { kind: 'person', country: 'SK' } as const;
    const { customerId, advanceId } = await advanced(room, '20000', { customer });
    const { vatLines } = await room.call('billing.invoiceGet', { invoiceId: advanceId });
    expect(vatLines).toMatchObject([{ vatCategory: 'S', vatRate: '23' }]);
    await room.call('billing.companySave', { ...testCompany, consumersAbroad: 'home' });
    const preview = await room.call('billing.invoicePreview', { customerId, ...september });
    expect(preview).toMatchObject({ settles: [], vatLines: [{ vatCategory: 'S', vatRate: '23' }] });
    expect(preview.warnings).toContain(
      '200.00 PLN of the advance invoice FZ 2026/10/0001 is left alone: its VAT is owed in SK, that of this invoice in PL.',
    );
    await room.call('billing.companySave', { ...testCompany, consumersAbroad: 'oss' });
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    expect(await usesOf(room, advanceId)).toEqual(['invoice 20000']);
    expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({
      settles: [{ vatRate: '23' }],
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });
});

describeOnBothStores('the last cents of an advance invoice', (stores) => {
  const reason = 'Paid back';

  it('have no VAT in them: what would leave them is not credited, all of it is', async () => {
    const room = await openBillingRoom(stores);
    const { advanceId } = await advanced(room, '10000');
    const most = { invoiceId: advanceId, grossMinor: '9999', reason };
    expect(await room.refused('billing.advanceCredit', most)).toEqual({
      code: 'rest-without-vat',
      facts: { number: 'FZ 2026/10/0001', rest: '0.01 PLN', left: '100.00 PLN' },
    });
    await room.call('billing.advanceCredit', { invoiceId: advanceId, reason });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('are left by an invoice: they keep no payment from being taken back, and are no money then', async () => {
    const room = await openBillingRoom(stores);
    // 12.30 of August, and a cent more.
    const { customerId, paymentId, advanceId } = await advanced(room, '1231', { receivedOn: '2026-08-31' });
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...august });
    const { advance } = await room.call('billing.invoiceGet', { invoiceId: advanceId });
    expect(advance?.left.amountMinor).toBe('1');
    await room.call('billing.invoiceCredit', { invoiceId, reason });
    await room.call('payments.paymentReverse', { paymentId, reason });
    const preview = await room.call('billing.invoicePreview', { customerId, ...september });
    expect([preview.settles, preview.warnings]).toEqual([[], []]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });
});

describeOnBothStores('an advance invoice in another currency than VAT is owed in', (stores) => {
  it('states VAT at the rate of the day the money came; the invoice only what is left, at its own', async () => {
    const room = await openBillingRoom(stores);
    await room.call('billing.exchangeRateImport', {
      content: nbp({ '2026-09-09': 4.25, '2026-09-29': 4.3 }),
    });
    const { customerId, advanceId } = await advanced(room, '12300', { currency: 'EUR' });
    const advance = await room.call('billing.invoiceGet', { invoiceId: advanceId });
    expect(advance.vatNational).toMatchObject({ amount: '97.75', day: '2026-09-09' });
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    const final = await room.call('billing.invoiceGet', { invoiceId });
    // 71.30 less 23.00 at 4.30.
    expect(final).toMatchObject({
      vat: { amountMinor: '7130' },
      vatNational: { amount: '207.69', day: '2026-09-29' },
    });
    const { xml } = await room.call('billing.invoiceUbl', { invoiceId });
    expect(xml).toContain('<cbc:TaxAmount currencyID="PLN">305.44</cbc:TaxAmount>');
    expect(final.settles).toMatchObject([
      { vat: { amountMinor: '2300' }, vatNational: { amount: '97.75', quotes: ['1 EUR = 4.25 PLN'] } },
    ]);
    const notes: NonNullable<typeof final.vatNational>[] = [];
    for (const lines of [[{ lineNo: 1, netMinor: '7777' }], [{ lineNo: 1, netMinor: '3333' }], undefined]) {
      const asked = { invoiceId, reason: 'Taken back', ...(lines === undefined ? {} : { lines }) };
      const { creditNoteId } = await room.call('billing.invoiceCredit', asked);
      const note = await room.call('billing.invoiceGet', { invoiceId: creditNoteId });
      if (note.vatNational !== null) notes.push(note.vatNational);
    }
    expect(notes.reduce((sum, { amount }) => sum + minor(amount), 0)).toBe(-(9775 + 20_769));
    // What the advance taxed goes back first, at its rate; each rate that is said is the one its amount follows from.
    expect(notes.map(({ quotes }) => quotes)).toEqual([
      ['1 EUR = 4.25 PLN'],
      ['1 EUR = 4.25 PLN'],
      ['1 EUR = 4.3 PLN'],
    ]);
    expect(
      notes.map(({ parts }) => parts.map(({ of, amount, quotes }) => [of.amountMinor, amount, ...quotes])),
    ).toEqual([
      [],
      [
        ['-511', '-21.72', '1 EUR = 4.25 PLN'],
        ['-255', '-10.97', '1 EUR = 4.3 PLN'],
      ],
      [],
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
    await unprotect(room, 'invoice');
    await sql`update invoice set document = replace(document, '"ofMinor":"-511"', '"ofMinor":"-510"')`.execute(
      room.store.tables(),
    );
    expect(await creditNotesOffTheirInvoices(room.store.tables())).toEqual([
      expect.stringContaining('its VAT in the national currency is not its part of the invoice'),
    ]);
  });

  it('is refused while the rate of that day is missing', async () => {
    const room = await openBillingRoom(stores);
    await expect(advanced(room, '12300', { currency: 'EUR' })).rejects.toThrow(/rate-missing.*2026-09-09/);
  });
});

describeOnBothStores('whatever is paid ahead, documented, credited and invoiced', (stores) => {
  it('comes to the VAT of the supply: advances, their credit notes and invoices together', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
    await closeDays(room, '2026-09-01', '2026-09-29');
    // Invoices three or four, and an advance that the first of them cannot use up.
    const days = fc.uniqueArray(fc.integer({ min: 2, max: 27 }), { minLength: 2, maxLength: 3 });
    const large = fc.integer({ min: 33_000, max: 60_000 });
    const paid = fc.array(
      fc.record({
        gross: fc.integer({ min: 3, max: 20_000 }),
        credit: fc.option(fc.integer({ min: 1, max: 20_000 })),
      }),
      { maxLength: 4 },
    );
    const [{ cuts, advances, first } = { cuts: [], advances: [], first: 0 }] = fc.sample(
      fc.record({ cuts: days, advances: paid, first: large }),
      { numRuns: 1, seed: Number(process.env['FC_SEED'] ?? 42) },
    );
    const ends = [...cuts.toSorted((a, b) => a - b), 28].map(
      (day) => `2026-09-${String(day + 1).padStart(2, '0')}`,
    );
    let start = '2026-09-01';
    let vat = 0;
    const issued: string[] = [];
    for (const [at, end] of ends.entries()) {
      const drawn = at === 0 ? [{ gross: first, credit: null }, ...advances] : advances;
      for (const [no, { gross, credit }] of drawn.entries()) {
        const { paymentId } = await room.call('payments.paymentRecord', {
          customerId,
          amount: { amountMinor: String(gross), currency: 'PLN' },
          receivedOn: '2026-09-01',
          reference: `paid ${at} ${no}`,
          allocations: [],
        });
        const lines = [{ description: 'Advance', grossMinor: String(gross) }];
        const { invoiceId } = await room.call('payments.advanceIssue', { paymentId, lines });
        issued.push(invoiceId);
        if (credit === null || credit > gross) continue;
        const back = { invoiceId, grossMinor: String(credit), reason: 'Paid back' };
        await room.call('billing.advanceCredit', back).catch((error: unknown) => {
          expect(String(error)).toMatch(/no-vat-in-it|rest-without-vat/);
        });
      }
      const period = { periodStart: start, periodEndExclusive: end };
      const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...period });
      vat += Number((await room.call('billing.invoiceGet', { invoiceId })).vat.amountMinor);
      start = end;
    }
    expect((await usesOf(room, issued[0] ?? '')).length).toBeGreaterThanOrEqual(2);
    const { rows } = await room.call('billing.trialBalance', {});
    const balance = (account: string): number =>
      rows
        .filter((row) => row.account === account)
        .reduce((sum, { debit, credit }) => sum + Number(debit.amountMinor) - Number(credit.amountMinor), 0);
    // Of advances that no invoice has used VAT is owed already, and nothing else.
    expect(-balance('vat-payable')).toBe(vat + balance('advance-vat'));
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });
});
