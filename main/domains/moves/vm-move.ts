import type { Transaction } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { fitProblems, whyNotMove } from '../../../shared/domains/moves/fits-rules.ts';
import type { MoveCause } from '../../../shared/domains/moves/move-rules.ts';
import type { movesContract } from '../../../shared/domains/moves/moves-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { lockHosts, moveFactsOf, vmFactsLocked, vmPlace, type MoveFacts } from '../fleet/fleet-public.ts';
import { dispatchMove } from './move-dispatch.ts';
import { insertMove, MOVE_TOPIC, openMoveOf, readCaps } from './move-store.ts';
import type { MoveRecord, MovesTables } from './moves-tables.ts';
import type { MovesParts } from './moves-parts.ts';

type Operation = typeof movesContract.vmMove;

/** Puts a move in the queue and begins it at once where the caps allow it. */
export async function vmMove(
  parts: MovesParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const trx = context.tables<MovesTables>() as Transaction<MovesTables>;
  const vmId = input.vmId;
  const place = await vmPlace(trx, vmId);
  if (place === undefined) return refuse('no-such-vm', { vmId });
  const busy = await lockForMove(parts, trx, { vmId, hostIds: [place.hostId, input.hostId] });
  const facts = await moveFactsOf(trx, vmId);
  if (busy?.kind === 'gone' || facts === undefined) return refuse('no-such-vm', { vmId });
  const { vm, moving, from } = facts;
  const target = facts.hosts.find((host) => host.id === input.hostId);
  if (target === undefined) return refuse('no-such-host', { hostId: input.hostId });
  context.subject(`${vm.name} from ${from.name} to ${target.name}`);
  if (busy?.kind === 'open') {
    const { move } = busy;
    // Asked twice: the same wish.
    if (move.to_host_id === target.id) return done({ moveId: move.id, taskId: move.task_id });
    return refuse('already-moving', { name: vm.name, host: move.to_name });
  }
  const deleted = busy?.kind === 'being-deleted' ? 'it is being deleted' : null;
  const elsewhere = from.id === place.hostId ? null : 'it has just been moved';
  const reason = whyNotMove(moving) ?? deleted ?? elsewhere;
  if (reason !== null) return refuse('not-now', { name: vm.name, reason });
  const problems = fitProblems(moving, from, target, await readCaps(trx));
  if (problems.length > 0)
    return refuse('host-does-not-fit', {
      host: target.name,
      reason: problems.map((one) => one.reason).join('; '),
    });
  const asked = { facts, target, cause: 'person', askedBy: context.actor.login } as const;
  return done(await insertAsked(parts, trx, { ...asked, keepSource: input.keepSource }));
}

export interface AskedMove {
  readonly facts: Pick<MoveFacts, 'vm' | 'from' | 'moving'>;
  readonly target: { readonly id: string; readonly name: string };
  readonly cause: MoveCause;
  readonly askedBy: string;
  readonly keepSource: boolean;
}

/**
 * Writes the wish down and begins the move if it may. Undefined where there is nothing to move any more, or somebody was faster: the VM is gone, is
 * being deleted, is on another host, or has a move already.
 */
export async function askMove(
  parts: MovesParts,
  trx: Transaction<MovesTables>,
  asked: AskedMove,
): Promise<{ moveId: string; taskId: string | null } | undefined> {
  const { vm, from } = asked.facts;
  const busy = await lockForMove(parts, trx, { vmId: vm.id, hostIds: [from.id, asked.target.id] });
  if (busy !== undefined) return undefined;
  const place = await vmPlace(trx, vm.id);
  if (place?.hostId !== from.id || place.movingTo !== null) return undefined;
  return await insertAsked(parts, trx, asked);
}

type Busy =
  | { readonly kind: 'gone' | 'being-deleted' }
  | { readonly kind: 'open'; readonly move: MoveRecord };

/** Hosts before VMs, as everybody locks them: whoever deletes it, or wants it moved as well, comes before or sees this move. */
async function lockForMove(
  { store }: Pick<MovesParts, 'store'>,
  trx: Transaction<MovesTables>,
  { vmId, hostIds }: { readonly vmId: string; readonly hostIds: readonly string[] },
): Promise<Busy | undefined> {
  await lockHosts(trx, store, hostIds);
  const locked = await vmFactsLocked(trx, vmId);
  if (locked === undefined) return { kind: 'gone' };
  if (locked.isBeingDeleted) return { kind: 'being-deleted' };
  const move = await openMoveOf(trx, vmId);
  return move && { kind: 'open', move };
}

/** For whoever has locked its hosts and the VM, and has seen that it has no open move. */
async function insertAsked(
  parts: MovesParts,
  trx: Transaction<MovesTables>,
  { facts, target, cause, askedBy, keepSource }: AskedMove,
): Promise<{ moveId: string; taskId: string | null }> {
  const { vm, from, moving } = facts;
  const moveId = newId('move');
  const nowMs = await parts.store.nowMs(trx);
  await insertMove(trx, {
    id: moveId,
    vm_id: vm.id,
    vm_uuid: vm.uuid,
    vm_name: vm.name,
    from_host_id: from.id,
    from_name: from.name,
    to_host_id: target.id,
    to_name: target.name,
    state: 'queued',
    cause,
    live: moving.state === 'running' || moving.state === 'blocked' ? 1 : 0,
    keep_source: keepSource ? 1 : 0,
    storage: '',
    task_id: null,
    asked_by: askedBy,
    asked_at_ms: nowMs,
    began_at_ms: null,
    ended_at_ms: null,
    total_bytes: 0,
    done_bytes: 0,
    bytes_per_second: 0,
    downtime_ms: null,
    note: '',
  });
  await parts.store.changes.note(trx, MOVE_TOPIC, moveId);
  const taskId = await dispatchMove(parts, trx, moveId);
  return { moveId, taskId };
}
