import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { closePressForTest, pressForTest } from '../../../testing/billing-room.ts';
import {
  abroadForTest as abroad,
  advanceForTest as advance,
  backForTest as back,
  finalForTest as final,
} from '../../../testing/advance-documents-for-test.ts';
import { readPdf } from '../../../testing/pdf-text.ts';
import {
  DOCUMENT_LANGUAGES,
  type DocumentLanguage,
  type IssuedDocument,
} from '../invoices/invoice-document.ts';
import { printInvoice } from '../invoices/invoice-print.ts';
import { invoiceUbl } from '../invoices/invoice-ubl.ts';

afterAll(closePressForTest);

const layoutFolder = join(import.meta.dirname, '../../../../resources/layouts');
async function printed(
  document: IssuedDocument,
  language: DocumentLanguage,
): Promise<{
  readonly text: string;
  readonly pages: number;
  readonly alts: readonly string[];
  readonly hash: string;
}> {
  const { bytes, sha256 } = await printInvoice({ press: pressForTest(), layoutFolder }, document, language);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  const { pages, alts } = await readPdf(bytes);
  return { text: pages.join('\n').replaceAll('\u00a0', ' '), pages: pages.length, alts, hash: sha256 };
}

describe('the pages of an advance invoice', () => {
  it.each([
    [
      'pl',
      [
        'Faktura zaliczkowa Advance invoice',
        'Data otrzymania zapłaty',
        '10.08.2026',
        'Otrzymano',
        '123,00 PLN',
      ],
    ],
    ['en', ['Advance invoice', 'Paid on', '10 Aug 2026', 'Received', '123.00 PLN', 'VAT is taken out of']],
    ['cs', ['Daňový doklad k přijaté platbě', 'Datum přijetí platby', '10.08.2026', 'Přijato', '123,00 PLN']],
  ] as const)('say in %s what was paid, when, by what, and for what order', async (language, texts) => {
    const { text, pages, alts } = await printed(advance, language);
    expect(pages).toBe(1);
    const always = ['FZ 2026/08/0001', 'MT940 1/77', 'PRO 2026/08/0001', 'Serwer wirtualny A-8', '14/31'];
    for (const each of [...texts, ...always]) expect(text).toContain(each);
    // Nothing is asked for.
    expect(alts).toEqual([]);
    expect(text).not.toContain('IBAN');
    expect(text).not.toContain('PL61');
  });
});

describe('the pages of an invoice that settles two advances', () => {
  it.each([
    [
      'pl',
      [
        'Rozliczone zaliczki',
        'Pozostaje do opodatkowania',
        'Zapłacone zaliczką',
        '156,93',
        '36,09',
        '193,02 PLN',
      ],
    ],
    ['en', ['Advances settled', 'Left to tax', 'Paid in advance', '156.93', '36.09', '193.02 PLN']],
    ['cs', ['Zúčtované zálohy', 'Zbývá zdanit', 'Zaplaceno zálohou', '156,93', '36,09', '193,02 PLN']],
  ] as const)('say in %s each of them, what is left to tax and to pay', async (language, texts) => {
    const { text, pages, alts } = await printed(final, language);
    expect(pages).toBe(1);
    for (const each of [...texts, 'FZ 2026/08/0001', 'FZ 2026/08/0002']) expect(text).toContain(each);
    // Its totals are of all that was supplied; what is asked for is the rest.
    expect(text).toContain(language === 'en' ? '393.02' : '393,02');
    expect(text).toContain(
      {
        pl: 'sto dziewięćdziesiąt trzy złote 02/100',
        en: 'one hundred and ninety-three zlotys 02/100',
        cs: 'sto devadesát tři zlotých 02/100',
      }[language],
    );
    expect(alts).toHaveLength(1);
    expect(alts[0]).toMatch(/193[.,]02/);
  });
});

describe('VAT in the national currency', () => {
  it.each([
    [
      'pl',
      'Kwota VAT w PLN: 97,75 PLN (1 EUR = 4,25 PLN',
      'Kwota VAT pozostała do opodatkowania w PLN: 155,19 PLN (1 EUR = 4,3 PLN',
      '−36,09 EUR w PLN: −155,19 PLN (1 EUR = 4,3 PLN',
    ],
    [
      'en',
      'VAT in PLN: 97.75 PLN (1 EUR = 4.25 PLN',
      'VAT left to tax in PLN: 155.19 PLN (1 EUR = 4.3 PLN',
      'VAT of −36.09 EUR in PLN: −155.19 PLN (1 EUR = 4.3 PLN',
    ],
    [
      'cs',
      'DPH v PLN: 97,75 PLN (1 EUR = 4,25 PLN',
      'DPH, která zbývá zdanit, v PLN: 155,19 PLN (1 EUR = 4,3 PLN',
      'DPH −36,09 EUR v PLN: −155,19 PLN (1 EUR = 4,3 PLN',
    ],
  ] as const)(
    'is said in %s of each advance and of what is left, at its own rate',
    async (language, ofAdvance, left, taken) => {
      const onLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
      const { text } = await printed(abroad, language);
      for (const each of [ofAdvance, left]) expect(onLine(text)).toContain(each);
      expect(onLine((await printed(back, language)).text)).toContain(taken);
      expect(invoiceUbl(abroad, layoutFolder)).toContain(
        '<cbc:TaxAmount currencyID="PLN">314.14</cbc:TaxAmount>',
      );
    },
  );
});

describe('the bytes of all', () => {
  /** What was issued must print like this for ever: whoever changes it makes the next layout. */
  it('are what they always were', async () => {
    const hashes: Record<string, string> = {};
    for (const language of DOCUMENT_LANGUAGES) {
      hashes[`advance ${language}`] = (await printed(advance, language)).hash;
      hashes[`final ${language}`] = (await printed(final, language)).hash;
      hashes[`abroad ${language}`] = (await printed(abroad, language)).hash;
      hashes[`back ${language}`] = (await printed(back, language)).hash;
    }
    const file = join(import.meta.dirname, 'advance-invoice-1.sha256.json');
    expect(hashes).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  });
});

describe('as UBL', () => {
  it('an advance invoice is a prepayment invoice (386), paid in full and due never', () => {
    const xml = invoiceUbl(advance, layoutFolder);
    for (const element of [
      '<cbc:InvoiceTypeCode>386</cbc:InvoiceTypeCode>',
      '<cbc:TaxPointDate>2026-08-10</cbc:TaxPointDate>',
      '<cbc:TaxInclusiveAmount currencyID="PLN">123.00</cbc:TaxInclusiveAmount>',
      '<cbc:PrepaidAmount currencyID="PLN">123.00</cbc:PrepaidAmount>',
      '<cbc:PayableAmount currencyID="PLN">0.00</cbc:PayableAmount>',
      '<cbc:PriceAmount currencyID="PLN">100.00</cbc:PriceAmount>',
    ])
      expect(xml).toContain(element);
    expect(xml).not.toMatch(/DueDate|PaymentMeans/);
  });

  it('an invoice names what it settles, in the order of the schema, and asks for the rest', () => {
    const xml = invoiceUbl(final, layoutFolder);
    expect(xml).toMatch(
      /<cac:InvoicePeriod>[^]*<cac:BillingReference>[^]*FZ 2026\/08\/0001[^]*<cac:BillingReference>[^]*FZ 2026\/08\/0002[^]*<cac:AccountingSupplierParty>/,
    );
    expect(xml).toMatch(
      /<cbc:TaxInclusiveAmount currencyID="PLN">393\.02<[^]*<cbc:PrepaidAmount currencyID="PLN">200\.00<[^]*<cbc:PayableAmount currencyID="PLN">193\.02</,
    );
  });
});
