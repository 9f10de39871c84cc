import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { domainXmlFlags } from '../../platform/libvirt/flags.ts';
import type { LibvirtConnection } from '../../platform/libvirt/libvirt-connection.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { StepContext } from '../../platform/tasks/task-definition.ts';
import { findVolume, isCode } from '../fleet/fleet-public.ts';
import { viewOf } from './migration-look.ts';
import { noteProgress } from './move-store.ts';
import { xmlForTarget } from './move-xml.ts';
import type { MovesParts } from './moves-parts.ts';
import {
  drivePlanOf,
  sourceHost,
  targetHost,
  type DiskPlan,
  type VmMoveInput,
  type VmMoveState,
} from './vm-move-input.ts';

type Context = StepContext<VmMoveInput>;

/** `virDomainEventType`: somebody starts it. */
const STARTED = 2;

/**
 * Moves a VM that is off: its disks are copied through this engine, it is defined at the target and its old definition removed. A start in the
 * middle, heard of by the host's events, spoils the copy, which is then given up, and so does another definition. It is on neither host startable
 * twice but for the moment between the two definitions; whoever starts the old one then keeps it.
 */
export async function copyCold(
  parts: MovesParts,
  context: Context,
  state: Readonly<Partial<VmMoveState>>,
): Promise<void> {
  const { input, signal } = context;
  const { disks = [] } = state;
  await parts.hosts.on(
    sourceHost(input),
    signal,
    async (source) =>
      await parts.hosts.on(targetHost(input), signal, async (target) => {
        requireOff((await viewOf(source.session, input.uuid, signal)).state, input);
        await using from = await source.session.openStreamConnection(signal);
        await using to = await target.session.openStreamConnection(signal);
        await using ears = await source.session.openAnother(signal);
        const started = await startsOf(ears, input.uuid);
        const copied = disks.filter((disk) => disk.kind === 'disk');
        const xml = await definitionOf(source.session, context);
        const paths = copied.map((disk) => disk.path);
        const portable = await definitionOf(source.session, context, domainXmlFlags.migratable);
        const targetXml = xmlForTarget(portable, drivePlanOf(state), paths);
        await copyDisks(parts, { from, to }, copied, {
          ...context,
          signal: AbortSignal.any([signal, started]),
        });
        requireOff((await viewOf(source.session, input.uuid, signal)).state, input);
        if (started.aborted) throw startedMeanwhile(input);
        await requireSame(source.session, xml, context);
        await handOver(
          { source: source.session, target: target.session },
          { xml, targetXml, started },
          context,
        );
      }),
  );
}

interface Ends {
  readonly source: LibvirtApi;
  readonly target: LibvirtApi;
}

/**
 * What an attempt left that broke off, and what is made of it before anything else is done: a copy that its definition at the target stands on is
 * never written again. A VM that was started in the moment in which its definition was taken away runs on without one: it gets it back, and stays.
 */
export async function settleCold(
  parts: Pick<MovesParts, 'hosts'>,
  context: Context,
): Promise<'at-source' | 'at-target'> {
  const { input, signal } = context;
  return await parts.hosts.on(
    sourceHost(input),
    signal,
    async ({ session: source }) =>
      await parts.hosts.on(targetHost(input), signal, async ({ session: target }) => {
        const here = await viewOf(source, input.uuid, signal);
        const there = await viewOf(target, input.uuid, signal);
        if (here.state === null) return there.state === null ? 'at-source' : 'at-target';
        if (here.id !== -1 && !here.persistent && there.state !== null) {
          await source.domains.define(await definitionOf(source, context), 0, { signal });
          context.log('warn', `${input.name} was started on ${input.fromName} meanwhile, and stays there.`);
        }
        if (there.state !== null && there.id !== -1) throw startedThere(input);
        if (there.state !== null) await undefine(target, context);
        return 'at-source';
      }),
  );
}

/** From one definition to the other. What is started or changed at the source until its definition is gone stays there. */
async function handOver(
  { source, target }: Ends,
  {
    xml,
    targetXml,
    started,
  }: { readonly xml: string; readonly targetXml: string; readonly started: AbortSignal },
  context: Context,
): Promise<void> {
  const { input, signal, stillOurs } = context;
  await stillOurs();
  await target.domains.define(targetXml, 0, { signal });
  requireOff((await viewOf(source, input.uuid, signal)).state, input);
  await requireSame(source, xml, context);
  await undefine(source, context);
  // Started in the moment before: it runs on without a definition, and on disks that are older at the target.
  const left = await viewOf(source, input.uuid, signal);
  // Or it is off again already.
  if (left.state === null && !started.aborted) return;
  await source.domains.define(xml, 0, { signal });
  await undefine(target, context);
  throw startedMeanwhile(input);
}

/** As it starts next, with its secrets: it is written at the target, or back. */
async function definitionOf(
  api: LibvirtApi,
  { input, signal }: Context,
  moreFlags: number = 0,
): Promise<string> {
  const domain = await api.domains.lookupByUuid(input.uuid, { signal });
  return await api.domains.xml(domain, domainXmlFlags.secure | domainXmlFlags.inactive | moreFlags, {
    signal,
  });
}

async function requireSame(source: LibvirtApi, xml: string, context: Context): Promise<void> {
  if ((await definitionOf(source, context)) === xml) return;
  const { name, fromName } = context.input;
  throw new OperatingFailure({
    code: 'changed-meanwhile',
    sentence: `${name} was changed on ${fromName} while its disks were being copied. Move it again.`,
  });
}

async function startsOf(connection: LibvirtConnection, uuid: string): Promise<AbortSignal> {
  const started = new AbortController();
  await connection.listen(['domainLifecycle'], (event) => {
    if (
      event.name === 'domainLifecycle' &&
      event.payload.dom.uuid === uuid &&
      event.payload.event === STARTED
    )
      started.abort();
  });
  return started.signal;
}

async function copyDisks(
  parts: Pick<MovesParts, 'store'>,
  ends: { readonly from: LibvirtApi; readonly to: LibvirtApi },
  disks: readonly DiskPlan[],
  context: Context,
): Promise<void> {
  const { signal } = context;
  const sources = [];
  for (const disk of disks) {
    const volume = await findVolume(ends.from, { pool: disk.pool, name: disk.volume }, signal);
    if (volume === undefined)
      throw new OperatingFailure({ code: 'disk-gone', sentence: `${disk.path} is gone.` });
    const { allocationBytes } = await ends.from.storage.volumePhysicalInfo(volume, { signal });
    sources.push({ disk, volume, bytes: allocationBytes });
  }
  const totalBytes = sources.reduce((sum, source) => sum + source.bytes, 0);
  let before = 0;
  const began = performance.now();
  let toldMs = began;
  for (const { disk, volume, bytes } of sources) {
    const target = await findVolume(ends.to, { pool: disk.toPool, name: disk.toVolume }, signal);
    if (target === undefined)
      throw new OperatingFailure({ code: 'disk-gone', sentence: `${disk.toPath} is gone.`, mayRetry: true });
    const stream = await ends.from.storage.downloadVolume(volume, {}, { signal });
    const done = before;
    await ends.to.storage.uploadVolume(target, {}, stream, {
      signal,
      onProgress: (sentBytes) => {
        const nowMs = performance.now();
        context.progress(done + sentBytes, totalBytes, 'bytes');
        if (nowMs - toldMs < 1_000) return;
        toldMs = nowMs;
        const bytesPerSecond = ((done + sentBytes) * 1_000) / (nowMs - began);
        void noteProgress(parts.store, context.input.moveId, {
          totalBytes,
          doneBytes: done + sentBytes,
          bytesPerSecond,
        }).catch(() => undefined);
      },
    });
    before += bytes;
    const pool = await ends.to.storage.lookupPoolByName(disk.toPool, { signal });
    await ends.to.storage.refreshPool(pool, { signal }).catch(() => undefined);
  }
}

async function undefine(api: LibvirtApi, { input, signal, stillOurs }: Context): Promise<void> {
  try {
    const domain = await api.domains.lookupByUuid(input.uuid, { signal });
    await stillOurs();
    await api.domains.undefine(domain, 0, { signal });
  } catch (error) {
    if (!isCode(error, 'VIR_ERR_NO_DOMAIN')) throw error;
  }
}

function startedThere({ name, toName, fromName }: VmMoveInput): OperatingFailure {
  return new OperatingFailure({
    code: 'started-at-target',
    sentence: `${name} was started on ${toName} before its definition on ${fromName} was gone. Force off the one that is not wanted and take its definition away with virsh undefine, then try again.`,
  });
}

function requireOff(state: string | null, input: VmMoveInput): void {
  if (state !== 'shutoff' && state !== 'crashed') throw startedMeanwhile(input);
}

function startedMeanwhile({ name, fromName }: VmMoveInput): OperatingFailure {
  return new OperatingFailure({
    code: 'started-meanwhile',
    sentence: `${name} was started on ${fromName} while its disks were being copied. Move it again: it then moves while it runs.`,
  });
}
