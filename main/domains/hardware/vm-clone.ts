import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { whyNot } from '../../../shared/domains/fleet/vm-action-rules.ts';
import { vmState } from '../../../shared/domains/fleet/vm-contract.ts';
import type { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import {
  findVm,
  reserveVm,
  whyVmNotKept,
  type FleetTables,
  type VmListTables,
} from '../fleet/fleet-public.ts';
import type { HardwareCommandParts } from './hardware-parts.ts';
import { vmTaskInput } from './task-on-vm.ts';
import { vmCloneTask, type VmCloneInput } from './vm-clone-task.ts';

type Operation = (typeof hardwareContract)['vmClone'];

/** Takes name and place of the copy and starts the task that makes it, in the call's transaction. */
export async function vmClone(
  parts: HardwareCommandParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<VmListTables>();
  const trx = db as unknown as Transaction<FleetTables>;
  const vm = await findVm(db, input.vmId);
  if (vm === undefined) return refuse('no-such-vm', { vmId: input.vmId });
  context.subject(`${vm.name} on ${vm.host_name}`);
  const reason = whyNot('clone', vmState.parse(vm.state));
  if (reason !== null) return refuse('not-now', { name: vm.name, reason });
  const notKept = await whyVmNotKept(trx, { vmId: vm.id, hostId: vm.host_id });
  if (notKept !== '') return refuse('not-now', { name: vm.name, reason: notKept });
  const task: VmCloneInput = {
    vmId: newId('vm'),
    uuid: randomUUID(),
    name: input.name,
    hostId: vm.host_id,
    hostName: vm.host_name,
    vcpus: vm.vcpus,
    memoryBytes: vm.memory_bytes,
    diskBytes: vm.disk_bytes,
    customerId: vm.customer_id,
    templateId: vm.template_id,
    os: vm.os,
    tags: JSON.parse(vm.tags) as string[],
    start: input.start,
    source: vmTaskInput(vm),
  };
  const reserved = await reserveVm(parts.store, trx, { task, nowMs: await parts.store.nowMs(trx) });
  if (!reserved.ok) return reserved;
  const { taskId } = await parts.tasks.start(vmCloneTask(parts), task, {
    startedBy: context.actor.login,
    within: trx,
  });
  return done({ taskId, newVmId: task.vmId });
}
