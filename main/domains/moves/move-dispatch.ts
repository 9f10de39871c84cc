import type { Transaction } from 'kysely';
import { fitProblems, whyNotMove, type CandidateHost } from '../../../shared/domains/moves/fits-rules.ts';
import { whyWait, type MoveCaps, type RunningMove } from '../../../shared/domains/moves/move-rules.ts';
import { lockHosts, moveFactsOf, vmFactsLocked } from '../fleet/fleet-public.ts';
import { endedTasks } from '../tasks/tasks-public.ts';
import { changeMove, lockMove, openMoves, readCaps, runningMoves } from './move-store.ts';
import { endMove, takePlace, whyWaitForTask } from './move-journal.ts';
import type { MoveRecord, MovesTables } from './moves-tables.ts';
import type { MovesParts } from './moves-parts.ts';
import { vmMoveTask } from './vm-move-task.ts';

/**
 * Begins a move that waits, if the caps of its hosts and of the way between them allow it. All who begin moves lock both hosts, so several engines
 * together never begin more. In the caller's transaction; gives the task's id, or null while it waits.
 */
export async function dispatchMove(
  parts: MovesParts,
  trx: Transaction<MovesTables>,
  moveId: string,
): Promise<string | null> {
  const { store } = parts;
  const waiting = await trx.selectFrom('vm_move').selectAll().where('id', '=', moveId).executeTakeFirst();
  if (waiting?.state !== 'queued') return waiting?.task_id ?? null;
  await lockHosts(trx, store, [waiting.from_host_id, waiting.to_host_id]);
  const vm = await vmFactsLocked(trx, waiting.vm_id);
  const move = await lockMove(trx, store, moveId);
  if (move?.state !== 'queued') return move?.task_id ?? null;
  const facts = await moveFactsOf(trx, move.vm_id);
  const target = facts?.hosts.find((host) => host.id === move.to_host_id);
  const caps = await readCaps(trx);
  const over =
    vm?.isBeingDeleted === true ? `${vm.name} is being deleted.` : whyOver(move, facts, { target, caps });
  if (over !== null || facts === undefined || target === undefined) {
    await giveUp(parts, trx, moveId, over ?? 'The VM or the host is gone.');
    return null;
  }
  const wait =
    (await whyWaitForTask(trx, move.vm_id)) ?? whyWait(hostsOf(move), await runningMoves(trx), caps);
  if (wait !== null) {
    if (move.note !== wait) await changeMove(trx, store, moveId, { note: wait });
    return null;
  }
  const live = facts.moving.state === 'running' || facts.moving.state === 'blocked';
  const { taskId } = await parts.tasks.start(
    vmMoveTask(parts),
    {
      moveId,
      vmId: move.vm_id,
      uuid: move.vm_uuid,
      name: facts.vm.name,
      fromHostId: move.from_host_id,
      fromName: move.from_name,
      toHostId: move.to_host_id,
      toName: move.to_name,
      toAddress: target.address,
      live,
      keepSource: move.keep_source === 1,
    },
    { startedBy: move.asked_by, within: trx },
  );
  await takePlace(parts, trx, { moveId, vmId: move.vm_id, toHostId: move.to_host_id, taskId });
  await changeMove(trx, store, moveId, { live: live ? 1 : 0 });
  return taskId;
}

function hostsOf(move: MoveRecord): RunningMove {
  return { fromHostId: move.from_host_id, toHostId: move.to_host_id };
}

type Facts = Awaited<ReturnType<typeof moveFactsOf>>;

/** Why a move that waited makes no sense any more; null: it does. The target may have filled up, been closed or gone away since it was chosen. */
function whyOver(
  move: MoveRecord,
  facts: Facts,
  { target, caps }: { readonly target: CandidateHost | undefined; readonly caps: MoveCaps },
): string | null {
  if (facts === undefined || target === undefined) return 'The VM or the host is gone.';
  if (facts.vm.host_id !== move.from_host_id) return `${move.vm_name} is no longer on ${move.from_name}.`;
  const reason = whyNotMove(facts.moving);
  if (reason !== null) return `${move.vm_name} cannot be moved: ${reason}.`;
  const problems = fitProblems(facts.moving, facts.from, target, caps).map((problem) => problem.reason);
  return problems.length === 0 ? null : `${move.to_name} does not fit any more: ${problems.join('; ')}.`;
}

async function giveUp(
  parts: MovesParts,
  trx: Transaction<MovesTables>,
  moveId: string,
  note: string,
): Promise<void> {
  await changeMove(trx, parts.store, moveId, {
    state: 'failed',
    note,
    ended_at_ms: await parts.store.nowMs(trx),
  });
}

/** Begins whatever may begin, oldest first, and frees the places of moves whose task ended without saying so. */
export async function dispatchMoves(
  parts: MovesParts,
  guard: (trx: Transaction<MovesTables>) => Promise<void>,
): Promise<void> {
  const open = await openMoves(parts.store.tables<MovesTables>());
  const running = open.filter((move) => move.state === 'running' && move.task_id !== null);
  const ended = await endedTasks(
    parts.store.tables(),
    running.flatMap((move) => move.task_id ?? []),
  );
  for (const move of running)
    if (move.task_id !== null && ended.has(move.task_id)) await free(parts, move, move.task_id);
  for (const move of open) {
    if (move.state !== 'queued') continue;
    await parts.store.transaction<MovesTables, void>(
      async (trx) => {
        await guard(trx);
        await dispatchMove(parts, trx, move.id);
      },
      { repeatable: true },
    );
  }
}

async function free(parts: MovesParts, move: MoveRecord, taskId: string): Promise<void> {
  const input = {
    moveId: move.id,
    vmId: move.vm_id,
    uuid: move.vm_uuid,
    name: move.vm_name,
    fromHostId: move.from_host_id,
    fromName: move.from_name,
    toHostId: move.to_host_id,
    toName: move.to_name,
    toAddress: '',
    live: move.live === 1,
    keepSource: true,
  };
  await endMove(parts, { taskId, input }, false);
}
