import { Worker } from 'node:worker_threads';
import type { PdfDocument, Weight } from './pdf-document.ts';

/** Turns documents into PDF beside the event loop. */
export interface PdfPress {
  /** Bytes of the file. Throws the worker's error for a document that cannot be drawn. */
  render(document: PdfDocument): Promise<Uint8Array>;
  /** Ends the workers; documents under way are rejected. */
  close(): Promise<void>;
}

export interface PdfWorkerStart {
  /** Files of the fonts, by weight. */
  readonly fonts: Readonly<Record<Weight, string>>;
}

export interface PdfPressOptions extends PdfWorkerStart {
  /** The worker's program: pdf-worker.ts as it stands, or what the build made of it. */
  readonly worker: URL;
  /** Workers at most; one is started for the first document, others when it is busy. Default 1. */
  readonly workers?: number;
  /** A worker without work ends after this time and gives its memory back. Default 60 s. */
  readonly idleMs?: number;
  /** A document that is not drawn after this time is given up, and its worker replaced. Default 30 s. */
  readonly deadlineMs?: number;
}

export interface PdfJob {
  readonly id: number;
  readonly document: PdfDocument;
}
export type PdfResult =
  | { readonly id: number; readonly bytes: Uint8Array }
  | { readonly id: number; readonly error: string };

interface Waiting {
  readonly document: PdfDocument;
  resolve(bytes: Uint8Array): void;
  reject(error: Error): void;
}

interface Hand {
  readonly worker: Worker;
  job: Waiting | undefined;
  idle: NodeJS.Timeout | undefined;
  deadline: NodeJS.Timeout | undefined;
}

export function createPdfPress(options: PdfPressOptions): PdfPress {
  const press = new Press(options);
  return {
    render: async (document) => await press.render(document),
    close: async () => await press.close(),
  };
}

/** The longest invoice takes a second or two; a busy machine gets its time. */
const DEADLINE_MS = 30_000;

class Press {
  private readonly options: PdfPressOptions;
  private readonly hands = new Set<Hand>();
  private readonly queue: Waiting[] = [];
  private nextId = 1;
  private isClosed = false;

  constructor(options: PdfPressOptions) {
    this.options = options;
  }

  async render(document: PdfDocument): Promise<Uint8Array> {
    if (this.isClosed) throw new Error('The PDF press is closed.');
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.queue.push({ document, resolve, reject });
    this.assign();
    return await promise;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const waiting of this.queue.splice(0)) waiting.reject(new Error('The PDF press was closed.'));
    await Promise.all([...this.hands].map(async (hand) => await this.dismiss(hand)));
  }

  private assign(): void {
    while (this.queue.length > 0) {
      const hand = [...this.hands].find((one) => one.job === undefined) ?? this.hire();
      const job = hand && this.queue.shift();
      if (hand === undefined || job === undefined) return;
      clearTimeout(hand.idle);
      hand.job = job;
      // A worker with work keeps the process alive, an idle one does not.
      hand.worker.ref();
      hand.deadline = setTimeout(() => void this.giveUp(hand), this.options.deadlineMs ?? DEADLINE_MS);
      hand.worker.postMessage({ id: this.nextId++, document: job.document } satisfies PdfJob);
    }
  }

  private hire(): Hand | undefined {
    if (this.hands.size >= (this.options.workers ?? 1)) return undefined;
    const { fonts } = this.options;
    const worker = new Worker(this.options.worker, { workerData: { fonts } satisfies PdfWorkerStart });
    const hand: Hand = { worker, job: undefined, idle: undefined, deadline: undefined };
    this.hands.add(hand);
    worker.on('message', (result: PdfResult) => this.finish(hand, result));
    worker.on('error', (error) => this.lose(hand, error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.lose(hand, new Error('The PDF worker ended.')));
    return hand;
  }

  private finish(hand: Hand, result: PdfResult): void {
    // Given up already: its answer crossed the deadline.
    if (!this.hands.has(hand)) return;
    const { job } = hand;
    clearTimeout(hand.deadline);
    hand.job = undefined;
    hand.worker.unref();
    hand.idle = setTimeout(() => void this.dismiss(hand), this.options.idleMs ?? 60_000).unref();
    if ('bytes' in result) job?.resolve(result.bytes);
    else job?.reject(new Error(`The document could not be drawn: ${result.error}`));
    this.assign();
  }

  private lose(hand: Hand, error: Error): void {
    if (!this.hands.delete(hand)) return;
    clearTimeout(hand.idle);
    clearTimeout(hand.deadline);
    hand.job?.reject(error);
    if (!this.isClosed) this.assign();
  }

  private async giveUp(hand: Hand): Promise<void> {
    const seconds = (this.options.deadlineMs ?? DEADLINE_MS) / 1000;
    await this.dismiss(hand, `The document was not drawn within ${seconds} seconds.`);
  }

  private async dismiss(hand: Hand, why = 'The PDF press was closed.'): Promise<void> {
    this.lose(hand, new Error(why));
    await hand.worker.terminate();
  }
}
