import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { invoicePages } from '../../domains/billing/invoice-layout.ts';
import { DOCUMENT_LANGUAGES } from '../../domains/billing/invoice-document.ts';
import type { PdfDocument } from '../../platform/pdf/pdf-document.ts';
import { createPdfPress, type PdfPress } from '../../platform/pdf/pdf-press.ts';
import { pressOptions } from '../billing-room.ts';
import { invoiceDocumentForTest } from '../invoice-document-for-test.ts';
import { atMost, machineLine, type BenchMetric, type BenchResult } from './bench-result.ts';

const DOCUMENTS = Number(process.env['BENCH_DOCUMENTS'] ?? 2000);
const WORKERS = 2;
/** What is under way at once: nobody lays out 56,000 documents before the first is drawn. */
const AHEAD = 8;
const WEASY_DOCUMENTS = 20;
const layoutFolder = join(import.meta.dirname, '../../../resources/layouts');

/** Invoices as a run issues them: a VM or a few of each customer, names of their own, three languages. */
function pagesOf(at: number): PdfDocument {
  const language = DOCUMENT_LANGUAGES[at % 3] ?? 'en';
  const document = invoiceDocumentForTest(1 + (at % 3), {
    number: `FV 2026/09/${String(at).padStart(6, '0')}`,
    language,
    buyerFields: { name: `${SURNAMES[at % SURNAMES.length]} & Syn ${at}`, number: `C-${20_000 + at}` },
  });
  return invoicePages(document, layoutFolder, language);
}

const SURNAMES = ['Wójcik', 'Dvořák', 'Żółkiewski', 'Němcová', 'Müller', 'Smith', 'Kowalczyk', 'Jarzębina'];

interface Drawn {
  readonly seconds: number;
  /** Of all threads together. */
  readonly processorSeconds: number;
  readonly bytes: number;
}

async function drawAll(press: PdfPress, count: number): Promise<Drawn> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  let next = 0;
  let bytes = 0;
  const one = async (): Promise<void> => {
    while (next < count) {
      const drawn = await press.render(pagesOf(next++));
      bytes += drawn.length;
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, one));
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, processorSeconds: (user + system) / 1_000_000, bytes };
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
    const drawn = await drawAll(press, DOCUMENTS);
    const again = new Set(await Promise.all([digest(), digest(), digest(), digest()]));
    const peakMib = process.resourceUsage().maxRSS / 1024;
    const perSecond = DOCUMENTS / drawn.seconds;
    const others = await weasyPrint();
    const metrics: BenchMetric[] = [
      { metric: 'drawn', value: perSecond, unit: '/s', note: `${DOCUMENTS} invoices, ${WORKERS} workers` },
      { metric: 'processor time of one', value: (1000 * drawn.processorSeconds) / DOCUMENTS, unit: 'ms' },
      { metric: 'bytes of one', value: drawn.bytes / DOCUMENTS, unit: 'B' },
      { metric: 'highest memory', value: peakMib, unit: 'MiB' },
      ...(others === undefined ? [] : [others]),
    ];
    const isSame = again.size === 1 && again.has(first);
    return {
      name: 'billing-pdf',
      machine: machineLine(),
      metrics,
      baseline:
        others === undefined
          ? 'WeasyPrint is not installed here (Debian: weasyprint)'
          : 'WeasyPrint, one process for a page of the same words in HTML, untagged, one after the other',
      limits: [
        { metric: 'drawn', value: perSecond, unit: '/s', atLeast: 80, ok: perSecond >= 80 },
        atMost('documents whose bytes differ when drawn again', isSame ? 0 : 1, '', 0),
        atMost('highest memory', peakMib, 'MiB', 1024),
      ],
    };
  } finally {
    await press.close();
  }
}

/** The best-known way to draw such pages from HTML, where it is installed: all of them by one process, which opens its fonts once. */
async function weasyPrint(): Promise<BenchMetric | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'innkeeper-pdf-'));
  try {
    const page = join(folder, 'page.html');
    await writeFile(page, htmlOf());
    const program = [
      'import sys, time, weasyprint',
      `weasyprint.HTML(filename=sys.argv[1]).write_pdf(sys.argv[1] + '.pdf')`,
      'started = time.monotonic()',
      `for _ in range(${WEASY_DOCUMENTS}): weasyprint.HTML(filename=sys.argv[1]).write_pdf(sys.argv[1] + '.pdf')`,
      `print(${WEASY_DOCUMENTS} / (time.monotonic() - started))`,
    ].join('\n');
    const { stdout } = await promisify(execFile)('/usr/bin/python3', ['-c', program, page]);
    return { metric: 'WeasyPrint', value: Number(stdout), unit: '/s', note: 'one process' };
  } catch {
    return undefined;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function htmlOf(): string {
  const document = invoiceDocumentForTest(2);
  const rows = document.lines.map(
    (line) =>
      `<tr><td>${line.lineNo}</td><td>${line.plan} ${line.vm}</td><td>${line.unitPrice}</td><td>${line.netMinor}</td></tr>`,
  );
  const { seller, buyer } = document;
  return `<html><meta charset="utf-8"><style>@font-face{font-family:Inter;src:url(${pressOptions.fonts.regular})}
    body{font:8pt Inter}table{width:100%}</style><h1>Faktura ${document.number}</h1><p>${seller.name}, ${seller.street}</p>
    <p>${buyer.name}, ${buyer.street}</p><table>${rows.join('')}</table><p>${document.grossMinor}</p></html>`;
}
