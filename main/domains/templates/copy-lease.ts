import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../../shared/kernel/id.ts';
import type { Lease } from '../../platform/store/leases.ts';
import type { Store } from '../../platform/store/store.ts';

const TTL_MS = 20_000;
const LOOK_MS = 300;

interface LeasedCopy {
  readonly templateId: string;
  readonly hostId: string;
  readonly signal: AbortSignal;
}

type LeasedWork<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Runs `work` while nobody else, in this engine or another, works on the copy of this template on this host; waits for its turn. The
 * signal `work` is given aborts also when the turn was lost (this engine stood still for too long).
 */
export async function withCopyLease<T>(
  store: Pick<Store, 'leases'>,
  of: LeasedCopy,
  work: LeasedWork<T>,
): Promise<T> {
  const request = requestFor(of);
  let lease = await store.leases.acquire(request);
  while (lease === undefined) {
    await sleep(LOOK_MS, undefined, { signal: of.signal });
    lease = await store.leases.acquire(request);
  }
  return await under(store, lease, of.signal, work);
}

/** As {@link withCopyLease}, but does nothing while somebody else is at it. */
export async function ifCopyLease(
  store: Pick<Store, 'leases'>,
  of: LeasedCopy,
  work: LeasedWork<void>,
): Promise<void> {
  const lease = await store.leases.acquire(requestFor(of));
  if (lease !== undefined) await under(store, lease, of.signal, work);
}

function requestFor(of: LeasedCopy): Parameters<Store['leases']['acquire']>[0] {
  return { name: `template-copy:${of.templateId}:${of.hostId}`, holder: newId('op'), ttlMs: TTL_MS };
}

async function under<T>(
  store: Pick<Store, 'leases'>,
  lease: Lease,
  signal: AbortSignal,
  work: LeasedWork<T>,
): Promise<T> {
  const losing = new AbortController();
  const renewal = setInterval(() => {
    store.leases.renew(lease).then(
      (state) => state === 'lost' && losing.abort(new Error('Another engine has taken over this copy.')),
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
