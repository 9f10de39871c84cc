import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { invoicePages } from '../../domains/billing/invoices/invoice-layout.ts';
import { DOCUMENT_LANGUAGES } from '../../domains/billing/invoices/invoice-document.ts';
import type { PdfDocument } from '../../platform/pdf/pdf-document.ts';
import { createPdfPress, type PdfPress } from '../../platform/pdf/pdf-press.ts';
import { pressOptions } from '../billing-room.ts';
import { CHROMIUM } from '../console-for-test.ts';
import { invoiceDocumentForTest } from '../invoice-document-for-test.ts';
import { peakMib } from './bench-process.ts';
import { atMost, machineLine, median, spread, type BenchMetric, type BenchResult } from './bench-result.ts';

/** In rounds of 800: that the last is as quick as the first, and takes no more memory, says how 56,000 go. */
const DOCUMENTS = Number(process.env['BENCH_DOCUMENTS'] ?? 4000);
const PER_ROUND = 800;
const WORKERS = 2;
/** What is under way at once: nobody lays out 56,000 documents before the first is drawn. */
const AHEAD = 8;
const OTHERS_DOCUMENTS = 20;
const layoutFolder = join(import.meta.dirname, '../../../resources/layouts');

/** Invoices as a run issues them: a VM or a few of each customer, names of their own, three languages. */
function pagesOf(at: number): PdfDocument {
  const language = DOCUMENT_LANGUAGES[at % 3] ?? 'en';
  const document = invoiceDocumentForTest(1 + (at % 3), {
    number: `FV 2026/09/${String(at).padStart(6, '0')}`,
    language,
    buyerFields: { name: `${SURNAMES[at % SURNAMES.length]} & Syn ${at}`, number: `C-${20_000 + at}` },
  });
  return invoicePages(document, { folder: layoutFolder }, language);
}

const SURNAMES = ['Wójcik', 'Dvořák', 'Żółkiewski', 'Němcová', 'Müller', 'Smith', 'Kowalczyk', 'Jarzębina'];

interface Drawn {
  readonly count: number;
  readonly seconds: number;
  /** Of all threads together. */
  readonly processorMs: number;
  readonly bytes: number;
  readonly peakMib: number;
}

async function draw(press: PdfPress, from: number, until: number): Promise<Drawn> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  let next = from;
  let bytes = 0;
  const one = async (): Promise<void> => {
    while (next < until) {
      const drawn = await press.render(pagesOf(next++));
      bytes += drawn.length;
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, one));
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startedAt) / 1000;
  const processorMs = (user + system) / 1000;
  return { count: until - from, seconds, processorMs, bytes, peakMib: peakMib() };
}

/** Invoices drawn on two worker threads with embedded subsets; memory at its highest; the same bytes from either worker, first or last. */
export async function run(): Promise<BenchResult> {
  const press = createPdfPress({ ...pressOptions, workers: WORKERS, deadlineMs: 600_000 });
  const digest = async (): Promise<string> =>
    createHash('sha256')
      .update(await press.render(pagesOf(7)))
      .digest('hex');
  try {
    const first = await digest();
    const rounds: Drawn[] = [];
    for (let from = 0; from < DOCUMENTS; from += PER_ROUND)
      rounds.push(await draw(press, from, Math.min(DOCUMENTS, from + PER_ROUND)));
    const again = new Set(await Promise.all([digest(), digest(), digest(), digest()]));
    const rates = rounds.map(({ count, seconds }) => count / seconds);
    const perSecond = median(rates);
    const highest = peakMib();
    const chromiumPerSecond = await chromiumPrints();
    const weasy = await weasyPrint();
    const note = `${spread(rates)} rounds of ${Math.min(PER_ROUND, DOCUMENTS)} invoices, ${WORKERS} workers`;
    const sum = (of: (round: Drawn) => number): number => rounds.reduce((total, each) => total + of(each), 0);
    const metrics: BenchMetric[] = [
      { metric: 'drawn', value: perSecond, unit: '/s', note },
      { metric: 'processor time of one', value: sum((round) => round.processorMs) / DOCUMENTS, unit: 'ms' },
      { metric: 'bytes of one', value: sum((round) => round.bytes) / DOCUMENTS, unit: 'B' },
      { metric: 'memory after the first round', value: rounds[0]?.peakMib ?? Number.NaN, unit: 'MiB' },
      { metric: 'highest memory', value: highest, unit: 'MiB', note: `after ${DOCUMENTS}` },
      {
        metric: 'Chromium',
        value: chromiumPerSecond,
        unit: '/s',
        note: `${(perSecond / chromiumPerSecond).toFixed(1)} times as many by us`,
      },
      ...(weasy === undefined ? [] : [weasy]),
    ];
    const isSame = again.size === 1 && again.has(first);
    return {
      name: 'billing-pdf',
      machine: machineLine(),
      metrics,
      baseline: `Chromium printing a page of the same words in HTML, tagged, its font embedded, ${WORKERS} at once${weasy === undefined ? '' : '; WeasyPrint the same, untagged, one after the other'}`,
      limits: [
        { metric: 'drawn', value: perSecond, unit: '/s', atLeast: 80, ok: perSecond >= 80 },
        atMost('documents whose bytes differ when drawn again', isSame ? 0 : 1, '', 0),
        atMost('highest memory', highest, 'MiB', 1024),
      ],
    };
  } finally {
    await press.close();
  }
}

/** What most who draw such pages from HTML draw them with: as many pages of one browser at once as we have workers, its font opened beforehand. */
async function chromiumPrints(): Promise<number> {
  const browser = await chromium.launch(CHROMIUM);
  try {
    const font = `data:font/ttf;base64,${readFileSync(pressOptions.fonts.regular).toString('base64')}`;
    const pages = await Promise.all(
      Array.from({ length: WORKERS }, async () => {
        const page = await browser.newPage();
        await page.setContent(htmlOf(font));
        await page.evaluate(async () => await document.fonts.ready);
        await page.pdf({ tagged: true });
        return page;
      }),
    );
    const startedAt = performance.now();
    await Promise.all(
      pages.map(async (page, at) => {
        for (let n = at; n < OTHERS_DOCUMENTS; n += pages.length) {
          // Other words on each, as on invoices.
          await page.evaluate(
            (number) => document.querySelector('h1')?.replaceChildren(`Faktura ${number}`),
            n,
          );
          await page.pdf({ tagged: true });
        }
      }),
    );
    return OTHERS_DOCUMENTS / ((performance.now() - startedAt) / 1000);
  } finally {
    await browser.close();
  }
}

/** The best-known way to draw such pages from HTML, where it is installed: all of them by one process, which opens its fonts once. */
async function weasyPrint(): Promise<BenchMetric | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'innkeeper-pdf-'));
  try {
    const page = join(folder, 'page.html');
    await writeFile(page, htmlOf(pressOptions.fonts.regular));
    const program = [
      'import sys, time, weasyprint',
      `weasyprint.HTML(filename=sys.argv[1]).write_pdf(sys.argv[1] + '.pdf')`,
      'started = time.monotonic()',
      `for _ in range(${OTHERS_DOCUMENTS}): weasyprint.HTML(filename=sys.argv[1]).write_pdf(sys.argv[1] + '.pdf')`,
      `print(${OTHERS_DOCUMENTS} / (time.monotonic() - started))`,
    ].join('\n');
    const { stdout } = await promisify(execFile)('/usr/bin/python3', ['-c', program, page]);
    return { metric: 'WeasyPrint', value: Number(stdout), unit: '/s', note: 'one process' };
  } catch {
    return undefined;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function htmlOf(font: string): string {
  const document = invoiceDocumentForTest(2);
  const rows = document.lines.map(
    (line) =>
      `<tr><td>${line.lineNo}</td><td>${line.plan} ${line.vm}</td><td>${line.unitPrice}</td><td>${line.netMinor}</td></tr>`,
  );
  const { seller, buyer } = document;
  return `<html><meta charset="utf-8"><style>@font-face{font-family:Inter;src:url(${font})}
    body{font:8pt Inter}table{width:100%}</style><h1>Faktura ${document.number}</h1><p>${seller.name}, ${seller.street}</p>
    <p>${buyer.name}, ${buyer.street}</p><table>${rows.join('')}</table><p>${document.grossMinor}</p></html>`;
}
