import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import type { StepContext, TaskDefinition, TaskStep } from '../../../platform/tasks/task-definition.ts';
import { isCode } from '../hosts/host-volume.ts';
import { onHost, TRIES, type OnHost, type ProvisioningParts } from './vm-provisioning-parts.ts';
import { noteState } from './vm-on-host.ts';
import type { VmDeleteInput } from './vm-delete-task.ts';

export const VM_SHUTDOWN = 'vm-shutdown';

export interface VmShutdownInput extends VmDeleteInput {
  /** libvirt's number of the running instance, another after every start: nothing is done to a later one. */
  readonly domainId: number;
  readonly graceSeconds: number;
  readonly thenForce: boolean;
}
interface State {
  readonly off: boolean;
}
type Step = TaskStep<VmShutdownInput, State>;

const LOOK_EVERY_MS = 500;
/** A guest may miss the first press of the power button while it boots. */
const ASK_AGAIN_MS = 20_000;

/** Asks the guest to shut down, waits, and forces it off afterwards if that was wished for. */
export function vmShutdownTask(parts: ProvisioningParts): TaskDefinition<VmShutdownInput, State> {
  return {
    kind: VM_SHUTDOWN,
    title: ({ name }) => `Shut down ${name}`,
    subject: ({ vmId, name }) => ({ kind: 'vm', id: vmId, name }),
    steps: [ask(parts), forceOff(parts)],
    result: ({ off }) => ({ forced: off === false }),
  };
}

function ask(parts: ProvisioningParts): Step {
  return {
    name: 'ask',
    attempts: TRIES,
    title: ({ graceSeconds }) => `Ask the guest and wait up to ${graceSeconds} s`,
    run: async (context) =>
      await onHost(parts, context, async (on) => ({ off: await askAndWait(parts, on, context) })),
  };
}

function forceOff(parts: ProvisioningParts): Step {
  return {
    name: 'force',
    title: ({ thenForce }) => (thenForce ? 'Force it off if it is still on' : 'See that it is off'),
    attempts: TRIES,
    run: async (context, { off }) => {
      if (off) return;
      const { input, signal } = context;
      if (!input.thenForce) {
        throw new OperatingFailure({
          code: 'guest-stays-on',
          sentence: `${input.name} did not shut down within ${input.graceSeconds} s. Look at its console, give it longer, or force it off.`,
        });
      }
      await onHost(parts, context, async (on) => {
        const domain = await sameInstance(parts, on, context);
        if (domain === undefined) return;
        context.log('warn', `${input.name} did not shut down in time and is forced off.`);
        await context.stillOurs();
        await on.api.domains.destroy(domain, 0, { signal }).catch((error: unknown) => {
          if (!isCode(error, 'VIR_ERR_OPERATION_INVALID', 'VIR_ERR_NO_DOMAIN')) throw error;
        });
        await sameInstance(parts, on, context);
      });
    },
  };
}

async function askAndWait(
  parts: ProvisioningParts,
  on: OnHost,
  context: StepContext<VmShutdownInput>,
): Promise<boolean> {
  const { input, signal, progress } = context;
  const startMs = performance.now();
  const graceMs = input.graceSeconds * 1000;
  let askedMs = -Infinity;
  for (let nowMs = startMs; nowMs - startMs < graceMs; nowMs = performance.now()) {
    const domain = await sameInstance(parts, on, context);
    if (domain === undefined) return true;
    if (nowMs - askedMs >= ASK_AGAIN_MS) {
      askedMs = nowMs;
      await on.api.domains.shutdown(domain, 0, { signal }).catch((error: unknown) => {
        // It went off between the look and the question.
        if (!isCode(error, 'VIR_ERR_OPERATION_INVALID', 'VIR_ERR_NO_DOMAIN')) throw error;
      });
    }
    progress(Math.round((nowMs - startMs) / 1000), input.graceSeconds, 'items');
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
  return false;
}

/**
 * The instance that was to be shut down; undefined once it is off. A task that goes on hours later, after its engine was shut,
 * may find the VM started again by somebody: what was asked for has happened, and the new instance is left alone.
 */
async function sameInstance(
  parts: ProvisioningParts,
  { api }: OnHost,
  { input, signal }: StepContext<VmShutdownInput>,
): Promise<DomainRef | undefined> {
  const domain = await api.domains.lookupByUuid(input.uuid, { signal }).catch((error: unknown) => {
    // One without a definition is gone when it is off.
    if (isCode(error, 'VIR_ERR_NO_DOMAIN')) return undefined;
    throw error;
  });
  if (domain?.id === input.domainId) return domain;
  const isOff = domain !== undefined && !(await api.domains.isActive(domain, { signal }));
  if (isOff) await noteState(parts, { id: input.vmId, host_id: input.hostId }, 'shut-off');
  return undefined;
}
