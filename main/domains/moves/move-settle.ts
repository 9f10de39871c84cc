import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { undefineFlags } from '../../platform/libvirt/flags.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { StepContext } from '../../platform/tasks/task-definition.ts';
import { isCode } from '../fleet/fleet-public.ts';
import { judge, viewOf, type HostView } from './migration-look.ts';
import type { MovesParts } from './moves-parts.ts';
import { sourceHost, targetHost, type VmMoveInput } from './vm-move-input.ts';

type Context = Pick<StepContext<VmMoveInput>, 'input' | 'signal' | 'stillOurs' | 'log'>;

export interface Settled {
  readonly at: 'source' | 'target';
  readonly source: HostView;
  readonly target: HostView;
}

const LOOK_AGAIN_MS = 200;
/** A job that is being cancelled, or whose connection broke, ends sooner. */
const PATIENCE_MS = 60_000;

/**
 * Looks at both hosts and brings what an attempt left to an end: the VM is at one of them afterwards, running as it did, and the other has
 * nothing of it but volumes. Nothing is done while one of them cannot be seen. Fails, to be tried again, until both are.
 */
export async function settle(parts: Pick<MovesParts, 'hosts'>, context: Context): Promise<Settled> {
  const { input, signal } = context;
  const began = performance.now();
  return await parts.hosts.on(
    sourceHost(input),
    signal,
    async ({ session: source }) =>
      await parts.hosts.on(targetHost(input), signal, async ({ session: target }) => {
        for (;;) {
          const views = await look({ source, target }, context);
          const verdict = judge(views.source, views.target);
          if (verdict === 'at-source') return { at: 'source', ...views };
          if (verdict === 'at-target') return { at: 'target', ...views };
          const isLate = performance.now() - began > PATIENCE_MS;
          if (isLate || verdict === 'twice' || verdict === 'nowhere') throw unsettled(input, verdict, views);
          await act(verdict, { source, target }, context);
          await sleep(LOOK_AGAIN_MS, undefined, { signal });
        }
      }),
  );
}

interface Ends {
  readonly source: LibvirtApi;
  readonly target: LibvirtApi;
}

async function look(ends: Ends, { input, signal }: Context): Promise<{ source: HostView; target: HostView }> {
  const [source, target] = await Promise.all([
    viewOf(ends.source, input.uuid, signal),
    viewOf(ends.target, input.uuid, signal),
  ]);
  return { source, target };
}

async function act(verdict: ReturnType<typeof judge>, ends: Ends, context: Context): Promise<void> {
  const { input, log } = context;
  switch (verdict) {
    case 'stop-move':
      await context.stillOurs();
      log('info', `An unfinished move of ${input.name} is stopped.`);
      await stopMove(ends, context);
      return;
    case 'clear-target':
      log('info', `What came to ${input.toName} of an unfinished move is removed.`);
      await clear(ends.target, context);
      return;
    case 'clear-source':
      log('info', `${input.name} runs on ${input.toName}: its old instance on ${input.fromName} is removed.`);
      await clear(ends.source, context);
      return;
    case 'resume-source':
      log('info', `${input.name} goes on on ${input.fromName}.`);
      await resume(ends.source, context);
      return;
    default:
      return;
  }
}

/** The source ends its sending, or has ended it and stands still; what waits at the target can only be woken by who sent it. */
async function stopMove({ source, target }: Ends, context: Context): Promise<void> {
  const { input, signal } = context;
  try {
    const domain = await source.domains.lookupByUuid(input.uuid, { signal });
    await source.jobs.abort(domain, { signal });
  } catch (error) {
    if (!isCode(error, 'VIR_ERR_NO_DOMAIN', 'VIR_ERR_OPERATION_INVALID', 'VIR_ERR_OPERATION_TIMEOUT'))
      throw error;
    // Nothing is being sent (any more): the target's half holds it up.
    await clear(target, context);
  }
}

/** Removes an instance that does not run, and its definition. */
async function clear(api: LibvirtApi, { input, signal, stillOurs }: Context): Promise<void> {
  try {
    const domain = await api.domains.lookupByUuid(input.uuid, { signal });
    await stillOurs();
    if (await api.domains.isActive(domain, { signal })) await api.domains.destroy(domain, 0, { signal });
    if (await api.domains.isPersistent(domain, { signal }))
      await api.domains.undefine(domain, undefineFlags.managedSave | undefineFlags.nvram, { signal });
  } catch (error) {
    if (!isCode(error, 'VIR_ERR_NO_DOMAIN', 'VIR_ERR_OPERATION_INVALID', 'VIR_ERR_OPERATION_TIMEOUT'))
      throw error;
  }
}

async function resume(api: LibvirtApi, { input, signal, stillOurs }: Context): Promise<void> {
  try {
    const domain = await api.domains.lookupByUuid(input.uuid, { signal });
    await stillOurs();
    await api.domains.resume(domain, { signal });
  } catch (error) {
    if (!isCode(error, 'VIR_ERR_NO_DOMAIN', 'VIR_ERR_OPERATION_INVALID', 'VIR_ERR_OPERATION_TIMEOUT'))
      throw error;
  }
}

function unsettled(
  input: VmMoveInput,
  verdict: string,
  views: { source: HostView; target: HostView },
): OperatingFailure {
  const words = ({ state, reason }: HostView): string =>
    state === null ? 'not there' : `${state} (${reason})`;
  const facts = `${input.fromName}: ${words(views.source)}; ${input.toName}: ${words(views.target)}`;
  if (verdict === 'twice')
    return new OperatingFailure({
      code: 'runs-twice',
      sentence: `${input.name} runs on both hosts (${facts}). Nothing was done: look at both and force off the one that is wrong.`,
    });
  if (verdict === 'nowhere')
    return new OperatingFailure({
      code: 'on-neither-host',
      sentence: `${input.name} is on neither host: somebody removed it meanwhile.`,
    });
  return new OperatingFailure({
    code: 'move-unclear',
    sentence: `What became of the move of ${input.name} cannot be told (${facts}). Look at both hosts; nothing was done.`,
    mayRetry: true,
  });
}
