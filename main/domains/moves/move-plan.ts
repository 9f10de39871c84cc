import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { domainListFlags, domainXmlFlags } from '../../platform/libvirt/flags.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { DomainRef } from '../../platform/libvirt/xdr-objects.ts';
import type { StepContext } from '../../platform/tasks/task-definition.ts';
import { viewOf } from './migration-look.ts';
import { hasBacking, planStorage, type Definitions, type StoragePlan } from './move-storage.ts';
import { hasBackingFile, stateFilesOf } from './move-xml.ts';
import type { MoveEnds } from './shared-path.ts';
import type { VmMoveInput, VmMoveState } from './vm-move-input.ts';

type Context = StepContext<VmMoveInput>;

/** What is to be done, found out on both hosts; all that speaks against it is said before anything is copied. */
export async function planMove(
  ends: MoveEnds,
  context: Context,
): Promise<StoragePlan & Pick<VmMoveState, 'autostart' | 'persistent'>> {
  const { input, signal } = context;
  await refuseKnown(ends.target, context);
  await refuseKept(ends.source, context);
  const domain = await ends.source.domains.lookupByUuid(input.uuid, { signal });
  const { definitions, persistent, autostart } = await readDefinitions(ends.source, domain, context);
  refuseStateFiles(definitions.now, input);
  const storage = await planStorage(ends, definitions, context);
  if (storage.storage === 'copy' && hasBackingFile(definitions.now)) throw hasBacking(input.name);
  return { ...storage, autostart, persistent };
}

async function readDefinitions(
  api: LibvirtApi,
  domain: DomainRef,
  { input, signal }: Context,
): Promise<{ definitions: Definitions; persistent: boolean; autostart: boolean }> {
  const persistent = await api.domains.isPersistent(domain, { signal });
  const now = await api.domains.xml(domain, 0, { signal });
  const next =
    persistent && input.live ? await api.domains.xml(domain, domainXmlFlags.inactive, { signal }) : undefined;
  const autostart = persistent && (await api.domains.autostart(domain, { signal }));
  return { definitions: { now, next }, persistent, autostart };
}

/** A running VM takes them along; of one that is off they are files of its host that no pool shows. */
function refuseStateFiles(xml: string, { live, name, fromName }: VmMoveInput): void {
  const files = live ? '' : stateFilesOf(xml);
  if (files === '') return;
  throw new OperatingFailure({
    code: 'state-stays-behind',
    sentence: `${name} keeps ${files} in files of ${fromName} that are not copied while it is off. Start it, and move it while it runs.`,
  });
}

/** What is there under its name or UUID is not of this move: it is not written over. */
async function refuseKnown(target: LibvirtApi, { input, signal }: Context): Promise<void> {
  const view = await viewOf(target, input.uuid, signal);
  const same = (await target.domains.listAll(0, { signal })).find((domain) => domain.name === input.name);
  if (view.state === null && same === undefined) return;
  throw new OperatingFailure({
    code: 'known-at-target',
    sentence: `${input.toName} has a VM of this name or UUID already (${view.state ?? 'another one'}). Remove or rename it there first.`,
  });
}

/** libvirt moves nothing that other files hang on: said before anything is copied. */
async function refuseKept(source: LibvirtApi, { input, signal }: Context): Promise<void> {
  const kinds = [
    [domainListFlags.hasSnapshot, 'snapshots: delete them'],
    [domainListFlags.hasCheckpoint, 'checkpoints of backups: delete them'],
    [domainListFlags.managedSave, 'a saved state: start it, or discard that'],
  ] as const;
  for (const [flag, what] of kinds) {
    const found = await source.domains.listAll(flag, { signal });
    if (found.some((domain) => domain.uuid === input.uuid))
      throw new OperatingFailure({ code: 'vm-holds-on', sentence: `${input.name} has ${what} first.` });
  }
}
