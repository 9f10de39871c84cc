import { sentenceOf } from '../../../shared/contract/outcome.ts';
import { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { domainXmlFlags } from '../../platform/libvirt/flags.ts';
import { noCloudImage } from '../../platform/nocloud/nocloud-seed.ts';
import type { StepContext, TaskDefinition, TaskStep } from '../../platform/tasks/task-definition.ts';
import {
  dropProvisioned,
  dropUnfinished,
  findVolume,
  handOver,
  onHost,
  powerOff,
  reserveVm,
  takeBack,
  TRIES,
  undefineOf,
  volumeXml,
  type FleetTables,
  type OnHost,
  type ReservedVm,
} from '../fleet/fleet-public.ts';
import { cloneXml } from './clone-xml.ts';
import { readDefinition, type Definition } from './definition-read.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { volumeFacts, volumeOf, type FoundVolume } from './host-volume-find.ts';
import { onVm, requireKept, type VmTaskInput } from './task-on-vm.ts';
import { tellChange } from './vm-open.ts';

/** The new VM, by names that are fixed before the first step, and what it is copied from. */
export interface VmCloneInput extends ReservedVm {
  readonly source: VmTaskInput;
  readonly start: boolean;
}

/** One disk: where it is, and the volume of the new VM. */
interface CopiedDisk {
  readonly target: string;
  readonly source: string;
  readonly pool: string;
  readonly volume: string;
  readonly newVolume: string;
  readonly capacityBytes: number;
  readonly writtenAt: string;
  /** The seed of first boot is made anew, so that the clone gets keys and a host name of its own. */
  readonly isSeed: boolean;
}
type State = { readonly disks: readonly CopiedDisk[]; readonly paths: Readonly<Record<string, string>> };
type Step = TaskStep<VmCloneInput, State>;
type Context = StepContext<VmCloneInput>;

/** Copies a VM that is off. Until it is handed over it belongs to nobody; whatever ends the task takes all of it away again. */
export function vmCloneTask(parts: HardwareParts): TaskDefinition<VmCloneInput, State> {
  return {
    kind: 'vm-clone',
    title: ({ name, source }) => `Clone ${source.name} as ${name}`,
    subject: ({ vmId, name }) => ({ kind: 'vm', id: vmId, name }),
    steps: [plan(parts), copy(parts), define(parts), finish(parts)],
    result: ({ disks }) => ({ disks: disks?.length ?? 0 }),
  };
}

/** The row that was reserved with the task is given up last of all undos, so it is the first step's. */
function plan(parts: HardwareParts): Step {
  return {
    name: 'plan',
    title: ({ source }) => `Write down what ${source.name} is made of`,
    attempts: TRIES,
    run: async (context) => {
      await requireKept(parts, context.input.source);
      await keepReserved(parts, context.input);
      return await onSource(parts, context, async (on, definition) => ({
        disks: await disksOf(on, definition, context),
      }));
    },
    undo: async ({ input }) => await dropProvisioned(parts.store, input),
  };
}

async function keepReserved({ store }: HardwareParts, task: VmCloneInput): Promise<void> {
  const nowMs = await store.nowMs();
  const reserved = await store.transaction<FleetTables, Awaited<ReturnType<typeof reserveVm>>>(
    async (trx) => await reserveVm(store, trx, { task, nowMs }),
    { repeatable: true },
  );
  if (reserved.ok) return;
  const sentence = sentenceOf(hardwareContract.vmClone.refusals[reserved.code], reserved.facts);
  throw new OperatingFailure({ code: reserved.code, sentence });
}

function copy(parts: HardwareParts): Step {
  return {
    name: 'copy',
    title: ({ source }) => `Copy the disks of ${source.name}`,
    attempts: TRIES,
    run: async (context, { disks = [] }) =>
      await onSource(parts, context, async (on) => {
        const paths: Record<string, string> = {};
        for (const [index, disk] of disks.entries()) {
          paths[disk.source] = await copyDisk(on, disk, context);
          context.progress(index + 1, disks.length, 'items');
        }
        await requireStill(on, disks, context);
        return { paths };
      }),
    undo: async (context, { disks = [] }) =>
      await onHost(parts, context, async ({ api }) => {
        for (const { pool, newVolume } of disks)
          await dropUnfinished(api, { pool, name: newVolume }, context);
      }),
  };
}

async function copyDisk({ api }: OnHost, disk: CopiedDisk, context: Context): Promise<string> {
  const { input, signal } = context;
  const { pool: poolName, capacityBytes } = disk;
  await dropUnfinished(api, { pool: poolName, name: disk.newVolume }, context);
  const pool = await api.storage.lookupPoolByName(poolName, { signal });
  if (disk.isSeed) {
    const image = noCloudImage({
      instanceId: input.vmId,
      hostname: input.name,
      sshKeys: [],
      firstBootScript: '',
    });
    const xml = volumeXml({ name: disk.newVolume, format: 'raw', capacityBytes: image.length });
    const seed = await api.storage.createVolume(pool, xml, 0, { signal });
    await api.storage.uploadVolume(seed, {}, [image], { signal });
    return await api.storage.volumePath(seed, { signal });
  }
  const source = await findVolume(api, { pool: poolName, name: disk.volume }, signal);
  if (source === undefined) throw gone(disk, input);
  const xml = volumeXml({ name: disk.newVolume, format: 'qcow2', capacityBytes });
  const made = await api.storage.cloneVolume(pool, xml, source, 0, { signal });
  return await api.storage.volumePath(made, { signal });
}

function gone(disk: CopiedDisk, { source }: VmCloneInput): OperatingFailure {
  return new OperatingFailure({
    code: 'disk-gone',
    sentence: `${disk.volume}, disk ${disk.target} of ${source.name}, is no longer in the pool ${disk.pool}.`,
  });
}

/** A disk that was written while it was copied is torn: then nothing is kept of the copy. */
async function requireStill({ api }: OnHost, disks: readonly CopiedDisk[], context: Context): Promise<void> {
  const { input, signal } = context;
  for (const disk of disks.filter((one) => !one.isSeed)) {
    const volume = await findVolume(api, { pool: disk.pool, name: disk.volume }, signal);
    if (volume === undefined) throw gone(disk, input);
    const now = await volumeFacts(api, volume, signal);
    if (now.writtenAt !== disk.writtenAt || now.capacityBytes !== disk.capacityBytes) throw torn(input);
  }
}

function torn({ source }: VmCloneInput): OperatingFailure {
  return new OperatingFailure({
    code: 'source-was-used',
    sentence: `${source.name} was used while it was copied. Shut it down and clone it anew.`,
  });
}

function define(parts: HardwareParts): Step {
  return {
    name: 'define',
    title: ({ name, hostName }) => `Define ${name} on ${hostName}`,
    attempts: TRIES,
    run: async (context, { paths = {} }) =>
      await onSource(parts, context, async ({ api }, definition) => {
        const xml = cloneXml(definition, { ...context.input, paths });
        // Defining the same UUID again replaces the definition: safe to repeat.
        await api.domains.define(xml, 0, { signal: context.signal });
      }),
    undo: async (context) => await onHost(parts, context, async (on) => await undefineOf(on, context)),
  };
}

function finish(parts: HardwareParts): Step {
  return {
    name: 'finish',
    title: ({ name, start }) => (start ? `Start ${name} and hand it over` : `Hand over ${name}`),
    attempts: TRIES,
    run: async (context) => {
      const { input, signal } = context;
      await onVm(parts, context, async (vm) => {
        if (input.start && vm.live === null) await vm.api.domains.start(vm.ref, 0, { signal });
        await handOver(parts.store, input, input.start ? 'running' : 'shut-off');
        // It is somebody's from now on: what its row does not say yet the next look at its host does, and is no reason to take it away.
        await tellChange(parts, vm, { vm: { id: input.vmId, host_id: input.hostId } }).catch(
          (error: unknown) => {
            context.log(
              'warn',
              `${input.name} is ready; its devices show after the next look at its host: ${messageOf(error)}`,
            );
          },
        );
      });
    },
    undo: async (context) => {
      await onHost(parts, context, async (on) => await powerOff(on, context));
      await takeBack(parts.store, context.input);
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs `work` with the definition of the VM that is copied, which must be off. */
async function onSource<T>(
  parts: HardwareParts,
  context: Context,
  work: (on: OnHost, definition: Definition) => Promise<T>,
): Promise<T> {
  const { input, signal } = context;
  return await onHost(parts, context, async (on) => {
    const { domains } = on.api;
    const ref = await domains.lookupByUuid(input.source.uuid, { signal });
    if (await domains.isActive(ref, { signal })) throw torn(input);
    const flags = domainXmlFlags.inactive | domainXmlFlags.secure;
    return await work(on, readDefinition(await domains.xml(ref, flags, { signal })));
  });
}

async function disksOf({ api }: OnHost, definition: Definition, context: Context): Promise<CopiedDisk[]> {
  const { input, signal } = context;
  const found: CopiedDisk[] = [];
  for (const disk of definition.disks) {
    const isSeed = disk.source.endsWith('-seed.iso');
    if (disk.source === '' || (disk.readonly && !isSeed)) continue;
    const ref = await volumeOf(api, disk.source, signal);
    if (ref === undefined)
      throw new OperatingFailure({
        code: 'disk-in-no-pool',
        sentence: `${disk.source}, disk ${disk.target} of ${input.source.name}, is in no storage pool of ${input.hostName} and cannot be copied.`,
      });
    found.push(
      copied(
        await volumeFacts(api, ref, signal),
        { target: disk.target, source: disk.source, isSeed },
        input,
      ),
    );
  }
  return found;
}

function copied(
  volume: FoundVolume,
  disk: Pick<CopiedDisk, 'target' | 'source' | 'isSeed'>,
  { name, vmId }: VmCloneInput,
): CopiedDisk {
  const { pool, capacityBytes, writtenAt } = volume;
  const tail = vmId.slice(-8);
  return {
    ...disk,
    pool,
    volume: volume.name,
    newVolume: disk.isSeed ? `${name}-${tail}-seed.iso` : `${name}-${tail}-${disk.target}.qcow2`,
    capacityBytes,
    writtenAt,
  };
}
