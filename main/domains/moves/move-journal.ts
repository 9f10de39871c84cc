import type { Transaction } from 'kysely';
import { fitProblems } from '../../../shared/domains/moves/fits-rules.ts';
import { whyWait } from '../../../shared/domains/moves/move-rules.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { StepContext } from '../../platform/tasks/task-definition.ts';
import { lockHosts, moveFactsOf, setMovingTo, vmFactsLocked, vmPlace } from '../fleet/fleet-public.ts';
import { activeTasksAbout, taskEnding } from '../tasks/tasks-public.ts';
import { changeMove, findMove, lockMove, readCaps, runningMoves } from './move-store.ts';
import type { MovesTables } from './moves-tables.ts';
import type { MovesParts } from './moves-parts.ts';
import { VM_MOVE, type VmMoveInput } from './vm-move-input.ts';

type Context = Pick<StepContext<VmMoveInput>, 'taskId' | 'input'>;

/** The task has its place already when it begins; one that is tried again takes it anew, as the caps allow. */
export async function beginMove(parts: Pick<MovesParts, 'store'>, { taskId, input }: Context): Promise<void> {
  const { store } = parts;
  await store.transaction<MovesTables, void>(
    async (trx) => {
      await lockHosts(trx, store, [input.fromHostId, input.toHostId]);
      const vm = await vmFactsLocked(trx, input.vmId);
      const move = await lockMove(trx, store, input.moveId);
      if (move === undefined || (move.state === 'running' && move.task_id === taskId)) return;
      if (vm?.isBeingDeleted === true)
        throw new OperatingFailure({ code: 'being-deleted', sentence: `${input.name} is being deleted.` });
      const place = await vmPlace(trx, input.vmId);
      if (place?.hostId !== input.fromHostId)
        throw new OperatingFailure({
          code: 'moved-meanwhile',
          sentence: `${input.name} is no longer on ${input.fromName}.`,
        });
      if (place.movingTo !== null)
        throw new OperatingFailure({
          code: 'already-moving',
          sentence: `${input.name} is being moved by another task.`,
        });
      await requireFit(trx, input);
      const wait =
        (await whyWaitForTask(trx, input.vmId)) ??
        whyWait(input, await runningMoves(trx), await readCaps(trx));
      if (wait !== null)
        throw new OperatingFailure({
          code: 'moves-under-way',
          sentence: `No place for this move: ${wait}. Try again later.`,
          mayRetry: true,
        });
      await takePlace(parts, trx, {
        moveId: input.moveId,
        vmId: input.vmId,
        toHostId: input.toHostId,
        taskId,
      });
    },
    { repeatable: true },
  );
}

/** A task that is tried again finds its target otherwise than it was when it was chosen: full, closed or gone. */
async function requireFit(trx: Transaction<MovesTables>, input: VmMoveInput): Promise<void> {
  const facts = await moveFactsOf(trx, input.vmId);
  const target = facts?.hosts.find((host) => host.id === input.toHostId);
  if (facts === undefined || target === undefined)
    throw new OperatingFailure({
      code: 'move-without-object',
      sentence: `${input.name} or ${input.toName} is no longer in the fleet.`,
    });
  const problems = fitProblems(facts.moving, facts.from, target, await readCaps(trx)).map(
    (problem) => problem.reason,
  );
  if (problems.length > 0)
    throw new OperatingFailure({
      code: 'host-does-not-fit',
      sentence: `${input.toName} does not fit any more: ${problems.join('; ')}. Choose another host.`,
    });
}

/** Other work on this VM that a move would pull the ground from under: a disk being made, a snapshot, a clone. Null: there is none. */
export async function whyWaitForTask(trx: Transaction<MovesTables>, vmId: string): Promise<string | null> {
  const tasks = await activeTasksAbout(trx, vmId);
  const other = tasks.find((task) => task.kind.startsWith('vm-') && task.kind !== VM_MOVE);
  return other === undefined ? null : `another task works on it: ${other.title}`;
}

/** For whoever has locked both hosts. */
export async function takePlace(
  { store }: Pick<MovesParts, 'store'>,
  trx: Transaction<MovesTables>,
  move: {
    readonly moveId: string;
    readonly vmId: string;
    readonly toHostId: string;
    readonly taskId: string;
  },
): Promise<void> {
  const nowMs = await store.nowMs(trx);
  await setMovingTo(trx, move.vmId, move.toHostId);
  await changeMove(trx, store, move.moveId, {
    state: 'running',
    task_id: move.taskId,
    began_at_ms: nowMs,
    ended_at_ms: null,
    note: '',
    done_bytes: 0,
    bytes_per_second: 0,
  });
  await store.changes.note(trx, 'vm', move.vmId);
}

/** Gives the place free, and says how it ended. */
export async function endMove(
  parts: Pick<MovesParts, 'store'>,
  { taskId, input }: Context,
  moved: boolean,
): Promise<void> {
  const { store } = parts;
  await store.transaction<MovesTables, void>(
    async (trx) => {
      await lockHosts(trx, store, [input.fromHostId, input.toHostId]);
      const move = await lockMove(trx, store, input.moveId);
      if (move === undefined || move.state !== 'running' || move.task_id !== taskId) return;
      const place = await vmPlace(trx, input.vmId);
      const isThere = moved || place?.hostId === input.toHostId;
      const ending = await taskEnding(trx, taskId);
      await setMovingTo(trx, input.vmId, null);
      await changeMove(trx, store, input.moveId, {
        state: isThere ? 'done' : ending.cancelled ? 'cancelled' : 'failed',
        ended_at_ms: await store.nowMs(trx),
        bytes_per_second: 0,
        note: isThere ? '' : ending.error,
        ...(isThere ? { done_bytes: move.total_bytes } : {}),
      });
      await store.changes.note(trx, 'vm', input.vmId);
    },
    { repeatable: true },
  );
}

/** When it began, clock of the store. */
export async function sinceOf({ store }: Pick<MovesParts, 'store'>, moveId: string): Promise<number> {
  return (await findMove(store.tables<MovesTables>(), moveId))?.began_at_ms ?? (await store.nowMs());
}
