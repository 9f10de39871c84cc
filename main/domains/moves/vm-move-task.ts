import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { domainXmlFlags } from '../../platform/libvirt/flags.ts';
import { LibvirtError } from '../../platform/libvirt/libvirt-errors.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { StepContext, TaskDefinition, TaskStep } from '../../platform/tasks/task-definition.ts';
import {
  isCode,
  moveFactsOf,
  recordMoved,
  vmStateOf,
  volumeSharer,
  type HostLink,
} from '../fleet/fleet-public.ts';
import { copyCold, settleCold } from './move-cold.ts';
import { beginMove, endMove, sinceOf } from './move-journal.ts';
import { downtimeOf, migrationFlags, runMigration } from './migration-run.ts';
import { viewOf } from './migration-look.ts';
import { settle } from './move-settle.ts';
import { planMove } from './move-plan.ts';
import { changeMove, movesOf, noteProgress, readCaps } from './move-store.ts';
import { dropSources, dropVolumes, makeVolumes } from './move-volumes.ts';
import { xmlForTarget } from './move-xml.ts';
import type { OtherUser } from './shared-path.ts';
import type { MovesParts } from './moves-parts.ts';
import {
  drivePlanOf,
  sourceHost,
  targetHost,
  VM_MOVE,
  type VmMoveInput,
  type VmMoveState,
} from './vm-move-input.ts';

type State = VmMoveState;
type Step = TaskStep<VmMoveInput, State>;
type Context = StepContext<VmMoveInput>;

const TRIES = 6;
/** A host that is away keeps a move open until it is seen again: half a minute each. */
const UNDO_TRIES = 2_880;
const PROGRESS_EVERY_MS = 1_000;

/**
 * Moves a VM to another host. Until it runs there everything can be taken back, and is: the VM runs where it was and the other host keeps nothing.
 * Whatever broke off, both hosts are looked at before anything else is done.
 */
export function vmMoveTask(parts: MovesParts): TaskDefinition<VmMoveInput, State> {
  return {
    kind: VM_MOVE,
    title: ({ name, fromName, toName }) => `Move ${name} from ${fromName} to ${toName}`,
    subject: ({ vmId, name }) => ({ kind: 'vm', id: vmId, name }),
    steps: [
      reserve(parts),
      plan(parts),
      volumes(parts),
      transfer(parts),
      sourceVolumes(parts),
      finish(parts),
    ],
    result: ({ storage, downtimeMs }) => ({ storage: storage ?? '', downtimeMs: downtimeMs ?? null }),
  };
}

function reserve(parts: MovesParts): Step {
  return {
    name: 'reserve',
    title: ({ toName }) => `Take a place on ${toName}`,
    attempts: TRIES,
    run: async (context) => await beginMove(parts, context),
    undo: async (context, { moved }) => await endMove(parts, context, moved === true),
  };
}

function plan(parts: MovesParts): Step {
  return {
    name: 'plan',
    title: ({ toName }) => `Look at its disks and at ${toName}`,
    attempts: TRIES,
    run: async (context) => {
      const facts = await moveFactsOf(parts.store.tables(), context.input.vmId);
      const to = facts?.hosts.find((host) => host.id === context.input.toHostId);
      if (facts === undefined || to === undefined) throw gone(context.input);
      const pools = { from: facts.from.pools, to: to.pools };
      const planned = await onBoth(
        parts,
        context,
        async (source, target) =>
          await planMove(
            { source: source.api, target: target.api, pools, otherUser: otherUserOf(parts, context) },
            context,
          ),
      );
      const db = movesOf(parts.store.tables());
      await changeMove(db, parts.store, context.input.moveId, { storage: planned.storage });
      return planned;
    },
  };
}

function volumes(parts: MovesParts): Step {
  return {
    name: 'volumes',
    title: ({ toName }) => `Make its disks on ${toName}`,
    attempts: TRIES,
    run: async (context, { disks = [] }) =>
      await onBoth(parts, context, async (source, target) => {
        await using from = await source.link.session.openStreamConnection(context.signal);
        await using to = await target.link.session.openStreamConnection(context.signal);
        await makeVolumes({ source: from, target: to }, disks, context);
      }),
    undoAttempts: UNDO_TRIES,
    undo: async (context, { disks = [], moved }) => {
      if (moved === true || disks.length === 0) return;
      await parts.hosts.on(targetHost(context.input), context.signal, async ({ session }) => {
        // Never under a VM, whatever else has happened.
        const view = await viewOf(session, context.input.uuid, context.signal);
        if (view.state === null) await dropVolumes(session, disks, context);
      });
    },
  };
}

function transfer(parts: MovesParts): Step {
  return {
    name: 'transfer',
    title: ({ live, toName }) => (live ? `Send it to ${toName} while it runs` : `Copy it to ${toName}`),
    attempts: TRIES,
    run: async (context, state) => {
      if (!context.input.live) return await transferCold(parts, context, state);
      if ((await settle(parts, context)).at === 'target') return await arrived(parts, context, state);
      if (context.attempt > 1) await volumes(parts).run(context, state);
      const outcome = await send(parts, context, state).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      context.signal.throwIfAborted();
      if ((await settle(parts, context)).at === 'target') return await arrived(parts, context, state);
      throw outcome?.error ?? new Error('the VM is where it was although its move was confirmed');
    },
    undoAttempts: UNDO_TRIES,
    undo: async (context, state) => {
      const { moved, disks } = state;
      // Its disks were not even looked at: nothing was begun.
      if (disks === undefined) return;
      if (!context.input.live && (await settleCold(parts, context)) === 'at-source') return;
      if (context.input.live && moved !== true && (await settle(parts, context)).at === 'source') return;
      await arrived(parts, context, state);
      context.log(
        'warn',
        `${context.input.name} was on ${context.input.toName} already: its old disks are left on ${context.input.fromName}.`,
      );
    },
  };
}

async function transferCold(
  parts: MovesParts,
  context: Context,
  state: Readonly<Partial<State>>,
): Promise<Partial<State>> {
  if ((await settleCold(parts, context)) === 'at-target')
    // Whether it was on for a moment at its old host, after the copy, nobody has seen.
    return { ...(await arrived(parts, context, state)), unseen: true };
  if (context.attempt > 1) await volumes(parts).run(context, state);
  await copyCold(parts, context, state);
  return await arrived(parts, context, state);
}

async function send(parts: MovesParts, context: Context, state: Readonly<Partial<State>>): Promise<void> {
  const { input, signal } = context;
  const { disks = [], shared = [], persistent = true } = state;
  const caps = await readCaps(movesOf(parts.store.tables()));
  const drives = drivePlanOf(state);
  await onBoth(parts, context, async (source, target) => {
    await using from = await source.link.session.openAnother(signal);
    await using to = await target.link.session.openAnother(signal);
    const dom = await from.domains.lookupByUuid(input.uuid, { signal });
    const { secure, migratable, inactive } = domainXmlFlags;
    const live = await from.domains.xml(dom, secure | migratable, { signal });
    const kept = persistent
      ? await from.domains.xml(dom, secure | migratable | inactive, { signal })
      : undefined;
    const copied = disks.filter((disk) => disk.kind === 'disk');
    const paths = copied.map((disk) => disk.path);
    const shape = {
      flags: migrationFlags({
        copy: copied.length > 0,
        shared: shared.length > 0,
        persistent,
        encrypt: caps.encrypt,
      }),
      targetXml: xmlForTarget(live, drives, paths),
      ...(kept === undefined ? {} : { persistentXml: xmlForTarget(kept, drives) }),
      ...(copied.length > 0 ? { disks: copied.map((disk) => disk.target) } : {}),
      ...(caps.mibPerSecond > 0 ? { bandwidthMibPerSecond: caps.mibPerSecond } : {}),
    };
    await context.stillOurs();
    const tell = progressTeller(parts, context);
    const job = { dom, shape, dataUri: `tcp://${inUri(input.toAddress)}`, signal, onProgress: tell };
    await runMigration({ source: from, target: to, watch: source.api }, job).catch((error: unknown) => {
      throw from.isAlive && to.isAlive ? saidBy(parts, input, error) : brokeOff(input, error);
    });
  });
}

/** Prepare and finish are the target's, all else is the source's. */
function saidBy(parts: Pick<MovesParts, 'hosts'>, input: VmMoveInput, error: unknown): unknown {
  const isTarget = error instanceof LibvirtError && /PREPARE|FINISH/.test(error.procedure);
  return parts.hosts.said(error, isTarget ? input.toName : input.fromName);
}

/** A daemon or the line to it went away, and the move with it: worth another try once both are there. */
function brokeOff({ name, fromName, toName }: VmMoveInput, cause: unknown): OperatingFailure {
  return new OperatingFailure({
    code: 'move-broke-off',
    sentence: `The connection to ${fromName} or ${toName} broke while ${name} was being sent.`,
    mayRetry: true,
    cause,
  });
}

/** An IPv6 address stands in brackets in a URI. */
function inUri(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function progressTeller(parts: MovesParts, context: Context) {
  let toldMs = -Infinity;
  return (progress: { totalBytes: number; doneBytes: number; bytesPerSecond: number }): void => {
    context.progress(progress.doneBytes, progress.totalBytes, 'bytes');
    if (performance.now() - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = performance.now();
    // What a person watches is not worth a move.
    void noteProgress(parts.store, context.input.moveId, progress).catch(() => undefined);
  };
}

/** It is there: written down at once, so that the list, the bill and the next step agree with the hosts. */
async function arrived(
  parts: MovesParts,
  context: Context,
  { autostart, persistent }: Readonly<Partial<State>>,
): Promise<Partial<State>> {
  const { input, signal } = context;
  const seen = await parts.hosts.on(targetHost(input), signal, async ({ session }) => {
    const view = await viewOf(session, input.uuid, signal);
    const domain = await session.domains.lookupByUuid(input.uuid, { signal });
    const { state } = await session.domains.state(domain, { signal });
    const downtimeMs = input.live ? await downtimeOf(session, domain, signal) : null;
    return { id: view.id, state: vmStateOf(state), downtimeMs };
  });
  const sinceMs = await sinceOf(parts, input.moveId);
  await parts.store.transaction(
    async (trx) => {
      await recordMoved(parts.store, trx, {
        ...input,
        domainId: seen.id === -1 ? null : seen.id,
        state: seen.state,
        sinceMs,
      });
      await changeMove(movesOf(trx), parts.store, input.moveId, { downtime_ms: seen.downtimeMs });
    },
    { repeatable: true },
  );
  if (autostart === true && persistent === true) await setAutostart(parts, context);
  const stood = seen.downtimeMs === null ? '' : `; it stood still for ${seen.downtimeMs} ms`;
  context.log('info', `${input.name} is on ${input.toName}${stood}.`);
  return { moved: true, downtimeMs: seen.downtimeMs };
}

/** What is deleted here was copied, and the copy is in use: the VM is at the target and nowhere else. */
function sourceVolumes(parts: MovesParts): Step {
  return {
    name: 'source-volumes',
    title: ({ keepSource, fromName }) =>
      keepSource ? `Leave its old disks on ${fromName}` : `Remove its old disks from ${fromName}`,
    attempts: TRIES,
    run: async (context, { disks = [], unseen = false }) => {
      if (context.input.keepSource || disks.length === 0) return;
      if (unseen) {
        context.log(
          'warn',
          `The old disks stay on ${context.input.fromName}: this engine was stopped while the VM changed hosts, so nobody has seen whether it was started there. Delete them once it runs well.`,
        );
        return;
      }
      await onBoth(parts, context, async (source, target) => {
        const [there, here] = await Promise.all([
          viewOf(target.api, context.input.uuid, context.signal),
          viewOf(source.api, context.input.uuid, context.signal),
        ]);
        if (there.state === null || here.state !== null) {
          context.log(
            'warn',
            `The old disks stay on ${context.input.fromName}: the hosts show it otherwise than it was left.`,
          );
          return;
        }
        const ends = { source: source.api, otherUser: otherUserOf(parts, context) };
        await dropSources(ends, disks, context);
      });
    },
  };
}

function finish(parts: MovesParts): Step {
  return {
    name: 'finish',
    title: ({ name }) => `Hand over ${name}`,
    attempts: TRIES,
    run: async (context) => await endMove(parts, context, true),
  };
}

/** Part of its arrival: whatever becomes of its old disks, it starts with its new host as it did with the old one. */
async function setAutostart(parts: MovesParts, { input, signal }: Context): Promise<void> {
  await parts.hosts.on(targetHost(input), signal, async ({ session }) => {
    try {
      const domain = await session.domains.lookupByUuid(input.uuid, { signal });
      await session.domains.setAutostart(domain, true, { signal });
    } catch (error) {
      // Somebody has taken its definition away meanwhile: nothing is left to start.
      if (!isCode(error, 'VIR_ERR_OPERATION_INVALID', 'VIR_ERR_NO_DOMAIN')) throw error;
    }
  });
}

interface OnHost {
  readonly link: HostLink;
  readonly api: LibvirtApi;
}

async function onBoth<T>(
  parts: Pick<MovesParts, 'hosts'>,
  { input, signal }: Context,
  work: (source: OnHost, target: OnHost) => Promise<T>,
): Promise<T> {
  return await parts.hosts.on(
    sourceHost(input),
    signal,
    async (source) =>
      await parts.hosts.on(
        targetHost(input),
        signal,
        async (target) =>
          await work({ link: source, api: source.session }, { link: target, api: target.session }),
      ),
  );
}

/** By the rows of all VMs: disks of VMs on other hosts that see the same storage are among them. */
function otherUserOf({ store }: Pick<MovesParts, 'store'>, { input }: Context): OtherUser {
  const asked = { vmId: input.vmId, hostId: input.fromHostId };
  return async (volume) => await volumeSharer(store.tables(), asked, volume);
}

function gone({ name, toName }: VmMoveInput): OperatingFailure {
  return new OperatingFailure({
    code: 'move-without-object',
    sentence: `${name} or ${toName} is no longer in the fleet.`,
  });
}
