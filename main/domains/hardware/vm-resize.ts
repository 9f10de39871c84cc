import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { InputOf } from '../../../shared/contract/operation.ts';
import type { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import {
  resizePlan,
  withVcpusLeft,
  type HardwareEffect,
  type ResizePlan,
  type SizeNow,
} from '../../../shared/domains/hardware/resize-rules.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { memoryFlags, vcpuFlags } from '../../platform/libvirt/flags.ts';
import { hostFailure, isCode, roomForMore, type FleetTables } from '../fleet/fleet-public.ts';
import type { Definition } from './definition-read.ts';
import { NOT_WHILE_RUNNING, waitForGuest } from './device-change.ts';
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
    running:
      live === null ? null : { ...sizeOf(live), hasBalloon: live.hasBalloon, vcpusFixed: live.vcpusFixed },
    next: next === null ? null : sizeOf(next),
  };
}

function planFor(vm: OpenVm, { vcpus, memoryBytes, vcpusMax }: Input): ResizePlan {
  const now = sizeNow(vm);
  const room = vcpusMax ?? now.next?.vcpusMax ?? vcpus;
  return resizePlan(now, {
    vcpus,
    memoryBytes: memoryBytes ?? null,
    vcpusMax: Math.max(room, vcpus),
  });
}

/** What a resize would do, by the VM as it is on its host now, and whether its host has room for it. */
export async function vmResizePlan(parts: HardwareParts, input: Input, context: CallContext) {
  return await lookAtVm(parts, { vmId: input.vmId, context }, async (vm) =>
    done({ effects: [...planFor(vm, input).effects], noRoom: await noRoom(parts, vm, input) }),
  );
}

async function noRoom(
  { store }: HardwareParts,
  { vm }: ChangedVm,
  { vcpus, memoryBytes }: Input,
): Promise<string> {
  const at = { vmId: vm.id, hostId: vm.host_id };
  return await roomForMore(store.tables<FleetTables>(), at, { vcpus, memoryBytes: memoryBytes ?? null });
}

/** Changes CPU and memory: first what can refuse, the running guest, then the definition of its next start. */
export async function vmResize(
  parts: HardwareParts,
  input: Input,
  context: CallContext,
): Promise<ChangeOutcome<'no-room'>> {
  // What is left of a host is taken by one VM after the other.
  const sharedTurn = ({ host_id: hostId }: { host_id: string }): string => `room of ${hostId}`;
  return await changeVm(parts, { vmId: input.vmId, action: 'resize', context, sharedTurn }, async (vm) => {
    const reason = await noRoom(parts, vm, input);
    if (reason !== '') return refuse('no-room', { host: vm.vm.host_name, reason });
    return done({ effects: await carryOut(vm, planFor(vm, input)) });
  });
}

async function carryOut(vm: ChangedVm, plan: ResizePlan): Promise<HardwareEffect[]> {
  const { api, ref, signal } = vm;
  const { domains } = api;
  const { live, config } = plan;
  const did: string[] = [];
  const step = async (words: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
      did.push(words);
    } catch (error) {
      throw did.length === 0 ? error : halfDone(hostFailure(error, vm.vm.host_name), did);
    }
  };
  let effects = [...plan.effects];
  if (live.vcpus !== null) {
    const came = await changeVcpus(vm, plan, live.vcpus);
    ({ effects } = came);
    if (came.vcpus !== vm.live?.vcpus) did.push(`it runs with ${came.vcpus} vCPUs`);
  }
  if (live.memoryBytes !== null) {
    const { memoryBytes } = live;
    await step(`its balloon is at ${formatBytes(memoryBytes)}`, async () => {
      await domains.setMemory(ref, memoryBytes, memoryFlags.live, { signal });
    });
  }
  if (config === null) return effects;
  const { vcpus, vcpusMax, memoryBytes } = config;
  const most = vcpuFlags.config | vcpuFlags.maximum;
  const vcpusNow = vm.next?.vcpus ?? 1;
  await step(`its next start has ${vcpus} vCPUs`, async () => {
    // Room is made before it is used, and taken away after.
    if (vcpusMax >= vcpusNow) await domains.setVcpus(ref, vcpusMax, most, { signal });
    await domains.setVcpus(ref, vcpus, vcpuFlags.config, { signal });
    if (vcpusMax < vcpusNow) await domains.setVcpus(ref, vcpusMax, most, { signal });
  });
  if (memoryBytes === null) return effects;
  await step(`its next start has ${formatBytes(memoryBytes)}`, async () => {
    await domains.setMemory(ref, memoryBytes, memoryFlags.config | memoryFlags.maximum, { signal });
    await domains.setMemory(ref, memoryBytes, memoryFlags.config, { signal });
  });
  return effects;
}

/** A guest may keep a vCPU it is asked to give back, or be of a kind that takes none in: then its next start brings the change. */
async function changeVcpus(
  vm: ChangedVm,
  plan: ResizePlan,
  vcpus: number,
): Promise<{ readonly effects: HardwareEffect[]; readonly vcpus: number }> {
  const { api, ref, signal } = vm;
  try {
    await api.domains.setVcpus(ref, vcpus, vcpuFlags.live, { signal });
    return { effects: [...plan.effects], vcpus };
  } catch (error) {
    if (vm.next === null || !isCode(error, ...NOT_WHILE_RUNNING, ...VCPUS_STAY)) throw error;
    // They come and go one by one, so some may have; a guest that was too slow for libvirt may still let go.
    const isSlow = isCode(error, 'VIR_ERR_OPERATION_TIMEOUT');
    const now = await waitForGuest(vm, (live) => !isSlow || live.vcpus === vcpus);
    if (now.vcpus === vcpus) return { effects: [...plan.effects], vcpus };
    const why = `the running guest did not take part (${(error as Error).message.replace(/\.$/, '')})`;
    const before = vm.live?.vcpus ?? vcpus;
    return { effects: withVcpusLeft(plan, { before, vcpus: now.vcpus, why }), vcpus: now.vcpus };
  }
}

/** Beside what is said of devices: nobody answered in time, or too few of the vCPUs can be unplugged. */
const VCPUS_STAY = ['VIR_ERR_OPERATION_TIMEOUT', 'VIR_ERR_INVALID_ARG'];

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
