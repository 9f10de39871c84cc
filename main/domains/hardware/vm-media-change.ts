import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { InputOf } from '../../../shared/contract/operation.ts';
import type { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { deviceFlags } from '../../platform/libvirt/flags.ts';
import { attachAtNextStart, attachDevice, updateDevice } from './device-change.ts';
import { cdromXml, freeTarget, mediaBus, withMedium } from './device-xml.ts';
import { effectsOf } from './effect-words.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { volumeNamed } from './host-volume-find.ts';
import { diskNamed, diskText } from './vm-disk-change.ts';
import { changeVm, inForce, type ChangedVm, type ChangeOutcome } from './vm-open.ts';

type Contract = typeof hardwareContract;

/** Puts an image into the drive named, or the first empty one; a VM without a drive to spare gets one. */
export async function vmMediaInsert(
  parts: HardwareParts,
  input: InputOf<Contract['vmMediaInsert']>,
  context: CallContext,
): Promise<ChangeOutcome<'no-such-disk' | 'no-such-volume'>> {
  const { pool, volume: volumeName } = input;
  return await changeVm(parts, { vmId: input.vmId, action: 'mediaChange', context }, async (vm) => {
    const { name, host_name: host } = vm.vm;
    const volume = await volumeNamed(vm.api, { pool, volume: volumeName }, vm.signal);
    if (volume === undefined) return refuse('no-such-volume', { host, volume: volumeName, pool });
    const drives = inForce(vm).disks.filter((disk) => disk.device === 'cdrom');
    const drive =
      input.target === null
        ? drives.find((disk) => disk.source === '')
        : drives.find((disk) => disk.target === input.target);
    if (drive === undefined && input.target !== null)
      return refuse('no-such-disk', { name, target: input.target });
    if (drive === undefined) return done({ effects: await newDrive(vm, volume) });
    const landed = await updateDevice(vm, diskText(drive.target), (xml) => withMedium(xml, volume.path));
    const change = { what: `CD drive ${drive.target}`, from: drive.source || 'empty', to: volume.path };
    return done({ effects: effectsOf(change, landed) });
  });
}

async function newDrive(vm: ChangedVm, volume: { readonly path: string }) {
  const bus = mediaBus(inForce(vm));
  const target = freeTarget(vm, bus);
  const xml = cdromXml({ path: volume.path, target, bus });
  // PCs take no IDE or SATA drive while they run.
  const landed =
    bus === 'scsi' || vm.next === null
      ? await attachDevice(vm, xml)
      : await attachAtNextStart(vm, xml, 'a running guest takes no new drive on this bus');
  return effectsOf({ what: `CD drive ${target}`, from: 'no drive', to: volume.path }, landed);
}

/** Takes the medium out; a guest may hold the drive's door, which `force` breaks open. */
export async function vmMediaEject(
  parts: HardwareParts,
  input: InputOf<Contract['vmMediaEject']>,
  context: CallContext,
): Promise<ChangeOutcome<'no-such-disk'>> {
  const { target, force } = input;
  return await changeVm(parts, { vmId: input.vmId, action: 'mediaChange', context }, async (vm) => {
    const drive = diskNamed(vm, target);
    if (drive === undefined || drive.device !== 'cdrom')
      return refuse('no-such-disk', { name: vm.vm.name, target });
    const eject = (xml: string): string => withMedium(xml, null);
    const landed = await updateDevice(vm, diskText(target), eject, force ? deviceFlags.force : 0);
    const change = { what: `CD drive ${target}`, from: drive.source || 'empty', to: 'empty' };
    return done({ effects: effectsOf(change, landed) });
  });
}
