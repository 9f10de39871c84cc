import type { AnyTransaction } from '../store/store.ts';

/** JSON facts that survive a crash between steps. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface StepContext<Input> {
  readonly taskId: string;
  readonly input: Input;
  /** Login of who started it. */
  readonly startedBy: string;
  /** Aborts when the task is cancelled or the engine stops; a step leaves things so that it can be run again. */
  readonly signal: AbortSignal;
  /** 1 at the first try; more after a crash or a failure worth trying again. */
  readonly attempt: number;
  /**
   * Throws when another engine has taken the task over, by what the store says now. To be asked before everything that destroys:
   * a machine that slept wakes in the middle of a step, and what it is about to delete may be what the other one has made since.
   */
  stillOurs(): Promise<void>;
  log(level: 'info' | 'warn' | 'error', text: string): void;
  /** How far this step is; written at most once a second. */
  progress(done: number, total: number, unit: 'bytes' | 'items'): void;
}

/**
 * One step. `run` must be safe to repeat: after a crash the step in flight is run again, and it may have done its work
 * already. What it returns is merged into the task's state, which later steps and all undos see.
 * `undo` takes back what `run` did or may have half done, and must be safe when it did nothing and when run twice. The first
 * step's undo runs whenever the task does not succeed, even if it was cancelled before anything began: there belongs what was
 * written together with the task.
 */
export interface TaskStep<Input, State extends object> {
  readonly name: string;
  /** In words, present tense: "Resize the disk to 40 GiB". */
  title(input: Input): string;
  run(context: StepContext<Input>, state: Readonly<Partial<State>>): Promise<Partial<State> | void>;
  undo?(context: StepContext<Input>, state: Readonly<Partial<State>>): Promise<void>;
  /** Tries before the task fails and is undone; default 1. A step that talks to a host over a shaky line may ask for more. */
  readonly attempts?: number;
  /**
   * Tries of the undo while the other side may come back (failures that say `mayRetry`), with growing pauses up to half a
   * minute; default 8, about a minute and a half. What cannot be undone is named in the task's error, and the undos of the
   * steps before it wait until the task is tried again: a guest that still runs keeps its disk.
   */
  readonly undoAttempts?: number;
  /** The steps before it may be undone although this one could not be: somebody else clears up after it. */
  readonly undoStandsAlone?: boolean;
}

export interface TaskSubject {
  readonly kind: 'vm' | 'host' | 'template' | 'invoice' | 'bulk' | 'run' | 'repricing' | 'none';
  readonly id: string;
  readonly name: string;
}

/** A kind of durable work: the table of its steps at the top of its file is the whole of it. */
export interface TaskDefinition<Input, State extends object = object> {
  /** `vm-provision`: noun before verb; never changes, running tasks are found by it. */
  readonly kind: string;
  title(input: Input): string;
  subject(input: Input): TaskSubject;
  readonly steps: readonly TaskStep<Input, State>[];
  /** Plain facts for whoever reads the finished task. */
  result?(state: Readonly<Partial<State>>): Readonly<Record<string, string | number | boolean | null>>;
}

/** A definition of whichever input: what the engine keeps. */
export type AnyTaskDefinition = TaskDefinition<unknown, object>;

/** Starts durable work; resolves as soon as the work is recorded, before any step ran. */
export interface TaskStarter {
  /**
   * `key`: the same key starts the same kind of work once, even when two engines ask at once: the second call answers with the
   * task of the first. `within`: the task is recorded in this transaction and begins when it commits, or never.
   * The input is kept in the store as it is: secrets stand sealed in its field `sealed`, which is removed when the task has
   * succeeded. One that failed or was cancelled keeps them, because it can be tried again.
   */
  start<Input, State extends object>(
    definition: TaskDefinition<Input, State>,
    input: Input,
    options: { startedBy: string; key?: string; within?: AnyTransaction },
  ): Promise<{ taskId: string }>;
}
