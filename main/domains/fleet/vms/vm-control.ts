import type { OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import { done, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import type { VmAction } from '../../../../shared/domains/fleet/vm-action-rules.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { LibvirtApi } from '../../../platform/libvirt/libvirt-api.ts';
import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import type { FleetParts } from '../fleet-parts.ts';
import { noteState, onHostOf } from './vm-on-host.ts';
import { vmStateOf } from '../sweep/vm-statistics.ts';

type Answer = Outcome<OutputOf<typeof fleetContract.vmStart>, RefusalCodeOf<typeof fleetContract.vmStart>>;
type ControlAction = Extract<VmAction, 'start' | 'forceOff' | 'reboot' | 'reset' | 'pause' | 'resume'>;
type Act = (api: LibvirtApi, ref: DomainRef, signal: AbortSignal) => Promise<unknown>;

/** What each button does on the host. */
const acts: Readonly<Record<ControlAction, Act>> = {
  start: async (api, ref, signal) => await api.domains.start(ref, 0, { signal }),
  forceOff: async (api, ref, signal) => await api.domains.destroy(ref, 0, { signal }),
  reboot: async (api, ref, signal) => await api.domains.reboot(ref, 0, { signal }),
  reset: async (api, ref, signal) => await api.domains.reset(ref, { signal }),
  pause: async (api, ref, signal) => await api.domains.suspend(ref, { signal }),
  resume: async (api, ref, signal) => await api.domains.resume(ref, { signal }),
};

/** Does it now, straight from this engine, and shows the outcome at once. */
export async function vmControl(
  parts: Pick<FleetParts, 'store' | 'connections'>,
  asked: { readonly vmId: string; readonly action: ControlAction },
  context: CallContext,
): Promise<Answer> {
  const { action } = asked;
  return await onHostOf(parts, { ...asked, context }, async ({ vm, link, ref }) => {
    await acts[action](link.session, ref, context.signal);
    const state = await stateAfter(link.session, ref, context.signal);
    if (state !== undefined) await noteState(parts, vm, state);
    return done({});
  });
}

/** Undefined for a VM that is gone now: a transient one that was forced off. */
async function stateAfter(api: LibvirtApi, ref: DomainRef, signal: AbortSignal) {
  try {
    return vmStateOf((await api.domains.state(ref, { signal })).state);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
