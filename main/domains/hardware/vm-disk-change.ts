import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { InputOf } from '../../../shared/contract/operation.ts';
import type { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { isCode, withSharedVolume } from '../fleet/fleet-public.ts';
import type { Definition, DefinitionDisk } from './definition-read.ts';
import { attachDevice, detachDevice } from './device-change.ts';
import { diskXml, freeTarget } from './device-xml.ts';
import { effectsOf } from './effect-words.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { volumeFacts, volumeNamed, volumeOf } from './host-volume-find.ts';
import { changeVm, tellChange, type ChangeOutcome, type OpenVm } from './vm-open.ts';
import { volumeTurn } from './vm-turns.ts';
import { otherUserOf } from './volume-users.ts';

type Contract = typeof hardwareContract;

/** A disk of whichever definition has it, the running one first. */
export function diskNamed(
  { live, next }: Pick<OpenVm, 'live' | 'next'>,
  target: string,
): DefinitionDisk | undefined {
  return [live, next].flatMap((one) => one?.disks ?? []).find((disk) => disk.target === target);
}

/** Finds the text of a disk in a definition. */
export function diskText(target: string): (definition: Definition) => string | undefined {
  return ({ disks }) => disks.find((disk) => disk.target === target)?.xml;
}

/** Makes a disk larger: through QEMU while it runs, which tells the guest, else in its pool. */
export async function vmDiskGrow(
  parts: HardwareParts,
  input: InputOf<Contract['vmDiskGrow']>,
  context: CallContext,
): Promise<ChangeOutcome<'no-such-disk' | 'not-larger' | 'not-in-pool'>> {
  const { target, capacityBytes } = input;
  return await changeVm(parts, { vmId: input.vmId, action: 'diskGrow', context }, async (vm) => {
    const name = vm.vm.name;
    const disk = diskNamed(vm, target);
    if (disk === undefined || disk.device !== 'disk' || disk.source === '')
      return refuse('no-such-disk', { name, target });
    const isLive = vm.live?.disks.some((one) => one.target === target) === true;
    const before = await capacityOf(vm, disk, isLive);
    if (before !== null && capacityBytes <= before)
      return refuse('not-larger', { target, capacity: formatBytes(before) });
    if (isLive) await vm.api.domains.blockResize(vm.ref, target, capacityBytes, { signal: vm.signal });
    else {
      const volume = await volumeOf(vm.api, disk.source, vm.signal);
      if (volume === undefined) return refuse('not-in-pool', { source: disk.source, host: vm.vm.host_name });
      await vm.api.storage.resizeVolume(volume, capacityBytes, 0, { signal: vm.signal });
    }
    return done({
      effects: [
        {
          what: `Disk ${target}`,
          from: before === null ? '' : formatBytes(before),
          to: formatBytes(capacityBytes),
          when: isLive || vm.live === null ? ('now' as const) : ('next-start' as const),
          why: isLive ? 'the guest sees it; its partition and file system are grown inside' : '',
        },
      ],
    });
  });
}

/** How large the guest sees it; null where the host does not say. */
export async function capacityOf(vm: OpenVm, disk: DefinitionDisk, isLive: boolean): Promise<number | null> {
  try {
    if (isLive)
      return (await vm.api.domains.blockInfo(vm.ref, disk.target, { signal: vm.signal })).capacityBytes;
    const volume = await volumeOf(vm.api, disk.source, vm.signal);
    return volume === undefined ? null : (await volumeFacts(vm.api, volume, vm.signal)).capacityBytes;
  } catch (error) {
    // A drive without a medium, a disk of the network: libvirt has no figure for them.
    if (isCode(error, 'VIR_ERR_INVALID_ARG', 'VIR_ERR_OPERATION_INVALID', 'VIR_ERR_INTERNAL_ERROR'))
      return null;
    throw error;
  }
}

/** Attaches a volume that exists, unless another VM has it: one of its host, or of another that sees the same storage. */
export async function vmDiskAttach(
  parts: HardwareParts,
  input: InputOf<Contract['vmDiskAttach']>,
  context: CallContext,
): Promise<ChangeOutcome<'no-such-volume' | 'volume-in-use'>> {
  const { pool, volume: volumeName, bus } = input;
  const sharedTurn = ({ host_id: hostId }: { host_id: string }): string => volumeTurn(hostId, input);
  return await changeVm(
    parts,
    { vmId: input.vmId, action: 'diskAttach', context, sharedTurn },
    async (vm) => {
      const { name, uuid, id: vmId, host_id: hostId, host_name: host } = vm.vm;
      const volume = await volumeNamed(vm.api, { pool, volume: volumeName }, vm.signal);
      if (volume === undefined) return refuse('no-such-volume', { host, volume: volumeName, pool });
      const own = [vm.live, vm.next].flatMap((one) => one?.disks ?? []);
      const sources = [volume.path, `${pool}/${volumeName}`];
      const at = { hostId, volume, signal: vm.signal };
      return await withSharedVolume(parts.store, at, async (isShared) => {
        const user = own.some((disk) => sources.includes(disk.source))
          ? name
          : await otherUserOf({ ...vm, store: parts.store, hostId, vmId, uuid }, volume);
        if (user !== undefined) return refuse('volume-in-use', { volume: volumeName, vm: user });
        const target = freeTarget(vm, bus);
        const xml = diskXml({ path: volume.path, format: volume.format, target, bus });
        const landed = await attachDevice(vm, xml);
        if (isShared) await tellChange(parts, vm, vm);
        const to = `${target}, ${formatBytes(volume.capacityBytes)}`;
        return done({
          effects: effectsOf({ what: `Volume ${volumeName}`, from: 'not attached', to }, landed),
        });
      });
    },
  );
}

/** Takes a disk off; its volume stays where it is. */
export async function vmDiskDetach(
  parts: HardwareParts,
  input: InputOf<Contract['vmDiskDetach']>,
  context: CallContext,
): Promise<ChangeOutcome<'no-such-disk'>> {
  const { target } = input;
  return await changeVm(parts, { vmId: input.vmId, action: 'diskDetach', context }, async (vm) => {
    const disk = diskNamed(vm, target);
    if (disk === undefined) return refuse('no-such-disk', { name: vm.vm.name, target });
    const landed = await detachDevice(vm, diskText(target));
    return done({
      effects: effectsOf(
        { what: `Disk ${target}`, from: disk.source, to: 'detached; its volume stays' },
        landed,
      ),
    });
  });
}
