import { sentenceOf } from '../../../shared/contract/outcome.ts';
import { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { TaskDefinition, TaskStep } from '../../platform/tasks/task-definition.ts';
import { dropUnfinished, onHost, TRIES, withSharedVolume } from '../fleet/fleet-public.ts';
import type { Definition } from './definition-read.ts';
import { detachDevice } from './device-change.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { onVm, requireKept, type VmTaskInput } from './task-on-vm.ts';
import { volumeNamed } from './host-volume-find.ts';
import { tellChange } from './vm-open.ts';
import { volumeTurn } from './vm-turns.ts';
import { otherUserOf } from './volume-users.ts';

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
      await requireKept(parts, input);
      await onVm(parts, context, async (vm) => {
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
        const { input, signal } = context;
        await parts.turns.take(volumeTurn(input.hostId, input), async () => {
          const volume = await volumeNamed(api, input, signal);
          if (volume === undefined) return;
          const { hostId } = input;
          await withSharedVolume(parts.store, { hostId, volume, signal }, async () => {
            // On its host nobody is excepted: this VM has let go of it, and may have been given it back since.
            const at = { api, store: parts.store, hostId, vmId: input.vmId, uuid: '', signal };
            const user = await otherUserOf(at, volume);
            if (user !== undefined) throw inUse(input, user);
            await dropUnfinished(api, { pool: input.pool, name: input.volume }, context);
          });
        });
      }),
  };
}

function inUse({ volume }: VmDiskDeleteInput, vm: string): OperatingFailure {
  const words = hardwareContract.vmDiskDelete.refusals['volume-in-use'];
  return new OperatingFailure({ code: 'volume-in-use', sentence: sentenceOf(words, { volume, vm }) });
}
