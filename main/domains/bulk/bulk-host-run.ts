import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { hostAway, hostFailure, noteVmStates, type NotedVmState } from '../fleet/fleet-public.ts';
import type { BulkDb, BulkTrx, HostAct, HostItem, HostWork, ItemResult, WhatOf } from './bulk-action.ts';
import { isOutcomeUnknown, outcomeUnknown } from './actions/power-action.ts';
import { BulkDeletes } from './bulk-deletes.ts';
import {
  bothOf,
  endItems,
  noteItem,
  plannedItems,
  takeItems,
  type EndedItem,
  type PlannedItem,
} from './bulk-item-store.ts';
import { BulkQueue } from './bulk-queue.ts';
import type { BulkHeld } from './bulk-run-task.ts';
import { BULK_TOPIC, changeBulk, lockOwnBulk, setBulkState, type BulkRecord } from './bulk-store.ts';
import { HostLook } from './host-look.ts';

/** The store is asked at least so often whether somebody wants it stopped, and whether it is still ours. */
const LOOK_EVERY_MS = 1_000;
/**
 * Between two writings of results, unless nothing is under way any more: a transaction costs as much as a dozen items, and of hundreds
 * that are under way some end every few milliseconds.
 */
const GATHER_MS = 40;
/** Between two countings of what runs on hosts, which read all their VMs and keep their collectors waiting. */
const COUNT_EVERY_MS = 500;
/** An engine works on eight tasks at a time: other people's go on beside these and the one that starts them. */
const TASKS_AT_ONCE = 4;
/** Once the task is to end, calls under way may still be answered for so long. */
const LAST_ANSWERS_MS = 1_500;

interface Ended extends EndedItem {
  readonly noted?: NotedVmState;
}

/**
 * Work on hosts. Results are written and new items taken up together, in one transaction every few milliseconds whatever the number of
 * hosts; an item is marked as begun before its host hears of it, so that whoever goes on after this engine knows what to look at.
 */
export class BulkHostRun {
  readonly #held: BulkHeld;
  /** Undefined: one task per VM. */
  readonly #act: HostAct | undefined;
  readonly #looks = new Map<string, HostLook>();
  readonly #deletes: BulkDeletes;
  /** Ends calls under way. */
  readonly #calls = new AbortController();
  /** Ends what only waits. */
  readonly #waiting: AbortSignal;
  #ended: Ended[] = [];
  #wake: () => void = () => undefined;
  /** Hosts whose VMs have other states than when those that run were counted last. */
  readonly #uncounted = new Set<string>();
  #countedAt = Number.NEGATIVE_INFINITY;
  #exchangedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #bug: unknown;

  constructor(held: BulkHeld, act: HostAct | undefined) {
    this.#held = held;
    this.#act = act;
    this.#waiting = AbortSignal.any([held.context.signal, this.#calls.signal]);
    this.#deletes = new BulkDeletes(held);
  }

  async run(): Promise<void> {
    const { context, parts, bulkId } = this.#held;
    const first = await this.#exchange([], [], false);
    const planned = await plannedItems(parts.store.tables<BulkDb>() as unknown as BulkTrx, bulkId);
    const atOnce = first.bulk.at_once;
    const queue = new BulkQueue(planned, {
      perHost: first.bulk.per_host,
      perCluster: first.bulk.per_cluster,
      atOnce: this.#act === undefined ? Math.min(atOnce, TASKS_AT_ONCE) : atOnce,
      stopAfterFailures: first.bulk.stop_after_failures,
    });
    const halt = (): void => {
      setTimeout(() => this.#calls.abort(), LAST_ANSWERS_MS).unref();
      this.#wake();
    };
    context.signal.addEventListener('abort', halt, { once: true });
    if (context.signal.aborted) halt();
    try {
      await this.#loop(queue, first.bulk);
    } finally {
      context.signal.removeEventListener('abort', halt);
      this.#calls.abort();
    }
    if (this.#bug !== undefined) throw this.#bug;
  }

  async #loop(queue: BulkQueue, first: BulkRecord): Promise<void> {
    const { context, total } = this.#held;
    let { state } = first;
    for (;;) {
      const goesOn = state === 'running' && !context.signal.aborted && this.#bug === undefined;
      const chosen = goesOn ? queue.take() : [];
      const ended = this.#ended;
      this.#ended = [];
      if (chosen.length === 0 && ended.length === 0 && queue.begun === 0) return;
      const { bulk, taken, gone } = await this.#exchange(ended, chosen, ended.length === queue.begun);
      for (const { seq } of [...ended, ...gone]) queue.ended(seq);
      const begun = new Set([...taken, ...gone].map(({ seq }) => seq));
      // Somebody else has dealt with these.
      for (const { seq } of chosen) if (!begun.has(seq)) queue.ended(seq);
      ({ state } = bulk);
      context.progress(total - queue.left - queue.begun, total, 'items');
      for (const item of taken) void this.#work(item);
      await this.#somethingEnded(queue.begun);
      if (this.#calls.signal.aborted && this.#ended.length === 0) return;
    }
  }

  /** And what ends soon after it; or a second has passed, or the task is to end. */
  async #somethingEnded(begun: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const late = setTimeout(resolve, LOOK_EVERY_MS);
    let gathering: NodeJS.Timeout | undefined;
    this.#wake = () => {
      if (this.#ended.length >= begun || this.#isHalted()) resolve();
      else gathering ??= setTimeout(resolve, Math.max(0, this.#exchangedAt + GATHER_MS - performance.now()));
    };
    if (this.#ended.length > 0 || begun === 0) this.#wake();
    await promise;
    clearTimeout(late);
    clearTimeout(gathering);
    this.#wake = () => undefined;
  }

  #isHalted(): boolean {
    return this.#held.context.signal.aborted || this.#calls.signal.aborted || this.#bug !== undefined;
  }

  /** Writes what ended and takes up what is next. Throws when another engine has taken the work over. */
  async #exchange(
    ended: readonly Ended[],
    chosen: readonly PlannedItem[],
    isLast: boolean,
  ): Promise<{ bulk: BulkRecord; taken: HostItem[]; gone: EndedItem[] }> {
    const { parts, bulkId } = this.#held;
    const { store } = parts;
    this.#exchangedAt = performance.now();
    this.#failures += ended.filter(({ result }) => result.state === 'failed').length;
    const noted = ended.flatMap((one) => (one.noted === undefined ? [] : [one.noted]));
    for (const { hostId } of noted) this.#uncounted.add(hostId);
    const isCountDue = isLast || performance.now() - this.#countedAt > COUNT_EVERY_MS;
    const recount = isCountDue ? [...this.#uncounted].toSorted() : [];
    const nowMs = await store.nowMs();
    const written = await store.transaction<
      BulkDb,
      { bulk: BulkRecord; taken: HostItem[]; gone: EndedItem[] }
    >(
      async (trx) => {
        const bulk = await lockOwnBulk(trx, store, this.#held);
        const results = await endItems(trx, store, bulk, { items: ended, from: 'running', nowMs });
        await noteVmStates(trx as never, store, { noted, recount });
        const state = await this.#stopItself(trx, bulk, nowMs);
        const { taken, gone, begun } = await takeItems(trx, store, bulk, state === 'running' ? chosen : []);
        const lost = await endItems(trx, store, bulk, { items: gone, from: 'running', nowMs });
        const by = bothOf(bothOf(results, lost), { waiting: -begun, running: begun });
        if (ended.length > 0 || taken.length > 0 || gone.length > 0) {
          await changeBulk(trx, bulkId, { by, nowMs });
          await store.changes.note(trx, BULK_TOPIC, bulkId);
        }
        return { bulk: { ...bulk, state }, taken, gone };
      },
      { repeatable: true },
    );
    for (const hostId of recount) this.#uncounted.delete(hostId);
    if (recount.length > 0) this.#countedAt = performance.now();
    // Whoever says to go on has seen these: they do not stop it again.
    if (written.bulk.state !== 'running') this.#failures = 0;
    return written;
  }

  /** So many failures mean that something is wrong that more of the same will not mend. */
  async #stopItself(trx: BulkTrx, bulk: BulkRecord, nowMs: number): Promise<BulkRecord['state']> {
    const most = bulk.stop_after_failures;
    if (bulk.state !== 'running' || most === null || this.#failures < most) return bulk.state;
    const reason = `It stopped by itself after ${this.#failures} failures.`;
    await setBulkState(trx, bulk.id, { state: 'stopping', reason, nowMs });
    return 'stopping';
  }

  async #work(item: HostItem): Promise<void> {
    try {
      const ended = await this.#tryItem(item);
      if (ended !== undefined) this.#ended.push(ended);
    } catch (error) {
      // What is no fault of the host stops everything: the item stays marked as begun.
      this.#bug ??= error;
      this.#calls.abort();
    }
    this.#wake();
  }

  /** Undefined where it was broken off: whoever goes on looks at it first. */
  async #tryItem(item: HostItem): Promise<Ended | undefined> {
    const { seq, vmId } = item;
    try {
      if (this.#act === undefined) {
        const result = await this.#deletes.run(item, this.#calls.signal);
        return result === undefined ? undefined : { seq, vmId, result };
      }
      const act = this.#act;
      return await this.#held.parts.withHost(item.hostId, this.#calls.signal, async (api) => {
        const work = this.#workOn(item, api);
        const result = await act(work, item);
        return { seq, vmId, result, ...(await this.#stateAfter(work, item, result)) };
      });
    } catch (error) {
      const isBrokenOff = this.#calls.signal.aborted || this.#held.context.signal.aborted;
      if (isBrokenOff) return undefined;
      return { seq, vmId, result: failureOf(error, item.hostName) };
    }
  }

  #workOn(item: HostItem, api: HostWork['api']): HostWork {
    const { context, what, parts, bulkId, taskId, fence } = this.#held;
    let look = this.#looks.get(item.hostId);
    if (look === undefined) this.#looks.set(item.hostId, (look = new HostLook()));
    const lookAt = look;
    return {
      api,
      what,
      signal: this.#calls.signal,
      waiting: this.#waiting,
      stillOurs: async () => await context.stillOurs(),
      look: async (one) => await lookAt.look(api, one, this.#calls.signal),
      note: async ({ seq }, before) =>
        await parts.store.transaction<BulkDb, void>(
          async (trx) => await noteItem(trx, { bulkId, taskId, seq, fence, before }),
          { repeatable: true },
        ),
    };
  }

  /** What the row of the VM is to say; it is no failure of the item when the host tells no more. */
  async #stateAfter(work: HostWork, item: HostItem, result: ItemResult): Promise<{ noted?: NotedVmState }> {
    if (result.state === 'failed') return {};
    const now = await work.look(item).catch(() => undefined);
    if (now === undefined) return {};
    const on = this.#held.what.action === 'autostart' && result.state === 'done';
    return {
      noted: {
        vmId: item.vmId,
        hostId: item.hostId,
        state: now.state,
        ...(on ? { autostart: (this.#held.what as WhatOf<'autostart'>).on } : {}),
      },
    };
  }
}

function failureOf(error: unknown, hostName: string): ItemResult {
  if (isOutcomeUnknown(error)) return outcomeUnknown;
  // What the host itself said, or did not say, to a call.
  const told = hostFailure(error, hostName);
  if (told !== error && told instanceof OperatingFailure) return failedAs(told);
  const away = hostAway(error, hostName);
  if (away !== undefined) {
    const reason = `${hostName} is not connected: ${String(away.facts['reason'])}.`;
    return { state: 'failed', code: 'host-away', reason };
  }
  if (error instanceof OperatingFailure) return failedAs(error);
  throw error;
}

function failedAs({ code, message }: OperatingFailure): ItemResult {
  return { state: 'failed', code, reason: message };
}
