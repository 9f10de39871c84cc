import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import { formatBytes } from '../../../../shared/kernel/bytes.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { FleetTables } from '../fleet-tables.ts';
import type { HostRecord, StoredFacts } from '../hosts/host-store.ts';
import { placementOf, poolForVms, whyOnNone } from '../hosts/host-placement.ts';
import type { VmProvisionInput } from './vm-provision-input.ts';
import { macOf, scriptPurpose, volumeNames } from './vm-provision-input.ts';
import { vmProvisionTask } from './vm-provision-task.ts';
import type { ProvisioningCommandParts, TemplateForProvision } from './vm-provisioning-parts.ts';
import { reserveVm } from './vm-reserve.ts';

type Operation = typeof fleetContract.vmCreate;
type Input = InputOf<Operation>;
type Answer = Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>;
type Code = RefusalCodeOf<Operation>;

/**
 * Reserves name and place of a VM and starts the task that makes it, in the call's transaction, which locks the template and the host: two
 * people cannot take the same name or the last gigabyte, and nothing it is made from goes away under it.
 */
export async function vmCreate(
  parts: ProvisioningCommandParts,
  input: Input,
  context: CallContext,
): Promise<Answer> {
  const db = context.tables<FleetTables>();
  const template = await parts.templates.forProvisionLocked(db, input.templateId);
  if (!template) return refuse('no-such-template', { templateId: input.templateId });
  const refused = whyTemplateDoesNotServe(template, input);
  if (refused) return refused;
  if (input.customerId !== null && (await parts.customerName(db, input.customerId)) === undefined)
    return refuse('no-such-customer', { customerId: input.customerId });
  const place = await choosePlace({ input, template }, context);
  if (!place.ok) return place;
  const task = await planOf(parts, { input, template, host: place.value });
  context.subject(`${input.name} on ${place.value.name}`);
  const trx = db as Transaction<FleetTables>;
  const reserved = await reserveVm(parts.store, trx, {
    task,
    nowMs: await parts.store.nowMs(trx),
  });
  if (!reserved.ok) return reserved;
  const { taskId } = await parts.tasks.start(vmProvisionTask(parts), task, {
    startedBy: context.actor.login,
    within: trx,
  });
  return done({ taskId, vmId: task.vmId, hostId: task.hostId });
}

function whyTemplateDoesNotServe(template: TemplateForProvision, input: Input): Answer | undefined {
  if (template.notReady !== '')
    return refuse('template-not-ready', { template: template.name, reason: template.notReady });
  const diskBytes = Math.max(template.minDiskBytes, template.virtualSizeBytes);
  const what =
    input.diskBytes < diskBytes
      ? `a disk of ${formatBytes(diskBytes)}`
      : input.memoryBytes < template.minMemoryBytes
        ? `${formatBytes(template.minMemoryBytes)} of memory`
        : input.vcpus < template.minVcpus
          ? `${template.minVcpus} vCPUs`
          : undefined;
  return what === undefined ? undefined : refuse('too-small', { template: template.name, what });
}

type Place = HostRecord & { readonly stored: StoredFacts };

async function choosePlace(
  { input, template }: { input: Input; template: TemplateForProvision },
  context: CallContext,
): Promise<Outcome<Place, Code>> {
  const db = context.tables<FleetTables>();
  const vm = { ...input, os: template.os };
  const rows = await placementOf(db, vm, {
    templateHostIds: template.hostIds,
    // Whoever names the host has said where.
    ...(input.clusterId === null || input.hostId !== null ? {} : { clusterId: input.clusterId }),
  });
  const wanted =
    input.hostId === null
      ? rows.find((row) => row.fits && hasNetwork(row.facts, input))
      : rows.find((row) => row.host.id === input.hostId);
  if (!wanted) {
    if (input.hostId !== null) return refuse('no-such-host', { hostId: input.hostId });
    const fitting = rows.find((row) => row.fits);
    if (fitting)
      return refuse('no-such-network', {
        host: fitting.host.name,
        kind: input.network.kind,
        network: input.network.name,
      });
    return refuse('nothing-fits', { reason: whyOnNone(vm, { rows, clusterId: input.clusterId }) });
  }
  if (!wanted.fits) return refuse('host-does-not-fit', { host: wanted.host.name, reason: wanted.reason });
  if (!hasNetwork(wanted.facts, input))
    return refuse('no-such-network', {
      host: wanted.host.name,
      kind: input.network.kind,
      network: input.network.name,
    });
  return done({ ...wanted.host, stored: wanted.facts });
}

function hasNetwork(facts: StoredFacts, { network }: Input): boolean {
  return facts.networks.some(
    (known) => known.active && known.kind === network.kind && known.name === network.name,
  );
}

async function planOf(
  { sealer }: ProvisioningCommandParts,
  from: { input: Input; template: TemplateForProvision; host: Place },
): Promise<VmProvisionInput> {
  const { template, host } = from;
  const { firstBootScript, clusterId: _clusterId, ...input } = from.input;
  const vmId = newId('vm');
  const uuid = randomUUID();
  return {
    ...input,
    vmId,
    uuid,
    hostId: host.id,
    hostName: host.name,
    pool: poolForVms(host.stored)?.name ?? 'default',
    ...volumeNames(input.name, vmId),
    mac: macOf(uuid),
    kvm: host.stored.kvm,
    arch: host.stored.arch === '' ? 'x86_64' : host.stored.arch,
    templateName: template.name,
    templateVolume: template.volumeName,
    os: template.os,
    ...(firstBootScript === ''
      ? {}
      : { sealed: { firstBootScript: await sealer.seal(firstBootScript, scriptPurpose(vmId)) } }),
  };
}
