import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { closePressForTest, pressForTest } from '../../testing/billing-room.ts';
import { papersForTest } from '../../testing/paper-documents-for-test.ts';
import { readPdf } from '../../testing/pdf-text.ts';
import { DOCUMENT_LANGUAGES } from '../billing/invoices/invoice-document.ts';
import { PAPER_EDITION, type Paper } from './paper-forms.ts';
import { paperPages } from './paper-layout.ts';
import { paperWords } from './paper-pen.ts';

afterAll(closePressForTest);

const folder = join(import.meta.dirname, '../../../resources/layouts');
type Language = (typeof DOCUMENT_LANGUAGES)[number];

async function bytesOf(paper: Paper): Promise<Uint8Array> {
  return await pressForTest().render(paperPages(paper, { folder }));
}

/** The one page of a paper of the second edition; with other facts where some are given. */
async function page(form: Paper['form'], language: Language, other: Partial<Paper> = {}): Promise<string> {
  const paper = { ...papersForTest(language)[form], ...other, edition: PAPER_EDITION } as Paper;
  const { pages } = await readPdf(await bytesOf(paper));
  expect([form, language, pages.length]).toEqual([form, language, 1]);
  return (pages[0] ?? '').replaceAll(/\s+/g, ' ');
}

/** SHA-256 of each form in each language. */
async function hashes(edition: Pick<Paper, 'edition'>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const language of DOCUMENT_LANGUAGES)
    for (const [form, paper] of Object.entries(papersForTest(language))) {
      const bytes = await bytesOf({ ...paper, ...edition });
      found[`${form}, ${language}`] = createHash('sha256').update(bytes).digest('hex');
    }
  return found;
}

/** What was issued must print like this for ever: whoever changes it makes the next edition. */
describe('the bytes of papers', () => {
  it.each([
    ['first', {}, 'paper-1.sha256.json'],
    ['second', { edition: PAPER_EDITION }, 'paper-2.sha256.json'],
  ] as const)('of the %s edition are what they always were', async (_which, edition, file) => {
    const kept = JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as unknown;
    expect(await hashes(edition)).toEqual(kept);
  });
});

describe('the second edition of the layout of papers', () => {
  it('has the same words in all languages, and says what the first has not', () => {
    const english = Object.keys(paperWords(folder, 'en', PAPER_EDITION)).toSorted();
    for (const language of DOCUMENT_LANGUAGES)
      expect(Object.keys(paperWords(folder, language, PAPER_EDITION)).toSorted()).toEqual(english);
    expect(english).toContain('bic');
  });

  it.each([
    ['en', 'PL', 'NIP PL5260250995'],
    ['pl', 'CZ', 'DIČ PL5260250995'],
    ['en', 'NL', 'VAT no. PL5260250995'],
    ['pl', 'NL', 'Nr VAT PL5260250995'],
    ['cs', 'NL', 'DIČ PL5260250995'],
  ] as const)('names the tax number of a buyer: in %s, of one in %s', async (language, country, said) => {
    const { buyer } = papersForTest(language)['receipt-1'];
    expect(await page('receipt-1', language, { buyer: { ...buyer, country } })).toContain(said);
  });

  it('names no tax number of who has none', async () => {
    const { buyer } = papersForTest('pl')['receipt-1'];
    const said = await page('receipt-1', 'pl', { buyer: { ...buyer, vatId: '' } });
    expect(said.match(/NIP/g)).toHaveLength(1);
  });

  it.each([
    ['en', /This contract is made on 1 Sep 2026 between the seller and the buyer/],
    ['pl', /Niniejszą umowę zawarto dnia 01\.09\.2026 .* This contract is made on 1 Sep 2026/],
    ['cs', /Tato smlouva se uzavírá dne 1\. 9\. 2026 .* This contract is made on 1 Sep 2026/],
  ] as const)(
    'opens a contract with a whole sentence, its day as each language has it: %s',
    async (language, said) => {
      expect(await page('contract-1', language)).toMatch(said);
    },
  );

  it('has English days in English sentences, on acts and reconciliations', async () => {
    expect(await page('service-act-1', 'pl')).toMatch(
      /w okresie od 01\.08\.2026 do 31\.08\.2026 .* supplied from 1 Aug 2026 to 31 Aug 2026/,
    );
    expect(await page('reconciliation-1', 'cs')).toMatch(/ke dni 31\. 8\. 2026 .* at the end of 31 Aug 2026/);
  });

  it.each(DOCUMENT_LANGUAGES)(
    'says the BIC where it asks for money, and no day in two ways: %s',
    async (language) => {
      for (const form of ['pro-forma-1', 'statement-1'] as const)
        expect(await page(form, language)).toContain('SWIFT / BIC WBKPPLPP');
      const { account } = papersForTest(language)['pro-forma-1'];
      const without = await page('pro-forma-1', language, { account: { ...account, bic: '' } });
      expect(without).not.toContain('BIC');
    },
  );
});
