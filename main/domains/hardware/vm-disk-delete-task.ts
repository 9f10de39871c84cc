import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { TaskDefinition, TaskStep } from '../../platform/tasks/task-definition.ts';
import { dropUnfinished, onHost, TRIES } from '../fleet/fleet-public.ts';
import type { Definition } from './definition-read.ts';
import { detachDevice } from './device-change.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { ifVm, type VmTaskInput } from './task-on-vm.ts';
import { tellChange } from './vm-open.ts';

export interface VmDiskDeleteInput extends VmTaskInput {
  readonly target: string;
  /** What its definition names it by. */
  readonly source: string;
  readonly pool: string;
  readonly volume: string;
}
type Step = TaskStep<VmDiskDeleteInput, object>;

/** Takes a disk off and deletes its volume. It only goes forward: a volume that is still attached is never deleted. */
export function vmDiskDeleteTask(parts: HardwareParts): TaskDefinition<VmDiskDeleteInput> {
  return {
    kind: 'vm-disk-delete',
    title: ({ name, target }) => `Delete disk ${target} of ${name}`,
    subject: ({ vmId, name }) => ({ kind: 'vm', id: vmId, name }),
    steps: [detach(parts), deleteVolume(parts)],
  };
}

function detach(parts: HardwareParts): Step {
  return {
    name: 'detach',
    title: ({ target, name }) => `Take ${target} off ${name}`,
    attempts: TRIES,
    run: async (context) => {
      const { input } = context;
      // By its volume, not by its name: the name may be another disk's by now.
      const text = (definition: Definition): string | undefined =>
        definition.disks.find((disk) => disk.source === input.source)?.xml;
      await ifVm(parts, context, async (vm) => {
        if (![vm.live, vm.next].some((one) => one !== null && text(one) !== undefined)) return;
        await context.stillOurs();
        const landed = await detachDevice(vm, text);
        await tellChange(parts, vm, { vm: { id: input.vmId, host_id: input.hostId } });
        if (vm.live !== null && text(vm.live) !== undefined && !landed.now)
          throw new OperatingFailure({
            code: 'guest-holds-device',
            sentence: `${input.name} holds on to ${input.target}: ${landed.whyNotNow}. It is gone from its next start on; its volume stays until then. Unmount it inside, or switch the VM off, then try again.`,
          });
      });
    },
  };
}

function deleteVolume(parts: HardwareParts): Step {
  return {
    name: 'delete',
    title: ({ volume }) => `Delete ${volume}`,
    attempts: TRIES,
    run: async (context) =>
      await onHost(parts, context, async ({ api }) => {
        await dropUnfinished(api, { pool: context.input.pool, name: context.input.volume }, context);
      }),
  };
}
