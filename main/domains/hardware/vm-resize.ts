import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { InputOf } from '../../../shared/contract/operation.ts';
import type { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import { resizePlan, type ResizePlan, type SizeNow } from '../../../shared/domains/hardware/resize-rules.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { memoryFlags, vcpuFlags } from '../../platform/libvirt/flags.ts';
import { hostFailure, roomForMore, type FleetTables } from '../fleet/fleet-public.ts';
import type { Definition } from './definition-read.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { changeVm, lookAtVm, type ChangedVm, type ChangeOutcome, type OpenVm } from './vm-open.ts';

type Input = InputOf<typeof hardwareContract.vmResize>;

const sizeOf = ({ vcpus, vcpusMax, memoryBytes, memoryMaxBytes }: Definition) => ({
  vcpus,
  vcpusMax,
  memoryBytes,
  memoryMaxBytes,
});

/** CPU and memory of both definitions. */
export function sizeNow({ live, next }: Pick<OpenVm, 'live' | 'next'>): SizeNow {
  return {
    running: live === null ? null : { ...sizeOf(live), hasBalloon: live.hasBalloon },
    next: next === null ? null : sizeOf(next),
  };
}

function planFor(vm: OpenVm, { vcpus, memoryBytes, vcpusMax }: Input): ResizePlan {
  const now = sizeNow(vm);
  const room = vcpusMax ?? now.next?.vcpusMax ?? vcpus;
  return resizePlan(now, { vcpus, memoryBytes, vcpusMax: Math.max(room, vcpus) });
}

/** What a resize would do, by the VM as it is on its host now. */
export async function vmResizePlan(parts: HardwareParts, input: Input, context: CallContext) {
  return await lookAtVm(parts, { vmId: input.vmId, context }, async (vm) =>
    done({ effects: [...planFor(vm, input).effects] }),
  );
}

/** Changes CPU and memory: first what can refuse, the running guest, then the definition of its next start. */
export async function vmResize(
  parts: HardwareParts,
  input: Input,
  context: CallContext,
): Promise<ChangeOutcome<'no-room'>> {
  return await changeVm(parts, { vmId: input.vmId, action: 'resize', context }, async (vm) => {
    const db = parts.store.tables<FleetTables>();
    const reason = await roomForMore(db, vm.vm, input);
    if (reason !== '') return refuse('no-room', { host: vm.vm.host_name, reason });
    const plan = planFor(vm, input);
    await carryOut(vm, plan);
    return done({ effects: [...plan.effects] });
  });
}

async function carryOut(vm: ChangedVm, { live, config }: ResizePlan): Promise<void> {
  const { api, ref, signal } = vm;
  const { domains } = api;
  const did: string[] = [];
  const step = async (words: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
      did.push(words);
    } catch (error) {
      throw did.length === 0 ? error : halfDone(hostFailure(error, vm.vm.host_name), did);
    }
  };
  if (live.vcpus !== null) {
    const { vcpus } = live;
    await step(`it runs with ${vcpus} vCPUs`, async () => {
      await domains.setVcpus(ref, vcpus, vcpuFlags.live, { signal });
    });
  }
  if (live.memoryBytes !== null) {
    const { memoryBytes } = live;
    await step(`its balloon is at ${formatBytes(memoryBytes)}`, async () => {
      await domains.setMemory(ref, memoryBytes, memoryFlags.live, { signal });
    });
  }
  if (config === null) return;
  const { vcpus, vcpusMax, memoryBytes } = config;
  const most = vcpuFlags.config | vcpuFlags.maximum;
  const vcpusNow = vm.next?.vcpus ?? 1;
  await step(`its next start has ${vcpus} vCPUs`, async () => {
    // Room is made before it is used, and taken away after.
    if (vcpusMax >= vcpusNow) await domains.setVcpus(ref, vcpusMax, most, { signal });
    await domains.setVcpus(ref, vcpus, vcpuFlags.config, { signal });
    if (vcpusMax < vcpusNow) await domains.setVcpus(ref, vcpusMax, most, { signal });
  });
  await step(`its next start has ${formatBytes(memoryBytes)}`, async () => {
    await domains.setMemory(ref, memoryBytes, memoryFlags.config | memoryFlags.maximum, { signal });
    await domains.setMemory(ref, memoryBytes, memoryFlags.config, { signal });
  });
}

/** What was done stays done: whoever reads the failure must know. */
function halfDone(error: unknown, did: readonly string[]): unknown {
  if (!(error instanceof OperatingFailure)) return error;
  return new OperatingFailure({
    code: error.code,
    sentence: `${error.message} Done before that: ${did.join(', ')}.`,
    cause: error,
    ...(error.remote ? { remote: error.remote } : {}),
  });
}
