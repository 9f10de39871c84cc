import { refuse, type Outcome, type Refused } from '../../../shared/contract/outcome.ts';
import type { VmAction } from '../../../shared/domains/fleet/vm-action-rules.ts';
import type { VmState } from '../../../shared/domains/fleet/vm-rules.ts';
import type { HardwareEffect } from '../../../shared/domains/hardware/resize-rules.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { domainStatsGroups, domainXmlFlags } from '../../platform/libvirt/flags.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { DomainRef } from '../../platform/libvirt/xdr-objects.ts';
import {
  noteDefinition,
  onHostOf,
  vmStatisticsOf,
  whyVmNotKept,
  type FleetTables,
  type VmControlRefusal,
  type VmWithNames,
} from '../fleet/fleet-public.ts';
import { readDefinition, type Definition } from './definition-read.ts';
import type { HardwareParts } from './hardware-parts.ts';

/** The two definitions of a VM on its host, read now. */
export interface OpenVm {
  readonly api: LibvirtApi;
  readonly ref: DomainRef;
  readonly signal: AbortSignal;
  /** What it runs with; null while it is off. */
  readonly live: Definition | null;
  /** What it starts with next; null for one that is gone when it stops. */
  readonly next: Definition | null;
}

export interface ChangedVm extends OpenVm {
  readonly vm: VmWithNames;
  readonly state: VmState;
}

interface Asked {
  readonly vmId: string;
  readonly action: VmAction;
  readonly context: CallContext;
  /** Names a turn that is taken inside the VM's own and kept until its row is told: what is decided by the rows of several VMs. */
  readonly sharedTurn?: (vm: VmWithNames) => string;
}

export type ChangeOutcome<Code extends string> = Outcome<
  { readonly effects: HardwareEffect[] },
  Code | VmControlRefusal['code']
>;

/**
 * Reads both definitions as they are, passwords of screens among them: what is written back must lose nothing. They stay in memory, and
 * go nowhere but back to the host.
 */
export async function openVm(at: {
  readonly api: LibvirtApi;
  readonly ref: DomainRef;
  readonly signal: AbortSignal;
}): Promise<OpenVm> {
  const { api, ref, signal } = at;
  const isActive = await api.domains.isActive(ref, { signal });
  const isPersistent = await api.domains.isPersistent(ref, { signal });
  const read = async (flags: number): Promise<Definition> =>
    readDefinition(await api.domains.xml(ref, flags | domainXmlFlags.secure, { signal }));
  return {
    ...at,
    live: isActive ? await read(0) : null,
    next: isPersistent ? await read(domainXmlFlags.inactive) : null,
  };
}

/** The definition in force now. */
export function inForce({ live, next }: Pick<OpenVm, 'live' | 'next'>): Definition {
  const definition = live ?? next;
  if (definition === null) throw new Error('a VM that neither runs nor is defined was opened');
  return definition;
}

/**
 * Runs `work` on a VM whose state allows `action`, with its definitions as they are on its host now, and shows at once what came of it.
 * One that is being deleted or moved is left alone.
 */
export async function changeVm<Code extends string>(
  parts: HardwareParts,
  asked: Asked,
  work: (vm: ChangedVm) => Promise<ChangeOutcome<Code>>,
): Promise<ChangeOutcome<Code>> {
  return await onHostOf(parts, asked, async ({ vm, link, ref, state }) => {
    const at = { api: link.session, ref, signal: asked.context.signal };
    const change = async (): Promise<ChangeOutcome<Code>> => {
      // A turn may have been waited for.
      const refused = await whyLeftAlone(parts, vm);
      if (refused !== undefined) return refused;
      const open = await openVm(at);
      const outcome = await work({ ...open, vm, state });
      if (outcome.ok) await tellChange(parts, open, { vm });
      return outcome;
    };
    const { sharedTurn } = asked;
    return await parts.turns.take(vm.uuid, async () =>
      sharedTurn === undefined ? await change() : await parts.turns.take(sharedTurn(vm), change),
    );
  });
}

/** As above, without a turn and without telling: for what begins a task, nothing is changed yet. */
export async function planVm<T, Code extends string>(
  parts: HardwareParts,
  asked: Asked,
  work: (vm: ChangedVm) => Promise<Outcome<T, Code>>,
): Promise<Outcome<T, Code | VmControlRefusal['code']>> {
  return await onHostOf(parts, asked, async ({ vm, link, ref, state }) => {
    const refused = await whyLeftAlone(parts, vm);
    if (refused !== undefined) return refused;
    const open = await openVm({ api: link.session, ref, signal: asked.context.signal });
    return await work({ ...open, vm, state });
  });
}

async function whyLeftAlone(
  { store }: Pick<HardwareParts, 'store'>,
  { id: vmId, host_id: hostId, name }: VmWithNames,
): Promise<Refused<'not-now'> | undefined> {
  const reason = await whyVmNotKept(store.tables<FleetTables>(), { vmId, hostId });
  return reason === '' ? undefined : refuse('not-now', { name, reason });
}

/** Reads a VM that is only looked at, whatever its state. */
export async function lookAtVm<T>(
  parts: HardwareParts,
  asked: { readonly vmId: string; readonly context: CallContext },
  work: (vm: ChangedVm) => Promise<T>,
): Promise<T | VmControlRefusal> {
  return await onHostOf(parts, { ...asked, action: null }, async ({ vm, link, ref, state }) => {
    const open = await openVm({ api: link.session, ref, signal: asked.context.signal });
    return await work({ ...open, vm, state });
  });
}

const GROUPS = domainStatsGroups.state | domainStatsGroups.block;

/** Writes the VM as its host has it now into its row: definition, state, sizes of its disks. */
export async function tellChange(
  parts: Pick<HardwareParts, 'store'>,
  { api, ref, signal }: Pick<OpenVm, 'api' | 'ref' | 'signal'>,
  told: { readonly vm: Pick<VmWithNames, 'id' | 'host_id'>; readonly autostart?: boolean },
): Promise<void> {
  const { vm, ...more } = told;
  const xml = await api.domains.xml(ref, 0, { signal });
  const nextXml = await api.domains.xml(ref, domainXmlFlags.inactive, { signal });
  const [read] = await api.domains.allStats({ groups: GROUPS, domains: [ref], wait: true }, { signal });
  if (read === undefined) return;
  const { state, blocks } = vmStatisticsOf(read.stats);
  await noteDefinition(parts, vm, { xml, nextXml, state, blocks, ...more });
}
