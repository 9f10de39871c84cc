import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { HardwareCommandParts } from './hardware-parts.ts';
import { volumeOf } from './host-volume-find.ts';
import { vmTaskInput } from './task-on-vm.ts';
import { diskNamed } from './vm-disk-change.ts';
import { vmDiskDeleteTask } from './vm-disk-delete-task.ts';
import { planVm } from './vm-open.ts';

type Operation = (typeof hardwareContract)['vmDiskDelete'];

/** Starts the deletion of a disk whose volume was named by typing; what a snapshot needs is kept. */
export async function vmDiskDelete(
  parts: HardwareCommandParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const { target } = input;
  return await planVm(parts, { vmId: input.vmId, action: 'diskDetach', context }, async (vm) => {
    const { name, host_name: host } = vm.vm;
    const disk = diskNamed(vm, target);
    if (disk === undefined) return refuse('no-such-disk', { name, target });
    const volume = await volumeOf(vm.api, disk.source, vm.signal);
    if (volume === undefined) return refuse('not-in-pool', { source: disk.source, host });
    if (input.confirmName !== volume.name) return refuse('name-differs', { volume: volume.name });
    const snapshots = await vm.api.snapshots.listAll(vm.ref, 0, { signal: vm.signal });
    if (snapshots.length > 0 && disk.device === 'disk')
      return refuse('held-by-snapshot', {
        name,
        target,
        snapshots: snapshots.map((one) => one.name).join(', '),
      });
    const task = {
      ...vmTaskInput(vm.vm),
      target,
      source: disk.source,
      pool: volume.pool,
      volume: volume.name,
    };
    return done(
      await parts.tasks.start(vmDiskDeleteTask(parts), task, {
        startedBy: context.actor.login,
        key: `${vm.vm.id}:disk-delete:${context.operationId}`,
      }),
    );
  });
}
