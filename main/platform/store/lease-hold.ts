import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../../shared/kernel/id.ts';
import type { Lease } from './leases.ts';
import type { Store } from './store.ts';

const TTL_MS = 20_000;
const LOOK_MS = 300;

interface Held {
  readonly name: string;
  readonly signal: AbortSignal;
}

type LeasedWork<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Runs `work` while nobody else, in this engine or another, holds the lease of this name; waits for its turn. The signal `work` is given aborts
 * also when the turn was lost (this engine stood still for too long).
 */
export async function withLease<T>(
  store: Pick<Store, 'leases'>,
  held: Held,
  work: LeasedWork<T>,
): Promise<T> {
  const request = requestFor(held);
  let lease = await store.leases.acquire(request);
  while (lease === undefined) {
    await sleep(LOOK_MS, undefined, { signal: held.signal });
    lease = await store.leases.acquire(request);
  }
  return await under(store, { lease, signal: held.signal }, work);
}

/** As {@link withLease}, but does nothing while somebody else is at it. */
export async function ifLease(
  store: Pick<Store, 'leases'>,
  held: Held,
  work: LeasedWork<void>,
): Promise<void> {
  const lease = await store.leases.acquire(requestFor(held));
  if (lease !== undefined) await under(store, { lease, signal: held.signal }, work);
}

function requestFor({ name }: Held): Parameters<Store['leases']['acquire']>[0] {
  return { name, holder: newId('op'), ttlMs: TTL_MS };
}

async function under<T>(
  store: Pick<Store, 'leases'>,
  { lease, signal }: { readonly lease: Lease; readonly signal: AbortSignal },
  work: LeasedWork<T>,
): Promise<T> {
  const losing = new AbortController();
  const renewal = setInterval(() => {
    store.leases.renew(lease).then(
      (state) =>
        state === 'lost' && losing.abort(new Error(`Another engine has taken over “${lease.name}”.`)),
      () => undefined,
    );
  }, TTL_MS / 4);
  try {
    return await work(AbortSignal.any([signal, losing.signal]));
  } finally {
    clearInterval(renewal);
    await store.leases.release(lease).catch(() => undefined);
  }
}
