import { sentenceOf } from '../../../../shared/contract/outcome.ts';
import { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import { formatBytes } from '../../../../shared/kernel/bytes.ts';
import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import { undefineFlags } from '../../../platform/libvirt/flags.ts';
import { noCloudImage } from '../../../platform/nocloud/nocloud-seed.ts';
import type { StepContext, TaskDefinition, TaskStep } from '../../../platform/tasks/task-definition.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { awaitGuest } from './guest-ready.ts';
import { dropUnfinished, findVolume, isCode } from '../hosts/host-volume.ts';
import { vmDomainXml, volumeXml } from './vm-domain-xml.ts';
import { scriptPurpose, type VmProvisionInput } from './vm-provision-input.ts';
import { onHost, TRIES, type OnHost, type ProvisioningParts } from './vm-provisioning-parts.ts';
import { dropProvisioned, markProvisioned } from './vm-provisioning-store.ts';
import { reserveVm } from './vm-reserve.ts';

type Input = VmProvisionInput;
type State = {
  readonly templatePool: string;
  readonly diskPath: string;
  readonly seedPath: string;
  readonly address: string;
  readonly readyBy: string;
};
type Step = TaskStep<Input, State>;

/**
 * Makes a VM from a template. Every name is fixed before the first step, so a step that ran half is found and taken up or made
 * anew; until the domain is defined nothing on the host belongs to anybody, and afterwards the volumes are only touched by undo.
 */
export function vmProvisionTask(parts: ProvisioningParts): TaskDefinition<Input, State> {
  return {
    kind: 'vm-provision',
    title: (input) => `Make ${input.name} on ${input.hostName} from ${input.templateName}`,
    subject: (input) => ({ kind: 'vm', id: input.vmId, name: input.name }),
    steps: [
      copyTemplate(parts),
      makeDisk(parts),
      makeSeed(parts),
      define(parts),
      start(parts),
      awaitReady(parts),
      finish(parts),
    ],
    result: (state) => ({ address: state.address ?? '', readyBy: state.readyBy ?? '' }),
  };
}

/** The row that was reserved with the task is given up last of all undos, so it is the first step's. */
function copyTemplate(parts: ProvisioningParts): Step {
  return {
    name: 'template',
    title: ({ hostName, templateName }) => `Have ${templateName} on ${hostName}`,
    attempts: TRIES,
    run: async ({ input, signal, progress }) => {
      await keepReserved(parts.store, input);
      const copy = await parts.templates.ensureOnHost(input.templateId, input.hostId, {
        signal,
        progress: (done, total) => progress(done, total, 'bytes'),
      });
      return { templatePool: copy.pool };
    },
    undo: async ({ input }) => await dropProvisioned(parts.store, input),
  };
}

/** A task that is tried again has given up its place: it is taken anew, or somebody else has it. */
async function keepReserved(store: Store, input: Input): Promise<void> {
  const nowMs = await store.nowMs();
  const reserved = await store.transaction<FleetTables, Awaited<ReturnType<typeof reserveVm>>>(
    async (trx) => await reserveVm(store, trx, { task: input, nowMs }),
    { repeatable: true },
  );
  if (reserved.ok) return;
  const sentence = sentenceOf(fleetContract.vmCreate.refusals[reserved.code], reserved.facts);
  throw new OperatingFailure({ code: reserved.code, sentence });
}

function makeDisk(parts: ProvisioningParts): Step {
  return {
    name: 'disk',
    title: ({ diskBytes }) => `Make the disk of ${formatBytes(diskBytes)}`,
    attempts: TRIES,
    run: async (context, { templatePool = context.input.pool }) => {
      const { input, signal } = context;
      return await onHost(parts, context, async ({ api }) => {
        const pool = await api.storage.lookupPoolByName(input.pool, { signal });
        await dropUnfinished(api, { pool: input.pool, name: input.diskVolume }, context);
        const template = await findVolume(api, { pool: templatePool, name: input.templateVolume }, signal);
        if (!template)
          throw new OperatingFailure({
            code: 'template-gone',
            sentence: `${input.hostName} has lost its copy of ${input.templateName}. Try again: it is copied anew.`,
            mayRetry: true,
          });
        const made = await api.storage.volumeInfo(template, { signal });
        const xml = volumeXml({ name: input.diskVolume, format: 'qcow2', capacityBytes: made.capacityBytes });
        const disk = await api.storage.cloneVolume(pool, xml, template, 0, { signal });
        if (input.diskBytes > made.capacityBytes)
          await api.storage.resizeVolume(disk, input.diskBytes, 0, { signal });
        return { diskPath: await api.storage.volumePath(disk, { signal }) };
      });
    },
    undo: async (context) =>
      await onHost(
        parts,
        context,
        async ({ api }) =>
          await dropUnfinished(api, { pool: context.input.pool, name: context.input.diskVolume }, context),
      ),
  };
}

function makeSeed(parts: ProvisioningParts): Step {
  return {
    name: 'seed',
    title: ({ name }) => `Make the first-boot seed of ${name}`,
    attempts: TRIES,
    run: async (context) => {
      const { input, signal } = context;
      const image = seedOf(input, await scriptOf(parts, input));
      return await onHost(parts, context, async ({ api }) => {
        await dropUnfinished(api, { pool: input.pool, name: input.seedVolume }, context);
        const pool = await api.storage.lookupPoolByName(input.pool, { signal });
        const seed = await api.storage.createVolume(
          pool,
          volumeXml({ name: input.seedVolume, format: 'raw', capacityBytes: image.length }),
          0,
          { signal },
        );
        await api.storage.uploadVolume(seed, {}, [image], { signal });
        return { seedPath: await api.storage.volumePath(seed, { signal }) };
      });
    },
    undo: async (context) =>
      await onHost(
        parts,
        context,
        async ({ api }) =>
          await dropUnfinished(api, { pool: context.input.pool, name: context.input.seedVolume }, context),
      ),
  };
}

function define(parts: ProvisioningParts): Step {
  return {
    name: 'define',
    title: ({ name, hostName }) => `Define ${name} on ${hostName}`,
    attempts: TRIES,
    run: async (context, { diskPath = '', seedPath = '' }) => {
      const xml = vmDomainXml(context.input, { disk: diskPath, seed: seedPath });
      // Defining the same UUID again replaces the definition: safe to repeat.
      await onHost(
        parts,
        context,
        async ({ api }) => void (await api.domains.define(xml, 0, { signal: context.signal })),
      );
    },
    undo: async (context) => await onHost(parts, context, async (on) => await undefineOf(on, context)),
  };
}

function start(parts: ProvisioningParts): Step {
  return {
    name: 'start',
    title: ({ name }) => `Start ${name}`,
    attempts: TRIES,
    run: async (context) => {
      const { input, signal } = context;
      await onHost(parts, context, async ({ api }) => {
        const domain = await api.domains.lookupByUuid(input.uuid, { signal });
        // After a crash in mid-step it may run already; libvirt itself refuses a second start of one domain.
        if (!(await api.domains.isActive(domain, { signal }))) await api.domains.start(domain, 0, { signal });
      });
    },
    undo: async (context) => await onHost(parts, context, async (on) => await powerOff(on, context)),
  };
}

function awaitReady(parts: ProvisioningParts): Step {
  return {
    name: 'ready',
    title: ({ name }) => `Wait until ${name} answers`,
    attempts: TRIES,
    run: async (context) => {
      const ready = await onHost(
        parts,
        context,
        async (on) =>
          await awaitGuest(on, context.input, {
            signal: context.signal,
            log: (text) => context.log('info', text),
          }),
      );
      context.log(
        'info',
        `${context.input.name} answers at ${ready.address === '' ? 'no address' : ready.address} (${ready.readyBy}).`,
      );
      return ready;
    },
  };
}

function finish(parts: ProvisioningParts): Step {
  return {
    name: 'finish',
    title: ({ name }) => `Hand over ${name}`,
    attempts: TRIES,
    run: async ({ input }, { address = '' }) =>
      await markProvisioned(parts.store, { ...input, source: input.network.name, address }),
  };
}

async function scriptOf({ sealer }: ProvisioningParts, { vmId, sealed }: Input): Promise<string> {
  return sealed === undefined ? '' : await sealer.open(sealed.firstBootScript, scriptPurpose(vmId));
}

function seedOf(input: Input, firstBootScript: string): Uint8Array {
  return noCloudImage({
    instanceId: input.vmId,
    hostname: input.name,
    sshKeys: input.sshKeys,
    firstBootScript,
    ...(input.address ? { address: { mac: input.mac, ...input.address } } : {}),
  });
}

export async function powerOff(
  { api }: Pick<OnHost, 'api'>,
  { input, signal, stillOurs }: StepContext<{ readonly uuid: string }>,
): Promise<void> {
  try {
    const domain = await api.domains.lookupByUuid(input.uuid, { signal });
    if (!(await api.domains.isActive(domain, { signal }))) return;
    await stillOurs();
    await api.domains.destroy(domain, 0, { signal });
  } catch (error) {
    if (!isCode(error, 'VIR_ERR_NO_DOMAIN', 'VIR_ERR_OPERATION_INVALID')) throw error;
  }
}

/** Takes a definition off its host, with all that libvirt keeps beside it; done when there is none. */
export async function undefineOf(
  { api }: Pick<OnHost, 'api'>,
  { input, signal, stillOurs }: StepContext<{ readonly uuid: string }>,
): Promise<void> {
  try {
    const domain = await api.domains.lookupByUuid(input.uuid, { signal });
    await stillOurs();
    await api.domains.undefine(
      domain,
      undefineFlags.managedSave |
        undefineFlags.nvram |
        undefineFlags.snapshotsMetadata |
        undefineFlags.checkpointsMetadata,
      { signal },
    );
  } catch (error) {
    if (!isCode(error, 'VIR_ERR_NO_DOMAIN')) throw error;
  }
}
