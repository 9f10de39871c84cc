import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import { vmState } from '../../../../shared/domains/fleet/vm-contract.ts';
import { whyNot } from '../../../../shared/domains/fleet/vm-action-rules.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { AnyTransaction } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { BEING_MOVED, lockVm, workOnVm } from './vm-lock.ts';
import { vmDeleteTask } from './vm-delete-task.ts';
import { refuseBilled } from './vm-billed.ts';
import { findVm, type VmListTables } from './vm-list.ts';
import type { ProvisioningCommandParts } from './vm-provisioning-parts.ts';

type Operation = typeof fleetContract.vmDelete;

/** Starts the deletion of a VM whose name was typed; the same VM is deleted by one task, however often it is asked. */
export async function vmDelete(
  parts: ProvisioningCommandParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<VmListTables>();
  const vm = await findVm(db, input.vmId);
  if (!vm) return refuse('no-such-vm', { vmId: input.vmId });
  context.subject(`${vm.name} on ${vm.host_name}`);
  if (input.confirmName !== vm.name) return refuse('name-differs', { name: vm.name });
  return await beginVmDelete(parts, vm.id, { startedBy: context.actor.login, within: db as never });
}

/** Records the task that deletes a VM. Locks the VM, as selling it does: it is sold or deleted, never both. */
export async function beginVmDelete(
  parts: ProvisioningCommandParts,
  vmId: string,
  by: { readonly startedBy: string; readonly key?: string; readonly within: AnyTransaction },
): Promise<Outcome<{ taskId: string }, 'no-such-vm' | 'not-now' | 'vm-billed' | 'vm-pooled'>> {
  const db = by.within as unknown as Kysely<VmListTables>;
  await lockVm(db as unknown as Kysely<FleetTables>, vmId);
  const vm = await findVm(db, vmId);
  if (!vm) return refuse('no-such-vm', { vmId });
  const reason = whyNot('delete', vmState.parse(vm.state));
  if (reason !== null) return refuse('not-now', { name: vm.name, reason });
  const billed = await refuseBilled(parts.subscriptions, db, vm);
  if (billed) return billed;
  const { deletion, inTheWay } = await workOnVm(db as unknown as Kysely<FleetTables>, vm.id);
  if (deletion) return done({ taskId: deletion.taskId });
  if (vm.moving_to !== null) return refuse('not-now', { name: vm.name, reason: BEING_MOVED });
  if (inTheWay)
    return refuse('not-now', {
      name: vm.name,
      reason: `“${inTheWay.title}” is under way: wait until it has ended, or cancel it`,
    });
  const task = { vmId: vm.id, uuid: vm.uuid, name: vm.name, hostId: vm.host_id, hostName: vm.host_name };
  return done(await parts.tasks.start(vmDeleteTask(parts), task, by));
}
