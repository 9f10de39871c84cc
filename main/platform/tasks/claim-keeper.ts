import type { Backend } from 'openworkflow/internal';
import type { TasksLog } from './tasks-log.ts';

export type WorkflowRun = NonNullable<Awaited<ReturnType<Backend['claimWorkflowRun']>>>;

export interface ClaimedRun {
  readonly run: WorkflowRun;
  readonly workerId: string;
  /** Aborts when another engine may have taken the run over. */
  readonly lost: AbortSignal;
}

interface KeptClaim extends ClaimedRun {
  readonly losing: AbortController;
  readonly beat: NodeJS.Timeout;
  expiresAtMs: number;
}

export interface ClaimKeeperOptions {
  readonly backend: Backend;
  readonly log: TasksLog;
  /** A run whose engine died is taken over after this time. */
  readonly leaseMs: number;
  /** Runs at the same time; OpenWorkflow's worker counts wrongly while two of its looks overlap. */
  readonly claimsMax: number;
  readonly isKnown: (workflowName: string) => boolean;
}

/** An idle engine asks for work in all its slots at once: one empty answer stands for all of them. */
const EMPTY_ANSWER_HOLDS_MS = 20;
/** How long a run of an unknown kind is left to the engines that know it. */
const UNKNOWN_KIND_PAUSE_MS = 2_000;
/** Runs of unknown kinds passed over in one look. */
const UNKNOWN_KINDS_MAX = 5;

/**
 * OpenWorkflow's backend with the claims kept by us. OpenWorkflow fixes its lease at 30 s and its heartbeat at 15 s, fails runs of
 * kinds it does not know, and gives no sign of a lost lease; here a lease is short and beaten four times in its life, unknown
 * kinds stay for another engine, a claim that cannot be renewed tells the work to stop, and a stopping engine gives its runs back.
 */
export class ClaimKeeper {
  /** For OpenWorkflow's worker. */
  readonly backend: Backend;
  readonly #inner: Backend;
  readonly #options: ClaimKeeperOptions;
  readonly #claims = new Map<string, KeptClaim>();
  #turn: Promise<unknown> = Promise.resolve();
  #emptyAtMs = Number.NEGATIVE_INFINITY;
  #isStopping = false;
  #tellIdle: (() => void) | undefined;

  constructor(options: ClaimKeeperOptions) {
    this.#options = options;
    this.#inner = options.backend;
    this.backend = Object.assign(Object.create(options.backend) as Backend, this.#overrides());
  }

  claimOf(runId: string): ClaimedRun {
    const claim = this.#claims.get(runId);
    if (claim === undefined) throw new Error(`The run ${runId} is not claimed by this engine.`);
    return claim;
  }

  /** Something was queued just now: the next look is a real one. */
  expectWork(): void {
    this.#emptyAtMs = Number.NEGATIVE_INFINITY;
  }

  /** From now on nothing is claimed, and runs that break off are given back to be taken at once. */
  stopClaiming(): void {
    this.#isStopping = true;
  }

  /** After {@link stopClaiming}: resolves when nothing runs any more. */
  async idle(): Promise<void> {
    await this.#turn;
    if (this.#claims.size === 0) return;
    await new Promise<void>((resolve) => (this.#tellIdle = resolve));
  }

  /** Lets go of all claims without a word to the backend: they expire. */
  dropAll(): void {
    for (const claim of this.#claims.values()) clearInterval(claim.beat);
  }

  /** Frees what a dead process held. Only where no other engine works on the same backend. */
  async takeOverAbandoned(): Promise<number> {
    let freed = 0;
    for (let after: string | undefined; ;) {
      const page = await this.#inner.listWorkflowRuns({
        status: 'running',
        limit: 100,
        ...(after ? { after } : {}),
      });
      for (const run of page.data) {
        if (run.workerId === null) continue;
        await this.#reschedule(run.id, run.workerId, new Date());
        freed += 1;
      }
      if (page.pagination.next === null) return freed;
      after = page.pagination.next;
    }
  }

  #overrides(): Partial<Backend> {
    return {
      claimWorkflowRun: async ({ workerId }) => {
        const claimed = this.#turn.then(async () => await this.#claim(workerId));
        this.#turn = claimed;
        return await claimed;
      },
      // The worker's own heartbeat, too slow for our lease.
      extendWorkflowRunLease: async ({ workflowRunId }) => this.claimOf(workflowRunId).run,
      completeWorkflowRun: async (params) =>
        await this.#end(params.workflowRunId, async () => await this.#inner.completeWorkflowRun(params)),
      failWorkflowRun: async (params) =>
        await this.#end(params.workflowRunId, async () =>
          this.#isStopping
            ? await this.#reschedule(params.workflowRunId, params.workerId, new Date())
            : await this.#inner.failWorkflowRun(params),
        ),
      rescheduleWorkflowRunAfterFailedStepAttempt: async (params) =>
        await this.#end(params.workflowRunId, async () => {
          const availableAt = this.#isStopping ? new Date() : params.availableAt;
          return await this.#inner.rescheduleWorkflowRunAfterFailedStepAttempt({ ...params, availableAt });
        }),
    };
  }

  async #claim(workerId: string): Promise<WorkflowRun | null> {
    if (this.#isStopping || this.#claims.size >= this.#options.claimsMax) return null;
    if (Date.now() - this.#emptyAtMs < EMPTY_ANSWER_HOLDS_MS) return null;
    try {
      for (let passed = 0; passed < UNKNOWN_KINDS_MAX; passed++) {
        const run = await this.#inner.claimWorkflowRun({ workerId, leaseDurationMs: this.#options.leaseMs });
        if (run === null) break;
        if (this.#options.isKnown(run.workflowName)) {
          this.#keep(run, workerId);
          return run;
        }
        const pauseMs = UNKNOWN_KIND_PAUSE_MS * (0.5 + Math.random());
        await this.#reschedule(run.id, workerId, new Date(Date.now() + pauseMs));
      }
    } catch (error) {
      this.#options.log.warn('Tasks wait: the task queue cannot be read.', { error: String(error) });
    }
    this.#emptyAtMs = Date.now();
    return null;
  }

  #keep(run: WorkflowRun, workerId: string): void {
    const { leaseMs } = this.#options;
    const losing = new AbortController();
    const beat = setInterval(() => void this.#beat(run.id), leaseMs / 4);
    const claim = { run, workerId, losing, lost: losing.signal, beat, expiresAtMs: Date.now() + leaseMs };
    this.#claims.set(run.id, claim);
  }

  async #beat(runId: string): Promise<void> {
    const claim = this.#claims.get(runId);
    if (claim === undefined || claim.lost.aborted) return;
    const { leaseMs, log } = this.#options;
    const sentAtMs = Date.now();
    try {
      await this.#inner.extendWorkflowRunLease({
        workflowRunId: runId,
        workerId: claim.workerId,
        leaseDurationMs: leaseMs,
      });
      claim.expiresAtMs = sentAtMs + leaseMs;
    } catch (error) {
      const isGone = error instanceof Error && error.message.startsWith('Failed to extend lease');
      if (!isGone && Date.now() < claim.expiresAtMs - leaseMs / 4) return;
      if (!this.#claims.has(runId)) return;
      log.warn('A running task was lost to another engine or its lease could not be renewed.', {
        run: runId,
        error: String(error),
      });
      claim.losing.abort(new Error('This engine could not renew its right to the task.'));
    }
  }

  /** The worker is done with the run. A failure here is only told: the lease runs out and the run is taken up again. */
  async #end(runId: string, transition: () => Promise<WorkflowRun>): Promise<WorkflowRun> {
    const { run } = this.claimOf(runId);
    try {
      return await transition();
    } catch (error) {
      this.#options.log.warn('The end of a task could not be recorded; it is taken up again.', {
        run: runId,
        error: String(error),
      });
      return run;
    } finally {
      this.#drop(runId);
    }
  }

  #drop(runId: string): void {
    const claim = this.#claims.get(runId);
    if (claim) clearInterval(claim.beat);
    this.#claims.delete(runId);
    if (this.#claims.size === 0) this.#tellIdle?.();
  }

  async #reschedule(workflowRunId: string, workerId: string, availableAt: Date): Promise<WorkflowRun> {
    const error = { message: 'Given back to be taken up again.' };
    return await this.#inner.rescheduleWorkflowRunAfterFailedStepAttempt({
      workflowRunId,
      workerId,
      availableAt,
      error,
    });
  }
}
