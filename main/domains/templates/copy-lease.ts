import { ifLease, withLease } from '../../platform/store/lease-hold.ts';
import type { Store } from '../../platform/store/store.ts';

interface LeasedCopy {
  readonly templateId: string;
  readonly hostId: string;
  readonly signal: AbortSignal;
}

type LeasedWork<T> = (signal: AbortSignal) => Promise<T>;

/** Runs `work` while nobody else, in this engine or another, works on the copy of this template on this host; waits for its turn. */
export async function withCopyLease<T>(
  store: Pick<Store, 'leases'>,
  of: LeasedCopy,
  work: LeasedWork<T>,
): Promise<T> {
  return await withLease(store, leaseOf(of), work);
}

/** As {@link withCopyLease}, but does nothing while somebody else is at it. */
export async function ifCopyLease(
  store: Pick<Store, 'leases'>,
  of: LeasedCopy,
  work: LeasedWork<void>,
): Promise<void> {
  await ifLease(store, leaseOf(of), work);
}

function leaseOf({ templateId, hostId, signal }: LeasedCopy) {
  return { name: `template-copy:${templateId}:${hostId}`, signal };
}
