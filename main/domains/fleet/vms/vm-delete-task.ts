import { domainXmlFlags, undefineFlags } from '../../../platform/libvirt/flags.ts';
import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import type { TaskDefinition, TaskStep } from '../../../platform/tasks/task-definition.ts';
import { definitionWith } from './definition-with.ts';
import { dropVolume, isCode } from '../hosts/host-volume.ts';
import { rememberedVolumes, rememberVolumes, type VolumePlace } from './vm-deletion-volumes.ts';
import { onHost, TRIES, type OnHost, type ProvisioningParts } from './vm-provisioning-parts.ts';
import { forgetDeleted, requireThere } from './vm-provisioning-store.ts';
import { parseVmXml } from './vm-xml.ts';
import { volumeSharer, withSharedVolume } from '../hosts/volume-sharer.ts';

export const VM_DELETE = 'vm-delete';

export interface VmDeleteInput {
  readonly vmId: string;
  readonly uuid: string;
  readonly name: string;
  readonly hostId: string;
  readonly hostName: string;
}
interface State {
  /** Volumes that go with the VM: writable disks and its own seed. One without a path was written down by an older version. */
  readonly volumes: readonly (Omit<VolumePlace, 'path'> & { readonly path?: string })[];
  /** They were written down by an earlier try, and may have become somebody else's since. */
  readonly remembered: boolean;
}
type Step = TaskStep<VmDeleteInput, State>;

/**
 * Deletes a VM with its disks. What is destroyed cannot be undone, so the steps only go forward and each may be repeated: what it deletes is
 * written down before anything is touched, and what is gone already counts as done.
 */
export function vmDeleteTask(parts: ProvisioningParts): TaskDefinition<VmDeleteInput, State> {
  return {
    kind: VM_DELETE,
    title: ({ name, hostName }) => `Delete ${name} on ${hostName}`,
    subject: ({ vmId, name }) => ({ kind: 'vm', id: vmId, name }),
    steps: [listVolumes(parts), powerOff(parts), undefine(parts), deleteVolumes(parts), forget(parts)],
    result: ({ volumes }) => ({ volumes: volumes?.length ?? 0 }),
  };
}

function listVolumes(parts: ProvisioningParts): Step {
  return {
    name: 'list',
    title: () => 'Write down which disks go with it',
    attempts: TRIES,
    run: async (context) =>
      await onItsHost(parts, context, async (on) => {
        const xml = await ifDomain(
          on,
          context,
          // Its own definition: one that runs from rescue media has the image of those beside its disks.
          async (domain) =>
            await on.api.domains.xml(domain, domainXmlFlags.inactive, { signal: context.signal }),
        );
        if (xml === undefined)
          return { volumes: await rememberedVolumes(parts.store, context.input), remembered: true };
        const volumes = await ownVolumes(parts, context, { on, xml });
        await rememberVolumes(parts.store, context.input, volumes);
        return { volumes, remembered: false };
      }),
  };
}

/** What goes with the VM, by its definition: no other VM has it, and it is in a pool. */
async function ownVolumes(
  parts: ProvisioningParts,
  context: Context,
  { on, xml }: { readonly on: OnHost; readonly xml: string },
): Promise<VolumePlace[]> {
  const own = parseVmXml(xml).disks.filter(
    (disk) => disk.source !== '' && (!disk.readonly || disk.source.endsWith('-seed.iso')),
  );
  const volumes: VolumePlace[] = [];
  for (const { source } of own) {
    const volume = await volumeAt(on, source, context.signal);
    const sharer =
      volume && (await volumeSharer(parts.store.tables(), context.input, { ...volume, path: source }));
    if (volume === undefined) context.log('warn', `${source} is in no storage pool and stays where it is.`);
    else if (sharer === undefined) volumes.push({ ...volume, path: source });
    else context.log('warn', `${source} is a disk of ${sharer} too and stays where it is.`);
  }
  return volumes;
}

function powerOff(parts: ProvisioningParts): Step {
  return {
    name: 'off',
    title: ({ name }) => `Cut the power of ${name}`,
    attempts: TRIES,
    run: async (context) =>
      await onItsHost(parts, context, async (on) => {
        await cutPower(on, context);
      }),
  };
}

function undefine(parts: ProvisioningParts): Step {
  return {
    name: 'undefine',
    title: ({ hostName }) => `Remove its definition from ${hostName}`,
    attempts: TRIES,
    run: async (context) =>
      await onItsHost(parts, context, async (on) => {
        const flags =
          undefineFlags.managedSave |
          undefineFlags.snapshotsMetadata |
          undefineFlags.checkpointsMetadata |
          undefineFlags.nvram;
        await ifDomain(on, context, async (domain) => {
          await context.stillOurs();
          await on.api.domains.undefine(domain, flags, { signal: context.signal });
        });
        // Somebody may have started it since its power was cut; without a definition nobody can any more.
        await cutPower(on, context);
      }),
  };
}

function deleteVolumes(parts: ProvisioningParts): Step {
  return {
    name: 'disks',
    title: () => 'Delete its disks and seed',
    attempts: TRIES,
    run: async (context, { volumes = [], remembered = false }) =>
      await onItsHost(parts, context, async ({ api }) => {
        for (const [index, volume] of volumes.entries()) {
          const at = { hostId: context.input.hostId, volume };
          await withSharedVolume(parts.store, { ...at, signal: context.signal }, async () => {
            const user = await userNow(parts, context, { api, volume, remembered });
            if (user === undefined) await dropVolume(api, volume, context);
            else context.log('warn', `${volume.name} is a disk of ${user} by now and stays where it is.`);
          });
          context.progress(index + 1, volumes.length, 'items');
        }
      }),
  };
}

/** Who has a volume right before it is deleted: by the rows, and where time has passed by the definitions on its host, too. */
async function userNow(
  parts: ProvisioningParts,
  context: Context,
  at: Pick<OnHost, 'api'> & { readonly volume: State['volumes'][number]; readonly remembered: boolean },
): Promise<string | undefined> {
  const { api, remembered } = at;
  const { path } = at.volume;
  if (path === undefined) return undefined;
  const volume = { ...at.volume, path };
  const sharer = await volumeSharer(parts.store.tables(), context.input, volume);
  if (sharer !== undefined || !remembered) return sharer;
  return await definitionWith({ api, uuid: context.input.uuid, signal: context.signal }, volume);
}

function forget(parts: ProvisioningParts): Step {
  return {
    name: 'forget',
    title: ({ name }) => `Take ${name} off the list`,
    attempts: TRIES,
    run: async ({ input }) => {
      await forgetDeleted(parts.store, input);
      await rememberVolumes(parts.store, input, []);
    },
  };
}

type Context = Parameters<Step['run']>[0];

/**
 * As `onHost`, while the VM is still there: one that was moved since would be lost with what has its UUID or its old disks here. Whoever begins a
 * move holds the VM's lock and sees this task, so what is so now stays so while it works.
 */
async function onItsHost<T>(
  parts: ProvisioningParts,
  context: Context,
  work: (on: OnHost) => Promise<T>,
): Promise<T> {
  await parts.store.transaction(async (trx) => await requireThere(parts.store, trx, context.input), {
    repeatable: true,
  });
  return await onHost(parts, context, work);
}

async function cutPower(on: OnHost, context: Context): Promise<void> {
  const { signal } = context;
  await ifDomain(on, context, async (domain) => {
    if (!(await on.api.domains.isActive(domain, { signal }))) return;
    await context.stillOurs();
    await on.api.domains.destroy(domain, 0, { signal }).catch((error: unknown) => {
      // It went off between the look and the cut.
      if (!isCode(error, 'VIR_ERR_OPERATION_INVALID')) throw error;
    });
  });
}

/** Runs `work` unless the domain is gone, which is what is wanted. */
async function ifDomain<T>(
  { api }: OnHost,
  { input, signal }: Context,
  work: (domain: Awaited<ReturnType<typeof api.domains.lookupByUuid>>) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work(await api.domains.lookupByUuid(input.uuid, { signal }));
  } catch (error) {
    if (isCode(error, 'VIR_ERR_NO_DOMAIN')) return undefined;
    throw error;
  }
}

async function volumeAt(
  { api }: OnHost,
  path: string,
  signal: AbortSignal,
): Promise<{ pool: string; name: string } | undefined> {
  try {
    const volume = await api.storage.lookupVolumeByPath(path, { signal });
    if (volume.name.startsWith('innkeeper-template-'))
      throw new OperatingFailure({
        code: 'disk-is-template',
        sentence: `A disk of this VM is the template image ${volume.name} itself. Detach it by hand first.`,
      });
    return { pool: volume.pool, name: volume.name };
  } catch (error) {
    if (isCode(error, 'VIR_ERR_NO_STORAGE_VOL')) return undefined;
    throw error;
  }
}
