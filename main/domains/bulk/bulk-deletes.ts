import { setTimeout as sleep } from 'node:timers/promises';
import { taskEnds, type TaskEnd } from '../tasks/tasks-public.ts';
import type { BulkDb, HostItem, ItemResult } from './bulk-action.ts';
import type { BulkHeld } from './bulk-run-task.ts';

const LOOK_EVERY_MS = 300;

/** Deletion of VMs: each is a durable task of its own, recorded once per item, and the item ends as its task does. */
export class BulkDeletes {
  readonly #held: BulkHeld;
  readonly #waiting = new Map<string, (end: TaskEnd | undefined) => void>();
  #looking = false;

  constructor(held: BulkHeld) {
    this.#held = held;
  }

  /** Undefined when nobody waits for it any more; the task goes on all the same. */
  async run(item: HostItem, signal: AbortSignal): Promise<ItemResult | undefined> {
    const begun = await this.#begin(item);
    if ('state' in begun) return begun;
    const end = await this.#endOf(begun.taskId, signal);
    if (end === undefined) return undefined;
    if (end.state === 'succeeded') return { state: 'done' };
    const reason = end.error === '' ? 'Its task was cancelled.' : end.error;
    return { state: 'failed', code: end.errorCode === '' ? 'task-cancelled' : end.errorCode, reason };
  }

  async #begin(item: HostItem): Promise<{ taskId: string } | ItemResult> {
    const { parts, bulkId, context } = this.#held;
    return await parts.store.transaction<BulkDb, { taskId: string } | ItemResult>(
      async (trx) =>
        await parts.startVmDelete(item.vmId, {
          startedBy: context.startedBy,
          key: `${bulkId}:${item.seq}:${context.input.round}`,
          within: trx,
        }),
      { repeatable: true },
    );
  }

  async #endOf(taskId: string, signal: AbortSignal): Promise<TaskEnd | undefined> {
    const { promise, resolve } = Promise.withResolvers<TaskEnd | undefined>();
    this.#waiting.set(taskId, resolve);
    if (!this.#looking) void this.#look(signal);
    return await promise;
  }

  /** One question for all of them. */
  async #look(signal: AbortSignal): Promise<void> {
    this.#looking = true;
    const all = AbortSignal.any([signal, this.#held.context.signal]);
    try {
      while (this.#waiting.size > 0 && !all.aborted) {
        await sleep(LOOK_EVERY_MS, undefined, { signal: all }).catch(() => undefined);
        const ends = await taskEnds(this.#held.parts.store.tables(), [...this.#waiting.keys()]).catch(
          () => [],
        );
        for (const end of ends) this.#tell(end.taskId, end);
      }
    } finally {
      this.#looking = false;
      for (const taskId of this.#waiting.keys()) this.#tell(taskId, undefined);
    }
  }

  #tell(taskId: string, end: TaskEnd | undefined): void {
    const tell = this.#waiting.get(taskId);
    this.#waiting.delete(taskId);
    tell?.(end);
  }
}
