import { refuse, type Refused } from '../../../../shared/contract/outcome.ts';
import { vmState } from '../../../../shared/domains/fleet/vm-contract.ts';
import { whyNot, type VmAction } from '../../../../shared/domains/fleet/vm-action-rules.ts';
import type { VmState } from '../../../../shared/domains/fleet/vm-rules.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { LibvirtError } from '../../../platform/libvirt/libvirt-errors.ts';
import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import type { FleetParts } from '../fleet-parts.ts';
import type { FleetTables } from '../fleet-tables.ts';
import type { HostLink } from '../sweep/host-link.ts';
import { hostAway, hostFailure } from '../hosts/host-failure.ts';
import { changeHost, hostCounts, lockHost } from '../hosts/host-store.ts';
import { findVm, type VmListTables, type VmWithNames } from './vm-list.ts';
import { isPowered, vmStateOf } from '../sweep/vm-statistics.ts';

export type VmControlRefusal = Refused<'no-such-vm' | 'not-now' | 'host-away'>;

export interface VmOnHost {
  readonly vm: VmWithNames;
  readonly link: HostLink;
  readonly ref: DomainRef;
  /** As the host says now. */
  readonly state: VmState;
}

type Parts = Pick<FleetParts, 'store' | 'connections'>;
type Context = Pick<CallContext, 'signal' | 'subject'>;

/**
 * Finds a VM on its host, live, and runs `work` there if `action` is possible in the state the host says it is in (the row may be
 * a moment old). `action` null: whatever its state. Refusals come back, failures of the host are thrown as OperatingFailure.
 */
export async function onHostOf<T>(
  parts: Parts,
  asked: { readonly vmId: string; readonly action: VmAction | null; readonly context: Context },
  work: (found: VmOnHost) => Promise<T>,
): Promise<T | VmControlRefusal> {
  const { vmId, action, context } = asked;
  const vm = await findVm(parts.store.tables<VmListTables>(), vmId);
  if (vm === undefined) return refuse('no-such-vm', { vmId });
  context.subject(`${vm.name} on ${vm.host_name}`);
  const stored = vmState.parse(vm.state);
  const isOurs = stored === 'provisioning' || stored === 'missing';
  const ownReason = isOurs ? (action === null ? stateReason(stored) : whyNot(action, stored)) : null;
  if (ownReason !== null) return refuse('not-now', { name: vm.name, reason: ownReason });
  const link = parts.connections.hold(vm.host_id);
  try {
    const away = await reach(link, vm, context.signal);
    if (away !== undefined) return away;
    return await workOn(parts, { vm, link, action, signal: context.signal }, work);
  } catch (error) {
    throw hostFailure(error, vm.host_name);
  } finally {
    link.release();
  }
}

async function reach(
  link: HostLink,
  vm: VmWithNames,
  signal: AbortSignal,
): Promise<VmControlRefusal | undefined> {
  try {
    await link.ready(signal);
    return undefined;
  } catch (error) {
    const away = signal.aborted ? undefined : hostAway(error, vm.host_name);
    if (away === undefined) throw error;
    return away;
  }
}

async function workOn<T>(
  parts: Parts,
  on: { vm: VmWithNames; link: HostLink; action: VmAction | null; signal: AbortSignal },
  work: (found: VmOnHost) => Promise<T>,
): Promise<T | VmControlRefusal> {
  const { vm, link, action, signal } = on;
  const { domains } = link.session;
  try {
    const ref = await domains.lookupByUuid(vm.uuid, { signal });
    const state = vmStateOf((await domains.state(ref, { signal })).state);
    const reason = action === null ? null : whyNot(action, state);
    if (reason !== null) {
      await noteState(parts, vm, state);
      return refuse('not-now', { name: vm.name, reason });
    }
    return await work({ vm, link, ref, state });
  } catch (error) {
    if (error instanceof LibvirtError && error.codeName === 'VIR_ERR_NO_DOMAIN') {
      return refuse('not-now', { name: vm.name, reason: 'it is no longer on its host' });
    }
    if (action === null || !(error instanceof LibvirtError) || error.codeName !== 'VIR_ERR_OPERATION_INVALID')
      throw error;
    // Somebody was faster: what it is now decides.
    const ref = await domains.lookupByUuid(vm.uuid, { signal });
    const state = vmStateOf((await domains.state(ref, { signal })).state);
    await noteState(parts, vm, state);
    const reason = whyNot(action, state);
    if (reason === null) throw error;
    return refuse('not-now', { name: vm.name, reason });
  }
}

/** Writes the state a host has just told into the row, without waiting for whoever collects. */
export async function noteState(
  parts: Pick<FleetParts, 'store'>,
  vm: Pick<VmWithNames, 'id' | 'host_id'>,
  state: VmState,
): Promise<void> {
  const nowMs = await parts.store.nowMs();
  await parts.store.transaction<FleetTables, void>(async (trx) => {
    const host = await lockHost(trx, parts.store, vm.host_id);
    if (host === undefined) return;
    const off = isPowered(state)
      ? {}
      : { cpu_percent: 0, memory_used_bytes: 0, started_at_ms: null, agent: 0 };
    const changed = await trx
      .updateTable('vm')
      .set({ state, noted_at_ms: nowMs, ...off })
      .where('id', '=', vm.id)
      .where('state', 'not in', ['provisioning', 'missing'])
      .executeTakeFirst();
    if (Number(changed.numUpdatedRows) === 0) return;
    await parts.store.changes.note(trx, 'vm', vm.id);
    if (await changeHost(trx, host, await hostCounts(trx, vm.host_id))) {
      await parts.store.changes.note(trx, 'host', vm.host_id);
    }
  });
}

function stateReason(state: VmState): string {
  return state === 'provisioning' ? 'it is still being made' : 'it is no longer on its host';
}
