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

afterAll(closePressForTest);

const reason = 'Service was not available';

/** NBP's table A of these days, the euro at these rates. */
function nbp(rates: Readonly<Record<string, number>>): string {
  const tables = Object.entries(rates).map(([effectiveDate, mid]) => ({
    table: 'A',
    effectiveDate,
    rates: [{ code: 'EUR', mid }],
  }));
  return JSON.stringify(tables);
}

async function importRates(room: BillingRoom, content: string): Promise<number> {
  return (await room.call('billing.exchangeRateImport', { content })).added;
}

/** A customer in Poland who pays 310.00 in euros: 71.30 of VAT; days of September 2026 are closed. */
async function euros(room: BillingRoom): Promise<string> {
  const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01', price: { currency: 'EUR' } });
  await closeDays(room, '2026-09-01', '2026-10-01');
  return customerId;
}
const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;

describeOnBothStores('exchange rates', (stores) => {
  const inEuros = billingCopies(stores, euros);

  it('are read in once: again adds nothing, another rate of the same day is refused whole', async () => {
    const room = await openBillingRoom(stores);
    const file = nbp({ '2026-09-28': 4.25, '2026-09-29': 4.2613 });
    expect(await importRates(room, file)).toBe(2);
    expect(await importRates(room, file)).toBe(0);
    const other = nbp({ '2026-09-29': 4.27, '2026-09-30': 4.3 });
    expect(await room.refused('billing.exchangeRateImport', { content: other })).toEqual({
      code: 'rate-differs',
      facts: { source: 'NBP', currency: 'EUR', day: '2026-09-29', rate: '4.27', known: '4.2613' },
    });
    expect(await room.call('billing.exchangeRateState', {})).toEqual({
      sources: [
        {
          source: 'NBP',
          firstDay: '2026-09-28',
          lastDay: '2026-09-29',
          rates: [{ currency: 'EUR', day: '2026-09-29', rate: '4.2613' }],
        },
      ],
    });
    expect(await room.refused('billing.exchangeRateImport', { content: 'what?' })).toMatchObject({
      code: 'not-a-rate-file',
    });
  });

  it('read in twice at once are there once', async () => {
    const room = await openBillingRoom(stores);
    const file = nbp({ '2026-09-28': 4.25, '2026-09-29': 4.2613 });
    const added = await Promise.all([1, 2, 3].map(async () => await importRates(room, file)));
    expect(added.toSorted((a, b) => a - b)).toEqual([0, 0, 2]);
  });

  it('state the VAT of an invoice in another currency at home, with rate, day and source', async () => {
    const { room, filled: customerId } = await inEuros();
    await importRates(room, nbp({ '2026-09-29': 4.2613 }));
    const stated = {
      currency: 'PLN',
      amount: '303.83',
      source: 'NBP',
      day: '2026-09-29',
      quotes: ['1 EUR = 4.2613 PLN'],
      parts: [],
    };
    const preview = await room.call('billing.invoicePreview', { customerId, ...september });
    expect(preview.vatNational).toEqual(stated);
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    expect((await room.call('billing.invoiceGet', { invoiceId })).vatNational).toEqual(stated);
    const pdf = await room.call('billing.invoicePdf', { invoiceId, language: 'pl' });
    const { pages } = await readPdf(Buffer.from(pdf.base64, 'base64'));
    const text = pages.join(' ').replaceAll(/\s+/g, ' ');
    expect(text).toContain('Kwota VAT w PLN: 303,83 PLN (1 EUR = 4,2613 PLN, NBP z dnia 29.09.2026)');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('of the invoice are those of its credit notes, whose parts come to its VAT', async () => {
    const { room, filled: customerId } = await inEuros();
    await importRates(room, nbp({ '2026-09-29': 4.2613 }));
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    const amounts: string[] = [];
    for (const lines of [[{ lineNo: 1, netMinor: '3333' }], [{ lineNo: 1, netMinor: '7777' }], undefined]) {
      const asked = { invoiceId, reason, ...(lines === undefined ? {} : { lines }) };
      const { creditNoteId } = await room.call('billing.invoiceCredit', asked);
      const note = await room.call('billing.invoiceGet', { invoiceId: creditNoteId });
      expect(note.vatNational?.day).toBe('2026-09-29');
      amounts.push(note.vatNational?.amount ?? '');
    }
    expect(amounts.reduce((sum, amount) => sum + Math.round(Number(amount) * 100), 0)).toBe(-30_383);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it.each([
    ['nothing is known', {}, '2026-09-29'],
    ['only the day of supply is known', { '2026-09-30': 4.3 }, '2026-09-29'],
    ['only an earlier day is known', { '2026-09-25': 4.2 }, '2026-09-29'],
  ])('hold an invoice that needs them when %s, by name, and use no number', async (_what, rates, day) => {
    const { room, filled: customerId } = await inEuros();
    if (Object.keys(rates).length > 0) await importRates(room, nbp(rates));
    for (const operation of ['billing.invoicePreview', 'billing.invoiceCreate'] as const) {
      expect(await room.refused(operation, { customerId, ...september })).toEqual({
        code: 'rate-missing',
        facts: { customer: 'Klient vm-1', source: 'NBP', currency: 'EUR', day },
      });
    }
    await importRates(room, nbp({ '2026-09-29': 4.2613 }));
    expect((await room.call('billing.invoiceCreate', { customerId, ...september })).number).toBe(
      'FV 2026/10/0001',
    );
  });

  describe('of days without a publication', () => {
    it.each([
      // 27 September 2026 is a Sunday.
      ['a weekend', { '2026-09-25': 4.2 }, '2026-09-28', '2026-09-25'],
      ['a holiday within a file', { '2026-09-21': 4.1, '2026-09-24': 4.2 }, '2026-09-24', '2026-09-21'],
    ])('%s: the last one before', async (_what, rates, periodEndExclusive, day) => {
      const { room, filled: customerId } = await inEuros();
      await importRates(room, nbp(rates));
      const scope = { customerId, periodStart: '2026-09-01', periodEndExclusive };
      expect((await room.call('billing.invoicePreview', scope)).vatNational?.day).toBe(day);
    });
  });

  it('are not needed for a reverse charge, nor in the currency at home', async () => {
    const room = await openBillingRoom(stores);
    const customer = { country: 'CZ', vatId: 'CZ27082440' } as const;
    const { customerId } = await sell(room, {
      vm: 'vm-1',
      startsOn: '2026-09-29',
      customer,
      price: { currency: 'EUR' },
    });
    await closeDays(room, '2026-09-29', '2026-10-01');
    expect(await room.call('billing.invoicePreview', { customerId, ...september })).toMatchObject({
      vatNational: null,
    });
  });
});

describeOnBothStores('VAT as the company is taxed', (stores) => {
  it.each([
    [
      'a private person in Germany, by OSS',
      { consumersAbroad: 'oss' },
      { kind: 'person', country: 'DE' },
      'S',
      '19',
      /one-stop shop/,
    ],
    [
      'the same, below the threshold',
      { consumersAbroad: 'home' },
      { kind: 'person', country: 'DE' },
      'S',
      '23',
      /^$/,
    ],
    ['a small enterprise', { vatScheme: 'exempt' }, { country: 'PL' }, 'E', '0', /Exempt from VAT/],
  ] as const)('%s', async (_what, company, customer, vatCategory, vatRate, note) => {
    const room = await openBillingRoom(stores);
    await room.call('billing.companySave', { ...testCompany, ...company });
    const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-29', customer });
    await closeDays(room, '2026-09-29', '2026-10-01');
    const preview = await room.call('billing.invoicePreview', { customerId, ...september });
    expect(preview.vatLines).toMatchObject([{ vatCategory, vatRate }]);
    expect(preview.notes.join(' ')).toMatch(note);
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    expect((await room.call('billing.invoicePdf', { invoiceId, language: 'pl' })).base64).not.toBe('');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });
});
