import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { PdfJob, PdfResult, PdfWorkerStart } from './pdf-press.ts';
import { renderPdf } from './pdf-render.ts';

const start = workerData as PdfWorkerStart;
const fonts = { regular: readFileSync(start.fonts.regular), semibold: readFileSync(start.fonts.semibold) };

parentPort?.on('message', (job: PdfJob) => {
  try {
    const bytes = renderPdf(job.document, fonts);
    answer({ id: job.id, bytes }, [bytes.buffer as ArrayBuffer]);
  } catch (error) {
    answer({ id: job.id, error: String(error) }, []);
  }
});

function answer(result: PdfResult, moved: ArrayBuffer[]): void {
  parentPort?.postMessage(result, moved);
}
