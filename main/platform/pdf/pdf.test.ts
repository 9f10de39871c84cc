import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { XMLValidator } from 'fast-xml-parser';
import { afterEach, describe, expect, it } from 'vitest';
import { readPdf } from '../../testing/pdf-text.ts';
import type { Block, Group, PdfDocument, Table, TableRow } from './pdf-document.ts';
import { layOut } from './pdf-layout.ts';
import type { Placed } from './pdf-place.ts';
import { createPdfPress, NotDrawn, type PdfPress } from './pdf-press.ts';
import { renderPdf } from './pdf-render.ts';
import { breakLines, naturalWidth } from './pdf-text.ts';

const fontFolder = join(import.meta.dirname, '../../../resources/fonts');
const fontFiles = {
  regular: join(fontFolder, 'Inter-Regular.ttf'),
  semibold: join(fontFolder, 'Inter-SemiBold.ttf'),
};
const fonts = { regular: readFileSync(fontFiles.regular), semibold: readFileSync(fontFiles.semibold) };

const line = (text: string): Block => ({ kind: 'text', runs: [{ text }] });
const row = (...cells: string[]): TableRow => ({
  cells: cells.map((text) => [{ kind: 'text', runs: [{ text }] }]),
  paddingTop: 4,
  paddingBottom: 4,
});

function documentOf(body: PdfDocument['body'], fields: Partial<PdfDocument> = {}): PdfDocument {
  return {
    info: {
      title: 'Zkouška',
      author: 'Innkeeper',
      subject: 'test',
      language: 'cs',
      createdAt: '2026-09-01T00:00:00.000Z',
    },
    page: { width: 300, height: 400, margins: { top: 20, right: 20, bottom: 20, left: 20 } },
    body,
    continuation: [line('continued')],
    footer: [{ kind: 'text', runs: [{ text: 'page {page} of {pages}' }] }],
    ...fields,
  };
}

function tableOf(rows: number): Table {
  return {
    kind: 'table',
    gap: 10,
    columns: [{ width: 'content' }, { width: { share: 1 } }, { width: 'content', align: 'right' }],
    head: [row('No', 'Name', 'Amount')],
    rows: Array.from({ length: rows }, (_, at) => row(String(at + 1), `row ${at + 1}`, `${at + 1}00,00`)),
  };
}

/** Every character one unit wide per point of size: layout without a font. */
const monospaced = (text: string, _weight: string, size: number): number => Array.from(text).length * size;

describe('lines of a paragraph', () => {
  it.each([
    ['fits', 'one two', 7, ['one two']],
    ['breaks at blanks', 'one two three', 8, ['one two', 'three']],
    ['keeps what must not break together', 'a 1\u00a0000,00 b', 9, ['a', '1\u00a0000,00', 'b']],
    ['breaks a word that is too long', 'abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    ['leaves blanks at the ends out', '  one   two  ', 3, ['one', 'two']],
    ['is one line when empty', '', 5, ['']],
    ['takes line ends and tabs for blanks', 'one\r\ntwo\tthree', 20, ['one two three']],
    ['leaves control characters out', 'on\u0000e\u001b tw\ud800o', 20, ['one two']],
  ])('%s', (_what, text, width, expected) => {
    const lines = breakLines({ kind: 'text', runs: [{ text, size: 1 }] }, width, monospaced);
    expect(lines.map(({ segments }) => segments.map((segment) => segment.text).join(''))).toEqual(expected);
  });

  it('a word may have several runs, and is not broken between them', () => {
    const runs = [
      { text: 'one tw', size: 1 },
      { text: 'o three', size: 1, color: '#ff0000' },
    ];
    const lines = breakLines({ kind: 'text', runs }, 7, monospaced);
    expect(lines.map(({ segments }) => segments.map(({ text, x }) => [text, x]))).toEqual([
      [
        ['one tw', 0],
        ['o', 6],
      ],
      [['three', 0]],
    ]);
  });

  it('nothing is lost, nothing is wider than the line, and what fits stays in one', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'ř', ',', '1'), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 40 }),
        (words, width) => {
          const paragraph = { kind: 'text' as const, runs: [{ text: words.join(' '), size: 1 }] };
          const lines = breakLines(paragraph, width, monospaced);
          const texts = lines.map(({ segments }) => segments.map((segment) => segment.text).join(''));
          expect(texts.join('').replaceAll(' ', '')).toBe(words.join(''));
          expect(lines.every((one) => one.width <= width)).toBe(true);
          if (naturalWidth(paragraph, monospaced) <= width) expect(lines).toHaveLength(1);
        },
      ),
    );
  });
});

describe('pages', () => {
  const heads = (page: { body: readonly Placed[] }): string[] =>
    page.body.flatMap((item) => (item.kind === 'row' ? [item.role] : []));

  it('a long table goes on with its head repeated, and ends with its last rows beside what follows', () => {
    const total: Block = { kind: 'group', blocks: [line('total'), { kind: 'space', height: 60 }] };
    const pages = layOut(documentOf([tableOf(30), total]), monospaced);
    expect(pages.map((page) => heads(page)[0])).toEqual([
      'head',
      ...pages.slice(1).map(() => 'repeated-head'),
    ]);
    const last = heads(pages.at(-1) ?? { body: [] });
    expect(last.filter((role) => role === 'body').length).toBeGreaterThanOrEqual(2);
    expect(pages.flatMap(heads).filter((role) => role === 'body')).toHaveLength(30);
    expect(pages[0]?.head).toEqual([]);
    expect(pages[1]?.head).toHaveLength(1);
  });

  it('everything stays above the foot and below the top, however many rows there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 200 }), (rows, tail) => {
        const after: Block = { kind: 'group', blocks: [{ kind: 'space', height: tail }, line('end')] };
        const pages = layOut(documentOf([line('head'), tableOf(rows), after]), monospaced);
        const below = pages.map(({ body }) =>
          Math.max(0, ...body.flatMap(flat).map((text) => text.y + text.lines.length * text.lineHeight)),
        );
        const foot = 400 - 20 - 8.25 * 1.45;
        expect(below.every((y) => y <= foot + 0.01)).toBe(true);
        const placed = pages.flatMap(({ body }) => body.flatMap(flat)).flatMap(({ lines }) => lines);
        expect(placed.filter(({ segments }) => segments[0]?.text === 'end')).toHaveLength(1);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['the first where it has room', 100, [1, 'large']],
    ['a smaller one where that has', 290, [1, 'small']],
    ['the first on a new page where none has', 345, [2, 'large']],
  ] as const)('of a choice there is %s', (_what, height, [pages, chosen]) => {
    const of = (name: string, size: number): Group => ({
      kind: 'group',
      blocks: [line(name), { kind: 'space', height: size }],
    });
    const placed = layOut(
      documentOf([
        { kind: 'rule', width: height, color: '#000000' },
        { kind: 'choice', of: [of('large', 60), of('small', 20)] },
      ]),
      monospaced,
    );
    const texts = (placed.at(-1)?.body ?? []).flatMap(flat).map(({ lines }) => lines[0]?.segments[0]?.text);
    expect([placed.length, texts]).toEqual([pages, [chosen]]);
  });

  it('columns share what is left and never overlap', () => {
    const columns: Block = {
      kind: 'columns',
      gap: 10,
      columns: [
        { width: 50, blocks: [line('a')] },
        { width: 'content', blocks: [{ kind: 'text', runs: [{ text: 'abcd', size: 10 }] }] },
        { width: { share: 1 }, blocks: [line('b')] },
        { width: { share: 3 }, blocks: [line('c')] },
      ],
    };
    const [page] = layOut(documentOf([columns]), monospaced);
    const xs = (page?.body ?? []).flatMap(flat).map(({ x }) => Math.round(x));
    // 260 wide: 50 + 40 fixed, 30 of gaps, 140 shared one to three.
    expect(xs).toEqual([20, 80, 130, 175]);
  });
});

function flat(item: Placed): Extract<Placed, { kind: 'text' }>[] {
  if (item.kind === 'text') return [item];
  return item.kind === 'row' ? item.cells.flat().flatMap(flat) : [];
}

describe('the file', () => {
  const qr: Block = {
    kind: 'matrix',
    size: 40,
    rows: [
      [true, false],
      [true, true],
    ],
    alt: 'a code',
  };
  const body: Block[] = [
    {
      kind: 'text',
      role: 'H1',
      runs: [{ text: 'Příliš žluťoučký kůň' }, { text: ' a horse', language: 'en' }],
    },
    line('ő ř ł ș ț € Ω Я'),
    tableOf(40),
    {
      kind: 'group',
      blocks: [
        qr,
        {
          kind: 'box',
          fill: '#eeeeee',
          stroke: '#000000',
          radius: 3,
          padding: { top: 4, right: 4, bottom: 4, left: 4 },
          blocks: [line('1\u00a0234,56')],
        },
      ],
    },
  ];

  it('can be read by another program: texts with all their letters, page numbers, metadata', async () => {
    const read = await readPdf(renderPdf(documentOf(body), fonts));
    expect(read.pages.length).toBeGreaterThan(2);
    expect(read.pages[0]).toContain('Příliš žluťoučký kůň a horse');
    expect(read.pages[0]).toContain('ő ř ł ș ț € Ω Я');
    expect(read.pages.at(-1)).toContain('234,56');
    for (const [at, text] of read.pages.entries()) {
      expect(text).toContain(`page ${at + 1} of ${read.pages.length}`);
      expect(text.includes('continued')).toBe(at > 0);
      expect(text).toContain('Amount');
    }
    expect(read.info).toMatchObject({ Title: 'Zkouška', Author: 'Innkeeper', PDFFormatVersion: '1.7' });
    expect(read.language).toBe('cs');
  });

  it('is tagged: heading, paragraphs, the table once with its head, the picture with its words', async () => {
    const read = await readPdf(renderPdf(documentOf(body), fonts));
    expect(read.roles[0]?.slice(0, 4)).toEqual(['Document', 'H1', 'Span', 'P']);
    // A table is one element; a page names all of those it has a part of.
    for (const roles of read.roles) {
      expect(roles.filter((role) => role === 'Table')).toHaveLength(1);
      expect(roles.filter((role) => role === 'TH')).toHaveLength(3);
      expect(roles.filter((role) => role === 'TD')).toHaveLength(120);
    }
    expect(read.roles.at(-1)).toContain('Figure');
    expect(read.alts).toEqual(['a code']);
  });

  it('is the same bytes every time, and other bytes for another document', async () => {
    const hash = async (document: PdfDocument): Promise<string> =>
      createHash('sha256').update(renderPdf(document, fonts)).digest('hex');
    const first = await hash(documentOf(body));
    expect(await hash(structuredClone(documentOf(body)))).toBe(first);
    expect(await hash(documentOf([...body, line('more')]))).not.toBe(first);
  });

  it('keeps names with signs of XML and of PDF as they are, in the text and in the metadata', async () => {
    const name = 'A & B <C> "D" (E) \\F]';
    const document = documentOf([line(name)]);
    const bytes = renderPdf({ ...document, info: { ...document.info, title: name, author: name } }, fonts);
    const read = await readPdf(bytes);
    expect(read.pages[0]).toContain(name);
    expect(read.info).toMatchObject({ Title: name, Author: name });
    const text = Buffer.from(bytes).toString('utf8');
    const xmp = text.slice(text.indexOf('<x:xmpmeta'), text.indexOf('</x:xmpmeta>') + 12);
    expect(XMLValidator.validate(xmp)).toBe(true);
    expect(xmp).toContain('A &amp; B &lt;C&gt;');
  });

  it('can be written and read whatever the texts are', async () => {
    const any = fc.string({ unit: 'binary', maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.array(any, { minLength: 1, maxLength: 6 }), any, async (texts, title) => {
        const document = documentOf([...texts.map(line), tableOf(2)]);
        const read = await readPdf(renderPdf({ ...document, info: { ...document.info, title } }, fonts));
        expect(read.pages[0]).toContain('row 2');
      }),
      { numRuns: 25 },
    );
  });

  it('has no letters it cannot show: a font without one leaves a box, not an error', async () => {
    const read = await readPdf(renderPdf(documentOf([line('漢字 and text')]), fonts));
    expect(read.pages[0]).toContain('and text');
  });
});

describe('the press', () => {
  const open: PdfPress[] = [];
  const pressOf = (options: Partial<Parameters<typeof createPdfPress>[0]> = {}): PdfPress => {
    const press = createPdfPress({
      worker: new URL('./pdf-worker.ts', import.meta.url),
      fonts: fontFiles,
      ...options,
    });
    open.push(press);
    return press;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (press) => await press.close()));
  });

  it('prints the same bytes as without it, several at once, in their own order', async () => {
    const press = pressOf({ workers: 2 });
    const documents = ['one', 'two', 'three', 'four', 'five'].map((word) => documentOf([line(word)]));
    const printed = await Promise.all(documents.map(async (document) => await press.render(document)));
    for (const [at, document] of documents.entries()) {
      expect(Buffer.from(printed[at] ?? []).equals(Buffer.from(renderPdf(document, fonts)))).toBe(true);
    }
  });

  it('a document that cannot be drawn fails alone', async () => {
    const press = pressOf();
    const broken = documentOf([{ kind: 'text', runs: [{ text: 'x', color: '#000000' }] }], {
      info: { ...documentOf([]).info, createdAt: 'no date' },
    });
    const good = press.render(documentOf([line('good')]));
    await expect(press.render(broken)).rejects.toThrow(/could not be drawn/);
    expect((await good).length).toBeGreaterThan(1000);
    expect((await press.render(documentOf([line('after')]))).length).toBeGreaterThan(1000);
  });

  it('gives its memory back when idle, and prints again', async () => {
    const press = pressOf({ idleMs: 1 });
    expect((await press.render(documentOf([line('one')]))).length).toBeGreaterThan(1000);
    await new Promise((resolve) => setImmediate(resolve));
    expect((await press.render(documentOf([line('two')]))).length).toBeGreaterThan(1000);
  });

  it(
    'gives a document up that is never drawn, and draws the next with another worker',
    { timeout: 60_000 },
    async () => {
      const program = `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ id, document }) => {
        if (document.info.author === 'stuck') for (;;);
        parentPort.postMessage({ id, bytes: new Uint8Array([7]) });
      });`;
      const worker = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
      const press = pressOf({ worker, deadlineMs: 1_000 });
      const good = documentOf([]);
      const stuck = press.render({ ...good, info: { ...good.info, author: 'stuck' } });
      const next = press.render(good);
      // The first one of a worker has four times as long.
      await expect(stuck).rejects.toThrow(new NotDrawn('The document was not drawn within 4 seconds.'));
      expect([...(await next)]).toEqual([7]);
    },
  );

  it(
    'says why a worker ended, and draws by a fresh one where that is asked',
    { timeout: 60_000 },
    async () => {
      const program = `import { parentPort } from 'node:worker_threads';
      let drawn = 0;
      parentPort.on('message', ({ id, document }) => {
        if (document.info.author === 'ends') process.exit(1);
        if (document.info.author === 'throws') throw new Error('out of paper');
        drawn += 1;
        parentPort.postMessage({ id, bytes: new Uint8Array([drawn]) });
      });`;
      const press = pressOf({
        worker: new URL(`data:text/javascript,${encodeURIComponent(program)}`),
        workers: 1,
      });
      const good = documentOf([]);
      const by = (author: string): PdfDocument => ({ ...good, info: { ...good.info, author } });
      await expect(press.render(by('ends'))).rejects.toThrow(new NotDrawn('The PDF worker ended.'));
      await expect(press.render(by('throws'))).rejects.toThrow(
        new NotDrawn('The PDF worker ended: out of paper'),
      );
      const drawn = await Promise.all([
        press.render(good),
        press.render(good),
        press.render(good, { byFreshWorker: true }),
        press.render(good),
        press.render(good, { byFreshWorker: true }),
      ]);
      expect(drawn.map(([nth]) => nth)).toEqual([1, 2, 1, 2, 1]);
    },
  );

  it('closed, it refuses; what was waiting is told', async () => {
    const press = pressOf();
    const waiting = [1, 2, 3].map(async (at) => await press.render(documentOf([line(String(at))])));
    const told = Promise.allSettled(waiting);
    await press.close();
    expect((await told).every(({ status }) => status === 'rejected')).toBe(true);
    await expect(press.render(documentOf([]))).rejects.toThrow(/closed/);
  });
});
