import type { StepProgress, TaskClaim, TaskJournal, TaskLogLine } from './task-journal.ts';
import type { TasksLog } from './tasks-log.ts';

const LINE_CHARACTERS_MAX = 2_000;

/**
 * What a running step says about itself, written behind its back: progress at most once in `everyMs` (the newest counts), log
 * lines together. A report that cannot be written is no reason to fail the step.
 */
export class StepReport {
  readonly #parts: {
    journal: TaskJournal;
    claim: TaskClaim;
    step: string;
    log: TasksLog;
    everyMs: number;
  };
  #lines: TaskLogLine[] = [];
  #progress: StepProgress | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #writtenAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: {
    journal: TaskJournal;
    claim: TaskClaim;
    step: string;
    log: TasksLog;
    everyMs?: number;
  }) {
    this.#parts = { everyMs: 1_000, ...parts };
  }

  line(level: TaskLogLine['level'], text: string): void {
    this.#lines.push({ atMs: Date.now(), level, text: text.slice(0, LINE_CHARACTERS_MAX) });
    this.#plan();
  }

  progress(done: number, total: number, unit: StepProgress['unit']): void {
    this.#progress = { done, total, unit };
    this.#plan();
  }

  /** Writes what is left; afterwards nothing of this report is under way. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#write();
    await this.#writing;
  }

  #plan(): void {
    if (this.#timer !== undefined) return;
    const waitMs = Math.max(0, this.#writtenAtMs + this.#parts.everyMs - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, waitMs);
  }

  #write(): void {
    this.#writtenAtMs = Date.now();
    this.#writing = this.#writing.then(async () => await this.#writeNow());
  }

  async #writeNow(): Promise<void> {
    const { journal, claim, step, log } = this.#parts;
    const lines = this.#lines;
    const progress = this.#progress;
    this.#lines = [];
    this.#progress = undefined;
    try {
      if (lines.length > 0) await journal.log(claim, lines);
      if (progress) await journal.stepProgress(claim, step, progress);
    } catch (error) {
      log.warn('The progress of a task could not be written.', {
        task: claim.taskId,
        step,
        error: String(error),
      });
    }
  }
}
