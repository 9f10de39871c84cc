import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { TaskDefinition, TaskStep } from '../../platform/tasks/task-definition.ts';
import { dropUnfinished, findVolume, onHost, TRIES, volumeXml } from '../fleet/fleet-public.ts';
import type { Definition } from './definition-read.ts';
import { attachDevice, detachDevice } from './device-change.ts';
import { diskXml, freeTarget } from './device-xml.ts';
import { effectsOf } from './effect-words.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { ifVm, onVm, requireKept, type VmTaskInput } from './task-on-vm.ts';
import { tellChange } from './vm-open.ts';

export interface VmDiskAddInput extends VmTaskInput {
  readonly pool: string;
  /** Fixed before the first step and nobody else's: a step that ran half is found by it. */
  readonly volume: string;
  readonly capacityBytes: number;
  readonly bus: string;
}
interface State {
  readonly path: string;
  readonly target: string;
  readonly effect: string;
}
type Step = TaskStep<VmDiskAddInput, State>;

/** Makes a volume and attaches it; whatever ends it on the way, neither is left behind. */
export function vmDiskAddTask(parts: HardwareParts): TaskDefinition<VmDiskAddInput, State> {
  return {
    kind: 'vm-disk-add',
    title: ({ name, capacityBytes }) => `Add a disk of ${formatBytes(capacityBytes)} to ${name}`,
    subject: ({ vmId, name }) => ({ kind: 'vm', id: vmId, name }),
    steps: [makeVolume(parts), attach(parts)],
    result: ({ target, path, effect }) => ({ target: target ?? '', path: path ?? '', when: effect ?? '' }),
  };
}

function makeVolume(parts: HardwareParts): Step {
  return {
    name: 'volume',
    title: ({ volume, pool }) => `Make ${volume} in ${pool}`,
    attempts: TRIES,
    run: async (context) => {
      const { input, signal } = context;
      await requireKept(parts, input);
      return await onHost(parts, context, async ({ api }) => {
        const { capacityBytes } = input;
        const at = { pool: input.pool, name: input.volume };
        // An empty image is made at one go: if it is there it is whole.
        const made =
          (await findVolume(api, at, signal)) ??
          (await api.storage.createVolume(
            await api.storage.lookupPoolByName(input.pool, { signal }),
            volumeXml({ name: input.volume, format: 'qcow2', capacityBytes }),
            0,
            { signal },
          ));
        return { path: await api.storage.volumePath(made, { signal }) };
      });
    },
    undo: async (context) =>
      await onHost(parts, context, async ({ api }) => {
        await dropUnfinished(api, { pool: context.input.pool, name: context.input.volume }, context);
      }),
  };
}

function attach(parts: HardwareParts): Step {
  return {
    name: 'attach',
    title: ({ name }) => `Attach it to ${name}`,
    attempts: TRIES,
    run: async (context, { path = '' }) => {
      const { input } = context;
      return await onVm(parts, context, async (vm) => {
        const has = (one: Definition | null): string | undefined =>
          one?.disks.find((disk) => disk.source === path)?.target;
        // After a crash in mid-step it may be in one definition already: it is put into the other under the same name.
        const target = has(vm.live) ?? has(vm.next) ?? freeTarget(vm, input.bus);
        const missing = {
          ...vm,
          live: has(vm.live) === undefined ? vm.live : null,
          next: has(vm.next) === undefined ? vm.next : null,
        };
        const landed = await attachDevice(
          missing,
          diskXml({ path, format: 'qcow2', target, bus: input.bus }),
        );
        const isLive = has(vm.live) !== undefined || landed.now;
        const [effect] = effectsOf({ what: '', from: '', to: '' }, { ...landed, now: isLive });
        await tellChange(parts, vm, { vm: { id: input.vmId, host_id: input.hostId } });
        const when = effect?.when === 'now' || vm.live === null ? 'now' : `at its next start: ${effect?.why}`;
        context.log('info', `The disk is ${target}, ${when}.`);
        return { target, effect: when };
      });
    },
    undo: async (context, { path = '' }) => {
      await ifVm(parts, context, async (vm) => {
        const text = (definition: Definition): string | undefined =>
          definition.disks.find((disk) => disk.source === path)?.xml;
        if (path === '' || ![vm.live, vm.next].some((one) => one !== null && text(one) !== undefined)) return;
        await context.stillOurs();
        const { now } = await detachDevice(vm, text);
        // Its volume is deleted next, which must not happen under a guest that writes to it.
        if (vm.live !== null && text(vm.live) !== undefined && !now) throw stillHeld(context.input);
        await tellChange(parts, vm, { vm: { id: context.input.vmId, host_id: context.input.hostId } });
      });
    },
  };
}

function stillHeld({ name, volume }: VmDiskAddInput): OperatingFailure {
  return new OperatingFailure({
    code: 'guest-holds-device',
    sentence: `${name} holds on to its new disk, so ${volume} stays where it is. It is no longer in the definition of its next start. Unmount it inside, or switch the VM off, then try this task again.`,
  });
}
