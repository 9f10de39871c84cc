import type { AnyTransaction } from '../store/store.ts';
import type { TaskSubject } from './task-definition.ts';
import type { TaskError } from './task-error.ts';

/** Change feed topic of everything a person can see of a task; the key is the task's id. */
export const TASK_TOPIC = 'task';
/** Change feed topic that wakes engines: a task was recorded or its cancellation asked for. */
export const TASK_QUEUE_TOPIC = 'task-queue';

export interface NewTask {
  readonly kind: string;
  readonly title: string;
  readonly subject: TaskSubject;
  readonly input: unknown;
  readonly startedBy: string;
  readonly key: string | undefined;
  readonly retryOf: string | undefined;
  readonly steps: readonly { readonly name: string; readonly title: string }[];
}

/** The right of one engine to work on a task, until another takes over. */
export interface TaskClaim {
  readonly taskId: string;
  readonly runId: string;
  /** Engine and slot that hold it. */
  readonly holder: string;
  /** Grows with every claim of the run: a write under an older number is refused. */
  readonly claimNumber: number;
}

export interface OpenedTask {
  readonly input: unknown;
  readonly startedBy: string;
  /** What the task that this one tries again could not undo: it is undone before anything else. */
  readonly owed: OwedUndo | undefined;
}

/** Steps whose undo is outstanding, in the order they are undone, with the state they were done in. */
export interface OwedUndo {
  readonly steps: readonly string[];
  readonly state: Readonly<Record<string, unknown>>;
}

/** How far a task was undone. */
export interface Unwound {
  /** What could not be undone, a sentence each. */
  readonly leftOver: readonly string[];
  readonly owed: OwedUndo | undefined;
}

export type StepBeginning =
  | {
      readonly kind: 'begun';
      /** Counting this one. */
      readonly attempt: number;
      /** Tries that ended in a failure. */
      readonly failures: number;
      /** Tries that just broke off: the engine died in them. */
      readonly crashes: number;
    }
  | { readonly kind: 'cancelled'; readonly begunBefore: boolean };

export interface StepProgress {
  readonly done: number;
  readonly total: number;
  readonly unit: 'bytes' | 'items';
}

export interface TaskLogLine {
  readonly atMs: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

export type CancelAnswer = 'requested' | 'ended' | 'undoing' | 'unknown';

/** Tasks as they are recorded, handed out and called off: what needs no claim. */
export interface TaskQueue {
  /** The same kind and key again: the id of the earlier task. */
  record(task: NewTask, within?: AnyTransaction): Promise<{ taskId: string }>;
  /** Recorded tasks that were not handed to the queue yet. */
  unsubmitted(kinds: readonly string[]): Promise<readonly { taskId: string; kind: string }[]>;
  submitted(taskId: string, runId: string): Promise<void>;
  /** Tasks that have not ended, with the run that should be working on them. */
  unfinished(): Promise<readonly { taskId: string; runId: string }[]>;
  /** Ends tasks without a claim: their run is gone for good. */
  abandon(taskId: string, runId: string, error: TaskError): Promise<void>;

  /** Removes tasks that ended before this instant, except failed ones nobody has put aside. */
  forget(beforeMs: number): Promise<void>;

  requestCancel(taskId: string): Promise<CancelAnswer>;
  /** Which of these tasks somebody wants cancelled. */
  cancelRequested(taskIds: readonly string[]): Promise<readonly string[]>;
}

/**
 * Where the engine that holds a task writes down what a person watches, and what it needs to know beside the record of finished
 * steps. Every method but `open` throws ClaimLost when another engine has taken the task over.
 */
export interface TaskJournal {
  /** Takes the task over; undefined when it has ended already or belongs to another run. */
  open(claim: TaskClaim): Promise<OpenedTask | undefined>;
  /** Resolves while the claim holds, and writes nothing. */
  holds(claim: TaskClaim): Promise<void>;
  stepBegins(
    claim: TaskClaim,
    step: { name: string; title: string; position: number },
  ): Promise<StepBeginning>;
  stepProgress(claim: TaskClaim, step: string, progress: StepProgress): Promise<void>;
  stepDone(claim: TaskClaim, step: string): Promise<void>;
  /** `final`: not tried again. */
  stepFailed(claim: TaskClaim, step: string, error: TaskError, final: boolean): Promise<void>;
  /** The engine stops: the try does not count. */
  stepInterrupted(claim: TaskClaim, step: string): Promise<void>;
  log(claim: TaskClaim, lines: readonly TaskLogLine[]): Promise<void>;

  undoBegins(claim: TaskClaim, step: string): Promise<void>;
  undoDone(claim: TaskClaim, step: string): Promise<void>;
  undoFailed(claim: TaskClaim, step: string, error: TaskError): Promise<void>;

  /** `cancelled`: somebody asked for it before the task had ended; everything must be undone. */
  succeeds(claim: TaskClaim, result: Readonly<Record<string, unknown>>): Promise<'succeeded' | 'cancelled'>;
  /** The task turns back. */
  turnsBack(claim: TaskClaim, error: TaskError | undefined): Promise<void>;
  /** `error` absent: it was cancelled. */
  endsUndone(claim: TaskClaim, error: TaskError | undefined, unwound: Unwound): Promise<void>;
}

/** Another engine works on this task now; what this one wrote was not written. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
  constructor(taskId: string) {
    super(`Another engine has taken over the task ${taskId}.`);
  }
}
