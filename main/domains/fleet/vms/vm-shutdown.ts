import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { onHostOf } from './vm-on-host.ts';
import type { ProvisioningCommandParts } from './vm-provisioning-parts.ts';
import { vmShutdownTask } from './vm-shutdown-task.ts';

type Operation = typeof fleetContract.vmShutdown;

/** Looks at the VM live first, so that what cannot be shut down is refused at once and not by a failed task. */
export async function vmShutdown(
  parts: ProvisioningCommandParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const found = await onHostOf(
    parts,
    { vmId: input.vmId, action: 'shutdown', context },
    async ({ vm, ref }) => done({ vm, domainId: ref.id }),
  );
  if (!found.ok) return refuse(found.code, found.facts);
  const { vm, domainId } = found.value;
  const task = {
    vmId: vm.id,
    uuid: vm.uuid,
    name: vm.name,
    hostId: vm.host_id,
    hostName: vm.host_name,
    domainId,
    graceSeconds: input.graceSeconds,
    thenForce: input.thenForce,
  };
  return done(
    await parts.tasks.start(vmShutdownTask(parts), task, {
      startedBy: context.actor.login,
      key: `${vm.id}:shutdown:${context.operationId}`,
    }),
  );
}
