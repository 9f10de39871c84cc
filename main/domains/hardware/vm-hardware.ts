import { done, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type {
  hardwareContract,
  VmDisk,
  VmNic,
  VolumeChoice,
} from '../../../shared/domains/hardware/hardware-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { networksOfHost, poolsOfHost, type FleetTables } from '../fleet/fleet-public.ts';
import type { DefinitionDisk } from './definition-read.ts';
import { bootOrderOf } from './device-xml.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { usersOfVolumes, volumeFacts, volumeOf } from './host-volume-find.ts';
import { capacityOf } from './vm-disk-change.ts';
import { inForce, lookAtVm, type ChangedVm, type OpenVm } from './vm-open.ts';
import { sizeNow } from './vm-resize.ts';
import { isTemplateVolume } from './volume-users.ts';

type Contract = typeof hardwareContract;
type Answer<Op> = Promise<Outcome<OutputOf<Op>, RefusalCodeOf<Op>>>;

/** All that can be changed, as it is on the host now. */
export async function vmHardware(
  parts: HardwareParts,
  input: InputOf<Contract['vmHardware']>,
  context: CallContext,
): Answer<Contract['vmHardware']> {
  return await lookAtVm(parts, { ...input, context }, async (vm) => {
    const { live, next, state } = vm;
    return done({
      state,
      persistent: next !== null,
      autostart: next !== null && (await vm.api.domains.autostart(vm.ref, { signal: vm.signal })),
      agent: live?.agentConnected === true,
      rescue: live?.isRescue === true,
      ...mutable(sizeNow(vm)),
      disks: await disksOf(vm),
      nics: nicsOf(vm),
      boot: bootOrderOf(next ?? inForce(vm)),
    });
  });
}

const mutable = ({ running, next }: ReturnType<typeof sizeNow>) => ({ running, next });

/** Of two lists, each thing once, with where it stands. */
function merged<T>(
  { live, next }: Pick<OpenVm, 'live' | 'next'>,
  of: (definition: NonNullable<OpenVm['live']>) => readonly T[],
  key: (thing: T) => string,
): { readonly thing: T; readonly stands: VmDisk['stands'] }[] {
  const now = live === null ? [] : of(live);
  const later = next === null ? [] : of(next);
  const laterKeys = new Set(later.map(key));
  const nowKeys = new Set(now.map(key));
  // Of a VM that is off, or has no definition, there is only one list.
  const single = live === null || next === null;
  return [
    ...now.map((thing) => ({
      thing,
      stands: single || laterKeys.has(key(thing)) ? ('both' as const) : ('now' as const),
    })),
    ...later
      .filter((thing) => !nowKeys.has(key(thing)))
      .map((thing) => ({ thing, stands: single ? ('both' as const) : ('next-start' as const) })),
  ];
}

async function disksOf(vm: ChangedVm): Promise<VmDisk[]> {
  const found: VmDisk[] = [];
  const key = (disk: DefinitionDisk): string => disk.target;
  for (const { thing, stands } of merged(vm, (one) => one.disks, key)) {
    const { xml: _xml, ...disk } = thing;
    const isLive = vm.live?.disks.some((one) => one.target === disk.target) === true;
    const volume = await volumeOf(vm.api, disk.source, vm.signal);
    const capacityBytes = disk.source === '' ? null : await capacityOf(vm, thing, isLive);
    found.push({ ...disk, pool: volume?.pool ?? '', volume: volume?.name ?? '', capacityBytes, stands });
  }
  return found;
}

function nicsOf(vm: ChangedVm): VmNic[] {
  return merged(
    vm,
    (one) => one.nics,
    (nic) => nic.mac,
  ).map(({ thing: { xml: _xml, ...nic }, stands }) => ({ ...nic, stands }));
}

const CHOICES = 200;

/** What the dialogs offer: pools, networks, and the volumes of those pools that no VM of the host has, with media among them. */
export async function vmHardwareChoices(
  parts: HardwareParts,
  input: InputOf<Contract['vmHardwareChoices']>,
  context: CallContext,
): Answer<Contract['vmHardwareChoices']> {
  return await lookAtVm(parts, { ...input, context }, async ({ vm, api, signal }) => {
    const db = parts.store.tables<FleetTables>();
    const pools = await poolsOfHost(db, vm.host_id);
    const users = await usersOfVolumes(db, vm.host_id);
    const volumes: VolumeChoice[] = [];
    for (const { name } of pools) {
      const pool = await api.storage.lookupPoolByName(name, { signal });
      for (const ref of await api.storage.listVolumes(pool, { signal })) {
        // In a pool of files the key is the path, so that only what is offered is asked for.
        const used = users.get(ref.key) ?? users.get(`${name}/${ref.name}`) ?? [];
        const isShared = /\.iso$/i.test(ref.name);
        const isOurs = isTemplateVolume(ref.name) || ref.name.endsWith('-seed.iso');
        if (isOurs || (used.length > 0 && !isShared) || volumes.length >= CHOICES) continue;
        const { path, format, capacityBytes } = await volumeFacts(api, ref, signal);
        volumes.push({
          pool: name,
          name: ref.name,
          path,
          format,
          capacityBytes,
          usedBy: used.map((one) => one.name),
        });
      }
    }
    const networks = (await networksOfHost(db, vm.host_id)).filter((one) => one.active);
    return done({
      pools: pools.map((pool) => ({ name: pool.name, freeBytes: pool.availableBytes })),
      networks: networks.map(({ kind, name }) => ({ kind, name })),
      volumes: volumes.toSorted((a, b) => a.name.localeCompare(b.name)),
    });
  });
}
