import { Worker } from 'node:worker_threads';
import type { PdfDocument, Weight } from './pdf-document.ts';

/** Turns documents into PDF beside the event loop. */
export interface PdfPress {
  /**
   * Bytes of the file; `byFreshWorker`: drawn by one that has drawn nothing before.
   * @throws CannotBeDrawn with the worker's words
   * @throws NotDrawn where the worker took too long, or ended
   */
  render(document: PdfDocument, options?: { readonly byFreshWorker?: boolean }): Promise<Uint8Array>;
  /** Ends the workers; documents under way are rejected. */
  close(): Promise<void>;
}

/** The document is at fault, not who draws it: drawn again it fails again. */
export class CannotBeDrawn extends Error {
  override readonly name = 'CannotBeDrawn';
}

/** It was given up, or its worker ended: because of the document, or of what the machine had to do beside it. */
export class NotDrawn extends Error {
  override readonly name = 'NotDrawn';
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
  /** A document that is not drawn after this time is given up, and its worker replaced; the first one of a worker after four times as long. Default 30 s. */
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
  readonly isForFresh: boolean;
  resolve(bytes: Uint8Array): void;
  reject(error: Error): void;
}

interface Hand {
  readonly worker: Worker;
  job: Waiting | undefined;
  idle: NodeJS.Timeout | undefined;
  deadline: NodeJS.Timeout | undefined;
  deadlineMs: number;
}

export function createPdfPress(options: PdfPressOptions): PdfPress {
  const press = new Press(options);
  return {
    render: async (document, { byFreshWorker = false } = {}) => await press.render(document, byFreshWorker),
    close: async () => await press.close(),
  };
}

/** The longest invoice takes a second or two; a busy machine gets its time. */
const DEADLINE_MS = 30_000;
/** A worker is started, and reads its program and fonts, within the time of its first document. */
const FIRST_DEADLINES = 4;

class Press {
  private readonly options: PdfPressOptions;
  private readonly hands = new Set<Hand>();
  private readonly queue: Waiting[] = [];
  private nextId = 1;
  private isClosed = false;

  constructor(options: PdfPressOptions) {
    this.options = options;
  }

  async render(document: PdfDocument, isForFresh: boolean): Promise<Uint8Array> {
    if (this.isClosed) throw new Error('The PDF press is closed.');
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.queue.push({ document, isForFresh, resolve, reject });
    this.assign();
    return await promise;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const waiting of this.queue.splice(0)) waiting.reject(new Error('The PDF press was closed.'));
    await Promise.all([...this.hands].map(async (hand) => await this.dismiss(hand)));
  }

  private assign(): void {
    for (;;) {
      const [next] = this.queue;
      if (next === undefined) return;
      const idle = [...this.hands].find((one) => one.job === undefined);
      if (next.isForFresh && idle !== undefined) {
        // Gives its place to a new one, which is hired at once.
        void this.dismiss(idle);
        continue;
      }
      const hand = idle ?? this.hire();
      const job = hand && this.queue.shift();
      if (hand === undefined || job === undefined) return;
      clearTimeout(hand.idle);
      hand.job = job;
      // A worker with work keeps the process alive, an idle one does not.
      hand.worker.ref();
      hand.deadline = setTimeout(() => void this.giveUp(hand), hand.deadlineMs);
      hand.worker.postMessage({ id: this.nextId++, document: job.document } satisfies PdfJob);
    }
  }

  private hire(): Hand | undefined {
    if (this.hands.size >= (this.options.workers ?? 1)) return undefined;
    const { fonts } = this.options;
    const worker = new Worker(this.options.worker, { workerData: { fonts } satisfies PdfWorkerStart });
    const deadlineMs = FIRST_DEADLINES * this.deadlineMs();
    const hand: Hand = { worker, job: undefined, idle: undefined, deadline: undefined, deadlineMs };
    this.hands.add(hand);
    worker.on('message', (result: PdfResult) => this.finish(hand, result));
    worker.on('error', (error: unknown) => this.lose(hand, ended(error)));
    worker.on('exit', () => this.lose(hand, new NotDrawn('The PDF worker ended.')));
    return hand;
  }

  private finish(hand: Hand, result: PdfResult): void {
    // Given up already: its answer crossed the deadline.
    if (!this.hands.has(hand)) return;
    const { job } = hand;
    clearTimeout(hand.deadline);
    hand.job = undefined;
    hand.deadlineMs = this.deadlineMs();
    hand.worker.unref();
    hand.idle = setTimeout(() => void this.dismiss(hand), this.options.idleMs ?? 60_000).unref();
    if ('bytes' in result) job?.resolve(result.bytes);
    else job?.reject(new CannotBeDrawn(`The document could not be drawn: ${result.error}`));
    this.assign();
  }

  private lose(hand: Hand, error: Error): void {
    if (!this.hands.delete(hand)) return;
    clearTimeout(hand.idle);
    clearTimeout(hand.deadline);
    hand.job?.reject(error);
    if (!this.isClosed) this.assign();
  }

  private deadlineMs(): number {
    return this.options.deadlineMs ?? DEADLINE_MS;
  }

  private async giveUp(hand: Hand): Promise<void> {
    const seconds = hand.deadlineMs / 1000;
    await this.dismiss(hand, new NotDrawn(`The document was not drawn within ${seconds} seconds.`));
  }

  private async dismiss(hand: Hand, why: Error = new Error('The PDF press was closed.')): Promise<void> {
    this.lose(hand, why);
    await hand.worker.terminate();
  }
}

function ended(error: unknown): NotDrawn {
  const words = error instanceof Error ? error.message : String(error);
  return new NotDrawn(`The PDF worker ended: ${words}`, { cause: error });
}
