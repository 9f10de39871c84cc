import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { flattenPng } from '../../../platform/image/png-flatten.ts';
import { closePressForTest, pressForTest } from '../../../testing/billing-room.ts';
import { invoiceDocumentForTest } from '../../../testing/invoice-document-for-test.ts';
import { readPdf, type ReadPdf } from '../../../testing/pdf-text.ts';
import { discPng } from '../../../testing/png-for-test.ts';
import { DOCUMENT_LANGUAGES, type DocumentLanguage, type InvoiceDocument } from './invoice-document.ts';
import { linesWithVat } from './invoice-line-vat.ts';
import { printInvoice } from './invoice-print.ts';
import {
  advanceTexts,
  creditNoteTexts,
  dateRange,
  dateText,
  invoiceTexts,
  numberText,
} from './invoice-texts.ts';
import { localDate } from '../../../../shared/kernel/local-date.ts';

afterAll(closePressForTest);

const layoutFolder = join(import.meta.dirname, '../../../../resources/layouts');

async function hashOf(document: InvoiceDocument, language: DocumentLanguage): Promise<string> {
  return (await printInvoice({ press: pressForTest(), layoutFolder }, document, language)).sha256;
}

async function read(
  document: InvoiceDocument,
  language: DocumentLanguage = document.language,
): Promise<ReadPdf> {
  const { bytes } = await printInvoice({ press: pressForTest(), layoutFolder }, document, language);
  const found = await readPdf(bytes);
  return { ...found, pages: found.pages.map((text) => text.replaceAll('\u00a0', ' ')) };
}

const inOne = ({ pages }: ReadPdf): string => pages.join('\n');

describe('the pages of an invoice', () => {
  it('of several kinds of VAT name in lines, breakdown and notes which is which', async () => {
    const one = invoiceDocumentForTest(1).lines[0];
    if (one === undefined) throw new Error('there is no line');
    const line = (lineNo: number, vatCategory: 'AE' | 'K' | 'E' | 'S' | 'Z', vatRate = '0') => ({
      ...one,
      lineNo,
      vatCategory,
      vatRate,
    });
    const document = invoiceDocumentForTest(1, {
      edition: 2,
      language: 'cs',
      lines: [line(1, 'AE'), line(2, 'K'), line(3, 'E'), line(4, 'S', '21'), line(5, 'Z')],
      notes: ['reverse-charge', 'intra-community', 'exempt'],
      exempt: [{ reason: 'vzdělávání, čl. 132 odst. 1 písm. i)', code: '' }],
    });
    const text = inOne(await read(document)).replaceAll(/\s+/g, ' ');
    for (const words of [
      '0 % (AE): Daň odvede zákazník',
      '0 % (K): Osvobozeno od DPH: dodání zboží do jiného členského státu',
      'osv.: Osvobozeno od DPH: vzdělávání, čl. 132 odst. 1 písm. i).',
      '21 %',
      '0 % (Z)',
    ])
      expect(text).toContain(words);
  });

  it.each([
    [
      'pl',
      [
        'Faktura Invoice',
        'Data wystawienia Issued',
        '1.09.2026',
        'Sprzedawca Seller',
        'Do zapłaty Amount due',
        '393,02 PLN',
        'trzysta dziewięćdziesiąt trzy złote 02/100',
        'three hundred and ninety-three zlotys 02/100',
        'Strona 1 z 1',
        'NIP PL5252344078',
        '14/31',
        '289,03',
        '66,48',
        '355,51',
        '1 488',
        '0,0125',
        '23 %',
        'Serwer wirtualny A-8, acct-57102',
        '18–31.08.2026',
        'FV 2026/09/024117',
        'PL61 1090 1014 0000 0712 1981 2874',
        'Kraków, Polska',
        '08.2026',
      ],
    ],
    [
      'en',
      [
        'Invoice',
        'Issued',
        '1 Sep 2026',
        'Amount due',
        '393.02 PLN',
        'three hundred and ninety-three zlotys 02/100',
        'Page 1 of 1',
        '1,488',
        '0.0125',
        'Virtual server A-8, acct-57102',
        '18–31 Aug 2026',
        'Kraków, Poland',
        '15 Sep 2026',
      ],
    ],
    [
      'cs',
      [
        'Faktura Invoice',
        'Datum vystavení Issued',
        'K úhradě Amount due',
        '393,02 PLN',
        'tři sta devadesát tři zlotých 02/100',
        'Strana 1 z 1',
        'Virtuální server A-8, acct-57102',
        'Kraków, Polsko',
      ],
    ],
  ] satisfies [DocumentLanguage, string[]][])(
    'say in %s all that they must, on one page',
    async (language, texts) => {
      const found = await read(invoiceDocumentForTest(1), language);
      expect(found.pages).toHaveLength(1);
      for (const text of texts) expect(found.pages[0]).toContain(text);
      expect(found.language).toBe(language);
      expect(found.info).toMatchObject({ Author: 'Zajazd Hosting sp. z o.o.' });
    },
  );

  it.each(['ő ű Ő', 'ř ě ů Ž', 'ł ą ę Ż', 'ș ț ă', 'ß Ü', 'Ελλάδα', 'България'])(
    'show the letters %s',
    async (letters) => {
      const buyerFields = { name: `Firma ${letters}` };
      expect(inOne(await read(invoiceDocumentForTest(1, { buyerFields })))).toContain(`Firma ${letters}`);
    },
  );

  it.each([
    [2, 1],
    [3, 2],
    [30, 6],
    [300, 50],
  ])('of %i VMs are %i or so, every amount on them, numbered', async (vms, about) => {
    const document = invoiceDocumentForTest(vms);
    const found = await read(document);
    const { pages } = found;
    expect(Math.abs(pages.length - about)).toBeLessThanOrEqual(Math.ceil(about / 10));
    for (const [at, page] of pages.entries()) {
      expect(page).toContain(`Strona ${at + 1} z ${pages.length}`);
      // The last page has lines too, not totals alone.
      expect(page).toContain('Kwota VAT');
      expect(page).toContain('acct-');
    }
    expect(inOne(found).match(/289,03/g)?.length).toBe(vms);
    expect(pages.at(-1)).toContain('Do zapłaty');
    expect(pages.slice(1).every((page) => page.includes('ciąg dalszy'))).toBe(true);
  });

  it.each([
    ['a name as long as it may be', { name: 'Bardzo Długa Nazwa Spółki '.repeat(8).trim() }],
    ['a name without a blank', { name: 'W'.repeat(200) }],
    ['nothing but a name and a country', { street: '', postcode: '', city: '', vatId: '' }],
    ['line ends in the address', { street: 'ul. Wzorcowa 5\nm. 3\n\n' }],
    ['signs of other languages', { name: 'A & B <Söhne> "Kft."' }],
  ])('hold %s', async (_what, buyerFields) => {
    const found = await read(invoiceDocumentForTest(1, { buyerFields }));
    expect(found.pages).toHaveLength(1);
    const text = found.pages[0]?.replaceAll(/\s/g, '') ?? '';
    const { name = 'Jarzębina' } = buyerFields as { name?: string };
    expect(text).toContain(name.replaceAll(/\s/g, ''));
    expect(text).toContain('393,02PLN');
  });

  it.each([
    ['1234567', '12 345,67', true],
    ['123456789', '1 234 567,89', true],
    ['1234567890', '12 345 678,90', true],
    ['123456789012', '1 234 567 890,12', false],
  ])('never cut an amount: %s', async (netMinor, text, hasGross) => {
    const lines = invoiceDocumentForTest(1).lines.map((line) => ({ ...line, netMinor }));
    const found = await read(invoiceDocumentForTest(1, { lines, language: 'pl' }));
    const page = inOne(found);
    expect(page.split(text).length - 1).toBeGreaterThanOrEqual(3);
    // The description keeps enough room for its words.
    expect(page).toContain('Serwer wirtualny');
    expect(page).toContain('Stawka VAT');
    // The head of the VAT table always says gross; the lines only while there is room.
    expect(page.match(/Brutto/g)).toHaveLength(hasGross ? 2 : 1);
  });

  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [30, 6],
  ])('of %i VMs have room for logo, stamp and signature: %i pages', async (vms, about) => {
    const [logo, stamp, signature] = [
      discPng(300, 80, [0, 90, 60]),
      discPng(200, 100, [0, 0, 200]),
      discPng(120, 60, [20, 20, 90]),
    ].map(flattenPng);
    const pictures = { ...(logo && { logo }), ...(stamp && { stamp }), ...(signature && { signature }) };
    const document = invoiceDocumentForTest(vms, { language: 'en' });
    const { bytes } = await printInvoice({ press: pressForTest(), layoutFolder, pictures }, document, 'en');
    const found = await readPdf(bytes);
    expect(found.pages.length).toBe(about);
    expect(found.pages.at(-1)).toMatch(/acct-[^]*Issued by/);
    const { name } = document.seller;
    expect(found.alts.filter((alt) => alt.endsWith(name))).toEqual([
      `Logo of ${name}`,
      `Stamp of ${name}`,
      `Signature for ${name}`,
    ]);
    // Read out before the heading, and what is signed after all that it is signed for.
    expect(found.roles[0]?.slice(0, 4)).toEqual(['Document', 'Figure', 'P', 'H1']);
    expect(found.roles.at(-1)?.slice(-2)).toEqual(['Figure', 'Figure']);
  });

  it('add up on paper: net, VAT and gross of the lines are the totals', async () => {
    const document = invoiceDocumentForTest(7);
    const lines = linesWithVat(document);
    const sum = (of: (line: (typeof lines)[number]) => string): string =>
      lines.reduce((total, line) => total + BigInt(of(line)), 0n).toString();
    expect([
      sum((line) => line.netMinor),
      sum((line) => line.vatMinor),
      sum((line) => line.grossMinor),
    ]).toEqual([document.netMinor, document.vatMinor, document.grossMinor]);
    const text = inOne(await read(document));
    for (const minor of [document.netMinor, document.vatMinor, document.grossMinor]) {
      expect(text).toContain(
        numberText(`${minor.slice(0, -2)}.${minor.slice(-2)}`, 'pl', 2).replaceAll('\u00a0', ' '),
      );
    }
  });

  it('print the sentence of a reverse charge in both languages and the words of the law', async () => {
    const lines = invoiceDocumentForTest(1).lines.map((line) => ({
      ...line,
      vatCategory: 'AE' as const,
      vatRate: '0',
    }));
    const document = invoiceDocumentForTest(1, {
      lines,
      notes: ['reverse-charge'],
      language: 'cs',
      currency: 'CZK',
    });
    const text = inOne(await read(document));
    expect(text).toMatch(/Daň odvede zákazník.*odwrotne\s+obciążenie/s);
    expect(text).toMatch(/Reverse charge: VAT is accounted for by the/);
    expect(text).toContain('0 %');
  });

  it.each([
    ['EUR', 'PL61109010140000071219812874', true],
    ['PLN', 'PL61109010140000071219812874', true],
    ['CZK', 'CZ6508000000192000145399', true],
    ['CZK', 'PL61109010140000071219812874', false],
    ['HUF', 'HU42117730161111101800000000', false],
  ] as const)('have a code for a transfer of %s to %s: %s', async (currency, iban, has) => {
    const { alts } = await read(invoiceDocumentForTest(1, { currency, account: { iban, bic: '' } }));
    expect(alts.length).toBe(has ? 1 : 0);
    if (has)
      expect(alts[0]).toMatch(/^Kod płatności .* 393,02\u00a0(EUR|PLN|CZK), tytuł FV 2026\/09\/024117$/);
  });

  it('have the variable symbol where the invoice was issued with one', async () => {
    const koruna = { currency: 'CZK', account: { iban: 'CZ6508000000192000145399', bic: '' } } as const;
    const document = invoiceDocumentForTest(1, koruna);
    expect(inOne(await read(document))).not.toContain('Variabilní symbol');
    const issued = inOne(await read({ ...document, variableSymbol: '202609417' }));
    expect(issued).toMatch(/Variabilní symbol\s+202609417/);
  });

  it('are read out in order: heading first, then the parties, the lines, the totals', async () => {
    const { roles } = await read(invoiceDocumentForTest(1));
    const own = roles[0] ?? [];
    expect(own.slice(0, 3)).toEqual(['Document', 'P', 'H1']);
    expect(own.filter((role) => role === 'H2').length).toBeGreaterThanOrEqual(5);
    expect(own.filter((role) => role === 'Table').length).toBeGreaterThanOrEqual(2);
    expect(own).toContain('Figure');
  });
});

describe('the bytes of an invoice', () => {
  it('are the same in this process, in a worker and in another process', async () => {
    const program = join(import.meta.dirname, '../../../testing/invoice-print-child.ts');
    for (const language of DOCUMENT_LANGUAGES) {
      const here = await hashOf(invoiceDocumentForTest(2), language);
      expect(await hashOf(structuredClone(invoiceDocumentForTest(2)), language)).toBe(here);
      const { stdout } = await promisify(execFile)(process.execPath, [program, '2', language]);
      expect(stdout).toBe(here);
    }
  });

  /**
   * Invoices issued in layout invoice-1 must come out like this for ever. If this fails after a change of the layout, its words,
   * the fonts, pdfkit or fflate, that change must become layout invoice-2: issued documents would not be themselves any more.
   */
  it('of layout invoice-1 are what they always were', async () => {
    const hashes = await Promise.all(
      DOCUMENT_LANGUAGES.map(async (language) => [
        language,
        await hashOf(invoiceDocumentForTest(2), language),
      ]),
    );
    const file = join(import.meta.dirname, 'invoice-1.sha256.json');
    expect(Object.fromEntries(hashes)).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  });
});

describe('the bytes of an invoice with pictures', () => {
  /** As it is kept: what deflate made of it once, not what it makes of it on another machine. */
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAHElEQVR4nGM4wcDAEGXT2bnm////TAwwwMjICABr4AYfEDUduAAAAABJRU5ErkJggg==',
    'base64',
  );
  const picture = { png, width: 4, height: 2 };

  it('are what they always were, in layout invoice-1', async () => {
    const parts = { press: pressForTest(), layoutFolder, pictures: { logo: picture, stamp: picture } };
    const hashes: Record<string, string> = {};
    for (const language of DOCUMENT_LANGUAGES)
      hashes[language] = (await printInvoice(parts, invoiceDocumentForTest(2), language)).sha256;
    const file = join(import.meta.dirname, 'invoice-1-pictures.sha256.json');
    expect(hashes).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  });
});

describe('words of the layout', () => {
  it.each(DOCUMENT_LANGUAGES)('are complete in %s', (language) => {
    const texts = invoiceTexts(layoutFolder, language);
    // With the words that only corrections and advance invoices have.
    const advance = advanceTexts(layoutFolder, language);
    const { paymentReference, order, orderTotal } = advance;
    const all = { ...texts, ...creditNoteTexts(layoutFolder, language), paymentReference, order, orderTotal };
    expect(Object.entries(all).filter(([, text]) => text === '')).toEqual([]);
    expect(creditNoteTexts(layoutFolder, language).title).not.toBe(texts.title);
    expect(advance.title).not.toBe(texts.title);
    expect(texts.page).toContain('{page}');
    expect(texts.code).toContain('{amount}');
  });

  it.each([
    ['2026-08-01', 'en', '1 Aug 2026'],
    ['2026-12-31', 'pl', '31.12.2026'],
    ['2026-02-09', 'cs', '9.02.2026'],
  ] as const)('%s in %s is %s', (date, language, text) => {
    expect(dateText(localDate(date), language)).toBe(text);
  });

  it.each([
    ['2026-08-01', '2026-09-01', 'en', '1–31 Aug 2026'],
    ['2026-08-01', '2026-08-02', 'pl', '1.08.2026'],
    ['2026-08-30', '2026-09-02', 'pl', '30.08.2026 – 1.09.2026'],
    ['2026-12-31', '2027-01-02', 'en', '31 Dec 2026 – 1 Jan 2027'],
  ] as const)('days from %s to before %s in %s are %s', (start, endExclusive, language, text) => {
    const period = { start: localDate(start), endExclusive: localDate(endExclusive) };
    expect(dateRange(period, language)).toBe(text);
  });

  it.each([
    ['1234567.5', 'pl', 2, '1\u00a0234\u00a0567,50'],
    ['1234567.5', 'en', 2, '1,234,567.50'],
    ['999', 'cs', 0, '999'],
    ['-1000', 'en', 2, '−1,000.00'],
    ['0.0125', 'pl', 2, '0,0125'],
    ['640', 'pl', 2, '640,00'],
  ] as const)('%s in %s is %s', (decimal, language, digits, text) => {
    expect(numberText(decimal, language, digits)).toBe(text);
  });
});
