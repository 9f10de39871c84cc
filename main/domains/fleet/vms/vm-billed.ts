import { refuse, type Refused } from '../../../../shared/contract/outcome.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { FleetSubscriptions } from '../fleet-parts.ts';

/** Why a VM stays whose it is, and stays at all: somebody pays for it, by itself or as one of a pool. Null where nobody does. */
export async function refuseBilled(
  subscriptions: FleetSubscriptions,
  db: AnyDatabase,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<Refused<'vm-billed' | 'vm-pooled'> | null> {
  const billed = await subscriptions.ofVm(db, id);
  if (billed === null) return null;
  const pool = await subscriptions.poolOf(db, id);
  const facts = { name, subscription: billed.plan };
  return billed.id === pool?.id ? refuse('vm-pooled', facts) : refuse('vm-billed', facts);
}
