import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  abroadForTest,
  advanceForTest,
  backForTest,
  finalForTest,
  settledForTest,
} from '../../../testing/advance-documents-for-test.ts';
import { closePressForTest, pressForTest } from '../../../testing/billing-room.ts';
import { invoiceDocumentForTest } from '../../../testing/invoice-document-for-test.ts';
import { readPdf } from '../../../testing/pdf-text.ts';
import {
  DOCUMENT_LANGUAGES,
  LAYOUT_EDITION,
  layoutOf,
  type DocumentLanguage,
  type IssuedDocument,
} from './invoice-document.ts';
import { printInvoice } from './invoice-print.ts';

afterAll(closePressForTest);

const layoutFolder = join(import.meta.dirname, '../../../../resources/layouts');

const name =
  'Bardzo Długa Nazwa Spółki Handlowo-Usługowej Produkcyjnej i Transportowej Wielobranżowe Przedsiębiorstwo sp. z o.o. sp. komandytowa';
const buyer = { ...finalForTest.buyer, name };

/** Small documents with all that may be on one. */
const SMALL: Readonly<Record<string, IssuedDocument>> = {
  plain: invoiceDocumentForTest(1),
  'of two advances': finalForTest,
  'of two advances, for a long name': { ...finalForTest, buyer },
  'of two advances in another currency': abroadForTest,
  'of two advances in another currency, with a note of the law, for a long name': {
    ...abroadForTest,
    buyer,
    notes: ['reverse-charge'],
  },
  'of six lines and two advances': { ...invoiceDocumentForTest(2), settles: finalForTest.settles ?? [] },
  'an advance invoice with its order': advanceForTest,
  'a credit note at three rates': {
    ...backForTest,
    buyer,
    netMinor: '-31953',
    vatMinor: '-7349',
    grossMinor: '-39302',
  },
};

async function printed(
  document: IssuedDocument,
  language: DocumentLanguage,
): Promise<{ readonly pages: readonly string[]; readonly hash: string }> {
  const second = { ...document, edition: LAYOUT_EDITION };
  const { bytes, sha256 } = await printInvoice({ press: pressForTest(), layoutFolder }, second, language);
  const { pages } = await readPdf(bytes);
  return { pages: pages.map((text) => text.replaceAll('\u00a0', ' ')), hash: sha256 };
}

describe('the second edition of the layout of invoices', () => {
  it.each(Object.entries(SMALL))('has one page for a small document: %s', async (_what, document) => {
    for (const language of DOCUMENT_LANGUAGES) {
      const { pages } = await printed(document, language);
      expect([language, pages.length]).toEqual([language, 1]);
      const [page = ''] = pages;
      for (const number of [document.number, ...(document.settles ?? []).map((part) => part.number)])
        expect(page).toContain(number);
      expect(page.replaceAll(/\s+/g, ' ')).toContain(document.buyer.name);
    }
  });

  it('says on one page all that was on two, and keeps a rate on one line', async () => {
    const { pages } = await printed(abroadForTest, 'pl');
    for (const text of [
      'FZ 2026/08/0001: Kwota VAT w PLN: 97,75 PLN (1 EUR = 4,25 PLN',
      'Kwota VAT pozostała do opodatkowania w PLN: 155,19 PLN (1 EUR = 4,3 PLN, NBP z dnia 10.08.2026)',
      'Zapłacone zaliczką',
      '193,02 EUR',
      'PL61 1090 1014 0000 0712 1981 2874',
    ])
      expect(pages[0]).toContain(text);
  });

  it.each([
    ['pl', '01.09.2026', '18–31.08.2026'],
    ['cs', '1. 9. 2026', '18.–31. 8. 2026'],
    ['en', '1 Sep 2026', '18–31 Aug 2026'],
  ] as const)('writes days as %s has them', async (language, day, range) => {
    const { pages } = await printed(finalForTest, language);
    expect(pages[0]).toContain(day);
    expect(pages[0]).toContain(range);
  });

  it('lets a table of many advances begin where the lines end, and go on with its head', async () => {
    const settles = Array.from({ length: 30 }, (_, at) => settledForTest(at, ['100', '23', '123']));
    const { pages } = await printed({ ...finalForTest, settles }, 'pl');
    expect(pages.length).toBeGreaterThan(1);
    expect(pages[0]).toContain('acct-57102');
    for (const page of pages) expect(page).toContain('Rozliczone zaliczki');
    expect(pages.at(-1)).toContain('Do zapłaty');
  });

  it('is named where the pages are recorded; what was issued before is of the first', () => {
    expect(layoutOf({ ...finalForTest, edition: LAYOUT_EDITION })).toBe('invoice-2');
    expect([layoutOf(finalForTest), layoutOf(backForTest)]).toEqual(['invoice-1', 'credit-note-1']);
  });

  /** What was issued must print like this for ever: whoever changes it makes the third. */
  it('gives the bytes that it always gave', async () => {
    const hashes: Record<string, string> = {};
    for (const [what, document] of Object.entries(SMALL))
      for (const language of DOCUMENT_LANGUAGES)
        hashes[`${what}, ${language}`] = (await printed(document, language)).hash;
    const file = join(import.meta.dirname, 'invoice-2.sha256.json');
    expect(hashes).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  });
});
