import type { VmState } from '../../../../shared/domains/fleet/vm-rules.ts';
import { domainStatsGroups } from '../../../platform/libvirt/flags.ts';
import type { LibvirtApi } from '../../../platform/libvirt/libvirt-api.ts';
import { LibvirtError } from '../../../platform/libvirt/libvirt-errors.ts';
import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import { vmStateOf } from './vm-statistics.ts';

export interface VmOnHostNow {
  readonly ref: DomainRef;
  readonly state: VmState;
}

/** What a host says of these VMs now, by UUID, in one call; those it does not know are left out. */
export async function vmStatesOnHost(
  api: LibvirtApi,
  vms: readonly { readonly uuid: string; readonly name: string }[],
  signal: AbortSignal,
): Promise<Map<string, VmOnHostNow>> {
  if (vms.length === 0) return new Map();
  const refs = vms.map(({ uuid, name }) => ({ uuid, name, id: -1 }));
  try {
    return await statesOf(api, refs, signal);
  } catch (error) {
    if (!(error instanceof LibvirtError) || error.codeName !== 'VIR_ERR_NO_DOMAIN') throw error;
    // One that is gone makes the host refuse the whole question.
    const wanted = new Set(vms.map((vm) => vm.uuid));
    const there = (await api.domains.listAll(0, { signal })).filter((ref) => wanted.has(ref.uuid));
    return there.length === 0 ? new Map() : await statesOf(api, there, signal);
  }
}

async function statesOf(
  api: LibvirtApi,
  domains: readonly DomainRef[],
  signal: AbortSignal,
): Promise<Map<string, VmOnHostNow>> {
  const told = await api.domains.allStats({ groups: domainStatsGroups.state, domains }, { signal });
  return new Map(
    told.map(({ domain, stats }) => {
      const state = stats['state.state'];
      return [domain.uuid, { ref: domain, state: typeof state === 'number' ? vmStateOf(state) : 'unknown' }];
    }),
  );
}
