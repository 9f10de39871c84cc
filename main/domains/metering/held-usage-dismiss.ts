import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { meteringContract } from '../../../shared/domains/metering/metering-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { decideHeld, heldLocked } from './held-usage-store.ts';
import type { MeteringParts } from './metering-parts.ts';
import type { MeteringTables } from './metering-tables.ts';

type Operation = typeof meteringContract.heldUsageDismiss;

/** Gives held usage up. The events stay, so that they are not taken for new when they are sent again. */
export async function heldUsageDismiss(
  parts: MeteringParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<MeteringTables>();
  const ids = [...new Set(input.eventIds)];
  context.subject(`${ids.length} held events`);
  const held = await heldLocked(db, parts.kind, ids);
  const missing = ids.find((id) => !held.has(id));
  if (missing !== undefined) return refuse('not-held', { id: missing });
  await decideHeld(db, parts.kind, ids, {
    state: 'dismissed',
    decided_by: context.actor.name,
    decided_at_ms: await parts.nowMs(db),
    note: input.reason,
  });
  await context.note('held-usage', 'events');
  return done({ dismissed: ids.length });
}
