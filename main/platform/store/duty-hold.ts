import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease } from './leases.ts';
import { StoreError } from './store-error.ts';
import type { AnyTransaction, Store, StoreLog } from './store.ts';

/** The right to do a duty now. */
export interface DutyGrant {
  readonly token: number;
  /** Aborted when the lease is lost, handed over, or the holding ends: stop at once. */
  readonly signal: AbortSignal;
  /** Call in every transaction that writes under this duty; throws `LeaseLost` when somebody else holds it now. */
  guard(trx: AnyTransaction): Promise<void>;
}

export interface DutyOptions {
  readonly store: Pick<Store, 'leases'>;
  readonly name: string;
  /** Names the process for people; made unique by itself. */
  readonly holder: string;
  /** A dead holder is replaced after this time. */
  readonly ttlMs: number;
  /** 0 (workers) comes before 1 (consoles), see `LeaseRequest.priority`. Default 0. */
  readonly priority?: number;
  readonly signal: AbortSignal;
  readonly log?: StoreLog;
  /** Waits before the duty is asked for again, so long or until there is reason to. Default: so long. */
  readonly rest?: (ms: number, signal: AbortSignal) => Promise<void>;
  /**
   * The work, until `grant.signal` is aborted. If it returns or throws before that, the duty is given up and taken again
   * (by anybody) a moment later.
   */
  run(grant: DutyGrant): Promise<void>;
}

/**
 * Holds a duty whenever it can be had, until `signal` is aborted; resolves after `run` has ended and the lease is released.
 * A database that goes away does not end it: `run` is stopped before the lease can be given to another.
 */
export async function holdDuty(options: DutyOptions): Promise<void> {
  const holder = `${options.holder} ${randomUUID().slice(0, 8)}`;
  const pauseMs = options.ttlMs / 3;
  const { rest = pauseFor } = options;
  while (!options.signal.aborted) {
    const askedAtMs = performance.now();
    const lease = await acquire(options, holder);
    if (lease !== undefined) await runUnder(options, lease, askedAtMs);
    await rest(pauseMs, options.signal);
  }
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

async function acquire(options: DutyOptions, holder: string): Promise<Lease | undefined> {
  const { name, ttlMs, priority = 0 } = options;
  try {
    return await options.store.leases.acquire({ name, holder, ttlMs, priority });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    options.log?.warn('The duty could not be asked for.', { duty: name, error: error.message });
    return undefined;
  }
}

async function runUnder(options: DutyOptions, lease: Lease, askedAtMs: number): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  options.log?.info('Holding the duty.', { duty: lease.name, fencingToken: lease.token });
  const renewing = keepRenewing(options, lease, { stop, signal, askedAtMs });
  // A bug in there must stop the work at once; it is thrown from here, after the work has ended.
  renewing.catch(() => stop.abort());
  try {
    await options.run({
      token: lease.token,
      signal,
      guard: async (trx) => await options.store.leases.guard(trx, lease),
    });
  } catch (error) {
    if (!signal.aborted)
      options.log?.warn('The duty failed and will be taken up again.', {
        duty: lease.name,
        error: String(error),
      });
  }
  stop.abort();
  await renewing;
  await options.store.leases.release(lease).catch(() => undefined);
}

/** Renews until the signal is aborted; aborts it when the lease is lost, wanted by one who comes first, or may have expired unseen. */
async function keepRenewing(
  options: DutyOptions,
  lease: Lease,
  hold: { stop: AbortController; signal: AbortSignal; askedAtMs: number },
): Promise<void> {
  let renewedAtMs = hold.askedAtMs;
  for (;;) {
    // Stopped before anybody else can have it, even when the database does not answer at all.
    const leftMs = renewedAtMs + lease.ttlMs - performance.now();
    const expiry = setTimeout(
      () => giveUp(options, lease, hold.stop, 'The duty could not be renewed in time.'),
      Math.max(leftMs, 0),
    );
    await sleep(lease.ttlMs / 3, undefined, { signal: hold.signal }).catch(() => undefined);
    const triedAtMs = performance.now();
    const state = hold.signal.aborted ? 'ended' : await renew(options, lease);
    clearTimeout(expiry);
    if (hold.signal.aborted || state === 'ended') return;
    if (state === 'lost') return giveUp(options, lease, hold.stop, 'The duty was taken by another process.');
    if (state === 'wanted') return giveUp(options, lease, hold.stop, 'The duty is handed over.');
    if (state === 'held') renewedAtMs = triedAtMs;
  }
}

async function renew(options: DutyOptions, lease: Lease): Promise<'held' | 'wanted' | 'lost' | 'unanswered'> {
  try {
    return await options.store.leases.renew(lease);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return 'unanswered';
  }
}

function giveUp(options: DutyOptions, lease: Lease, stop: AbortController, why: string): void {
  options.log?.info(why, { duty: lease.name, fencingToken: lease.token });
  stop.abort();
}
