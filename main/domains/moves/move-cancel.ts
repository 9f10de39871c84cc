import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { movesContract } from '../../../shared/domains/moves/moves-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { changeMove, findMove, lockMove } from './move-store.ts';
import type { MoveRecord, MovesTables } from './moves-tables.ts';
import type { MovesCommandParts } from './moves-parts.ts';

type Operation = typeof movesContract.moveCancel;

/** A move that waits is taken out of the queue; one under way is stopped and taken back. */
export async function moveCancel(
  parts: MovesCommandParts,
  { moveId }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const { store } = parts;
  const found = await findMove(store.tables<MovesTables>(), moveId);
  if (found === undefined) return refuse('no-such-move', { moveId });
  context.subject(`${found.vm_name} to ${found.to_name}`);
  const move = await store.transaction<MovesTables, MoveRecord | undefined>(
    async (trx) => {
      const locked = await lockMove(trx, store, moveId);
      if (locked?.state === 'queued')
        await changeMove(trx, store, moveId, {
          state: 'cancelled',
          note: '',
          ended_at_ms: await store.nowMs(trx),
        });
      return locked;
    },
    { repeatable: true },
  );
  if (move?.state === 'queued') return done({});
  if (move?.state !== 'running' || move.task_id === null)
    return refuse('move-ended', { name: found.vm_name });
  const answer = await parts.engine.cancel(move.task_id);
  return answer === 'requested' || answer === 'undoing'
    ? done({})
    : refuse('move-ended', { name: found.vm_name });
}
