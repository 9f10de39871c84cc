import type { Transaction } from 'kysely';
import { isCode, vmsById, type VmOfHost } from '../fleet/fleet-public.ts';
import { forgetEvacuationVm, noteEvacuationVm, openEvacuations, vmsAskedOff } from './evacuation-store.ts';
import type { EvacuationVm, MovesTables } from './moves-tables.ts';
import type { MovesParts } from './moves-parts.ts';

type Trx = Transaction<MovesTables>;
type Guard = (trx: Trx) => Promise<void>;

/** A start that failed is tried again after this. */
const TRY_AGAIN_MS = 60_000;
/** A guest that was asked to go off does so within this, or has not listened. */
const GOES_OFF_WITHIN_MS = 5 * 60_000;

/**
 * VMs that were shut down only to be moved run again: at their new host once they are there, and where they were once nobody empties that host any
 * more. Apart from the evacuation itself, which may have ended or been called off in between.
 */
export async function startAgain(parts: MovesParts, guard: Guard, signal: AbortSignal): Promise<void> {
  const { store } = parts;
  const db = store.tables<MovesTables>();
  const rows = await vmsAskedOff(db);
  if (rows.length === 0) return;
  const [evacuations, nowMs] = await Promise.all([openEvacuations(db), store.nowMs()]);
  const emptied = new Set(evacuations.map((evacuation) => evacuation.host_id));
  const ids = [...new Set(rows.map((row) => row.vm_id))];
  const vms = new Map((await vmsById(db, ids)).map((vm) => [vm.id, vm]));
  for (const row of rows) {
    if (signal.aborted) return;
    const vm = vms.get(row.vm_id);
    const next = whatNext(row, vm, { isBeingEmptied: emptied.has(row.host_id), nowMs });
    if (next === 'wait') continue;
    const isThrough = next === 'forget' || (vm !== undefined && (await start(parts, vm, signal)));
    await store.transaction<MovesTables, void>(
      async (trx) => {
        await guard(trx);
        if (isThrough) await forgetEvacuationVm(store, trx, row);
        else
          await noteEvacuationVm(store, trx, {
            host_id: row.host_id,
            vm_id: row.vm_id,
            checked_at_ms: nowMs,
          });
      },
      { repeatable: true },
    );
  }
}

/** What is next with a VM that was asked to shut down. */
export function whatNext(
  row: Pick<EvacuationVm, 'host_id' | 'asked_off_at_ms' | 'checked_at_ms'>,
  vm: Pick<VmOfHost, 'hostId' | 'state' | 'movingTo'> | undefined,
  { isBeingEmptied, nowMs }: { readonly isBeingEmptied: boolean; readonly nowMs: number },
): 'wait' | 'start' | 'forget' {
  if (vm === undefined) return 'forget';
  const isThere = vm.hostId === row.host_id;
  if (vm.movingTo !== null || (isThere && isBeingEmptied)) return 'wait';
  if (vm.state === 'shut-off' || vm.state === 'crashed')
    return nowMs - row.checked_at_ms < TRY_AGAIN_MS && row.checked_at_ms > (row.asked_off_at_ms ?? 0)
      ? 'wait'
      : 'start';
  // Somebody has started it, or it has not gone off yet.
  return !isThere || nowMs - (row.asked_off_at_ms ?? 0) > GOES_OFF_WITHIN_MS ? 'forget' : 'wait';
}

async function start(parts: MovesParts, vm: VmOfHost, signal: AbortSignal): Promise<boolean> {
  try {
    await parts.hosts.on({ id: vm.hostId, name: vm.name }, signal, async ({ session }) => {
      const domain = await session.domains.lookupByUuid(vm.uuid, { signal });
      await session.domains.start(domain, 0, { signal }).catch((error: unknown) => {
        // It runs already.
        if (!isCode(error, 'VIR_ERR_OPERATION_INVALID')) throw error;
      });
    });
    return true;
  } catch (error) {
    parts.log.warn('A VM that was shut down to be moved could not be started again.', {
      vm: vm.name,
      error: String(error),
    });
    return false;
  }
}
