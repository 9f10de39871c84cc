import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { HardwareCommandParts } from './hardware-parts.ts';
import { volumeFacts, volumeOf } from './host-volume-find.ts';
import { vmTaskInput } from './task-on-vm.ts';
import { diskNamed } from './vm-disk-change.ts';
import { vmDiskDeleteTask } from './vm-disk-delete-task.ts';
import { planVm } from './vm-open.ts';
import { otherUserOf } from './volume-users.ts';

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
    // What lies in a drive is somebody's installation medium: it is taken out, never deleted.
    if (disk === undefined || disk.device !== 'disk') return refuse('no-such-disk', { name, target });
    const ref = await volumeOf(vm.api, disk.source, vm.signal);
    if (ref === undefined) return refuse('not-in-pool', { source: disk.source, host });
    const volume = await volumeFacts(vm.api, ref, vm.signal);
    if (input.confirmName !== volume.name) return refuse('name-differs', { volume: volume.name });
    const own = { uuid: vm.vm.uuid, vmId: vm.vm.id, hostId: vm.vm.host_id };
    const user = await otherUserOf({ ...vm, ...own, store: parts.store }, volume);
    if (user !== undefined) return refuse('volume-in-use', { volume: volume.name, vm: user });
    const snapshots = await vm.api.snapshots.listAll(vm.ref, 0, { signal: vm.signal });
    if (snapshots.length > 0)
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
