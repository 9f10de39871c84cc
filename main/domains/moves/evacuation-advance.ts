import type { Transaction } from 'kysely';
import { vmsOnHosts, type VmOfHost } from '../fleet/fleet-public.ts';
import { evacuationVms, holdHost, movesFrom, noteEvacuationVm, openEvacuations } from './evacuation-store.ts';
import { chooseHost } from './move-choose.ts';
import { readCaps, runningMoves } from './move-store.ts';
import type { EvacuationRecord, MoveRecord, MovesTables } from './moves-tables.ts';
import type { MovesParts } from './moves-parts.ts';
import { askMove } from './vm-move.ts';

type Trx = Transaction<MovesTables>;
type Guard = (trx: Trx) => Promise<void>;

/** What does not fit is tried again after this: room comes and goes. */
const TRY_AGAIN_MS = 60_000;
/** A person who cancels a move does not want it back at once. */
const AFTER_CANCEL_MS = 10 * 60_000;
const ASK_OFF_AGAIN_MS = 20_000;
const BUSY = 'it is being deleted, or moved by somebody else';

/**
 * One look at every host that is being emptied: begins as many moves as the caps leave room for, writes down of each VM that goes nowhere why, and
 * holds the host once nothing is left. Planned anew at every look, so VMs that come, go or grow meanwhile are dealt with.
 */
export async function advanceEvacuations(
  parts: MovesParts,
  guard: Guard,
  signal: AbortSignal,
): Promise<void> {
  for (const evacuation of await openEvacuations(parts.store.tables<MovesTables>())) {
    if (signal.aborted) return;
    await advance(parts, guard, evacuation, signal);
  }
}

async function advance(
  parts: MovesParts,
  guard: Guard,
  evacuation: EvacuationRecord,
  signal: AbortSignal,
): Promise<void> {
  const { store } = parts;
  const db = store.tables<MovesTables>();
  const hostId = evacuation.host_id;
  const [vms, said, moves, caps, nowMs] = await Promise.all([
    vmsOnHosts(db, [hostId]),
    evacuationVms(db, hostId),
    movesFrom(db, hostId, evacuation.asked_at_ms),
    readCaps(db),
    store.nowMs(),
  ]);
  const open = moves.filter((move) => move.state === 'queued' || move.state === 'running');
  const isOpen = new Set(open.map((move) => move.vm_id));
  const staying = vms.filter((vm) => said.get(vm.id)?.answer === 'leave');
  if (vms.length === staying.length && open.length === 0) {
    const stays = new Set(staying.map((vm) => vm.id));
    await store.transaction<MovesTables, boolean>(
      async (trx) => {
        await guard(trx);
        return await holdHost(store, trx, { hostId, stays });
      },
      { repeatable: true },
    );
    return;
  }
  let free = caps.perHost - open.length;
  for (const vm of vms) {
    const known = said.get(vm.id);
    if (isOpen.has(vm.id) || vm.movingTo !== null || known?.answer === 'leave') continue;
    if (known?.answer === 'shut-down' && vm.state !== 'shut-off' && vm.state !== 'crashed') {
      if (nowMs - (known.asked_off_at_ms ?? 0) >= ASK_OFF_AGAIN_MS)
        await askOff(parts, guard, vm, { hostId, nowMs, signal });
      continue;
    }
    const late = lately(moves, { vm, nowMs });
    if (late !== undefined) {
      await note(parts, guard, { hostId, vm, reason: late, nowMs, before: known?.reason });
      continue;
    }
    if (
      free <= 0 ||
      (known !== undefined && known.reason !== '' && nowMs - known.checked_at_ms < TRY_AGAIN_MS)
    )
      continue;
    const choice = await chooseHost(db, vm.id, { running: await runningMoves(db), caps });
    // The biggest first: smaller ones would take the room it waits for, and every look at all hosts costs.
    if (choice.kind === 'wait') break;
    if (choice.kind === 'nowhere') {
      await note(parts, guard, { hostId, vm, reason: choice.reason, nowMs, before: known?.reason });
      continue;
    }
    free -= 1;
    const asked = await store.transaction(
      async (trx: Trx) => {
        await guard(trx);
        if (known !== undefined)
          await noteEvacuationVm(store, trx, { host_id: hostId, vm_id: vm.id, reason: '' });
        return await askMove(parts, trx, {
          facts: choice.facts,
          target: choice.target,
          cause: 'evacuation',
          askedBy: evacuation.asked_by,
          keepSource: false,
        });
      },
      { repeatable: true },
    );
    if (asked === undefined)
      await note(parts, guard, { hostId, vm, reason: BUSY, nowMs, before: known?.reason });
  }
}

/**
 * Why a VM whose move has just failed is left alone for a while; undefined: it may be tried. What failed while it ran says nothing of its move
 * while it is off, nor the other way round: shut down for it, or started in the middle of its copy, it is moved at once, in the other way.
 */
export function lately(
  moves: readonly Pick<MoveRecord, 'vm_id' | 'state' | 'live' | 'ended_at_ms' | 'note'>[],
  of: { readonly vm: Pick<VmOfHost, 'id' | 'state'>; readonly nowMs: number },
): string | undefined {
  const { vm, nowMs } = of;
  const isOff = vm.state === 'shut-off' || vm.state === 'crashed';
  const lost = moves.filter(
    (move) =>
      move.vm_id === vm.id &&
      (move.state === 'cancelled' || (move.state === 'failed' && isOff === (move.live === 0))),
  );
  const [last] = lost;
  if (last === undefined) return undefined;
  const restMs = last.state === 'cancelled' ? AFTER_CANCEL_MS : TRY_AGAIN_MS * lost.length;
  if (nowMs - (last.ended_at_ms ?? 0) >= restMs) return undefined;
  return last.state === 'cancelled'
    ? 'its move was cancelled'
    : `its move failed: ${last.note.replace(/\.$/, '')}`;
}

async function note(
  parts: MovesParts,
  guard: Guard,
  of: { hostId: string; vm: VmOfHost; reason: string; nowMs: number; before: string | undefined },
): Promise<void> {
  await parts.store.transaction<MovesTables, void>(
    async (trx) => {
      await guard(trx);
      await noteEvacuationVm(parts.store, trx, {
        host_id: of.hostId,
        vm_id: of.vm.id,
        checked_at_ms: of.nowMs,
        ...(of.reason === of.before ? {} : { reason: of.reason }),
      });
    },
    { repeatable: true },
  );
}

/** The power button is pressed: a guest may miss the first press. */
async function askOff(
  parts: MovesParts,
  guard: Guard,
  vm: VmOfHost,
  at: { hostId: string; nowMs: number; signal: AbortSignal },
): Promise<void> {
  await parts.store.transaction<MovesTables, void>(
    async (trx) => {
      await guard(trx);
      await noteEvacuationVm(parts.store, trx, {
        host_id: at.hostId,
        vm_id: vm.id,
        reason: 'it was asked to shut down',
        asked_off_at_ms: at.nowMs,
      });
    },
    { repeatable: true },
  );
  try {
    await parts.hosts.on({ id: at.hostId, name: vm.name }, at.signal, async ({ session }) => {
      const domain = await session.domains.lookupByUuid(vm.uuid, { signal: at.signal });
      await session.domains.shutdown(domain, 0, { signal: at.signal });
    });
  } catch (error) {
    parts.log.warn('A VM could not be asked to shut down.', { vm: vm.name, error: String(error) });
  }
}
