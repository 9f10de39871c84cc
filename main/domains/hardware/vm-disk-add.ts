import { randomUUID } from 'node:crypto';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { poolsOfHost, type FleetTables } from '../fleet/fleet-public.ts';
import type { HardwareCommandParts } from './hardware-parts.ts';
import { vmTaskInput } from './task-on-vm.ts';
import { vmDiskAddTask } from './vm-disk-add-task.ts';
import { planVm } from './vm-open.ts';

type Operation = (typeof hardwareContract)['vmDiskAdd'];

/** Looks at the VM live first, so that what cannot be is refused at once and not by a failed task. */
export async function vmDiskAdd(
  parts: HardwareCommandParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  return await planVm(parts, { vmId: input.vmId, action: 'diskAdd', context }, async ({ vm }) => {
    const pools = await poolsOfHost(parts.store.tables<FleetTables>(), vm.host_id);
    const pool = input.pool === null ? pools[0] : pools.find((one) => one.name === input.pool);
    if (pool === undefined)
      return refuse('no-such-pool', { host: vm.host_name, pool: input.pool ?? 'for disks' });
    const task = {
      ...vmTaskInput(vm),
      pool: pool.name,
      volume: `${vm.name}-disk-${randomUUID().slice(0, 8)}.qcow2`,
      capacityBytes: input.capacityBytes,
      bus: input.bus,
    };
    return done(
      await parts.tasks.start(vmDiskAddTask(parts), task, {
        startedBy: context.actor.login,
        key: `${vm.id}:disk-add:${context.operationId}`,
      }),
    );
  });
}
