import { sentenceOf } from '../../../shared/contract/outcome.ts';
import { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { DomainRef } from '../../platform/libvirt/xdr-objects.ts';
import type { StepContext } from '../../platform/tasks/task-definition.ts';
import {
  isCode,
  lockVm,
  onHost,
  whyVmNotKept,
  type FleetTables,
  type OnHost,
  type VmWithNames,
} from '../fleet/fleet-public.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { openVm, type OpenVm } from './vm-open.ts';

/** What every task on one VM is told: by what it is found, and how it is called. */
export interface VmTaskInput {
  readonly vmId: string;
  readonly uuid: string;
  readonly name: string;
  readonly hostId: string;
  readonly hostName: string;
}

export function vmTaskInput(vm: VmWithNames): VmTaskInput {
  return { vmId: vm.id, uuid: vm.uuid, name: vm.name, hostId: vm.host_id, hostName: vm.host_name };
}

export type Context<Input extends VmTaskInput> = StepContext<Input>;

/**
 * Throws where the VM was deleted, is being deleted or moved, or has left its host since the task was ordered. Asked under the VM's lock, as a
 * deletion is recorded: it is seen here, or it sees the task that asks.
 */
export async function requireKept({ store }: Pick<HardwareParts, 'store'>, vm: VmTaskInput): Promise<void> {
  const reason = await store.transaction<FleetTables, string>(
    async (trx) => {
      await lockVm(trx, vm.vmId);
      return await whyVmNotKept(trx, vm);
    },
    { repeatable: true },
  );
  if (reason === '') return;
  const words = hardwareContract.vmDiskAdd.refusals['not-now'];
  throw new OperatingFailure({ code: 'not-now', sentence: sentenceOf(words, { name: vm.name, reason }) });
}

/** Runs one step's work on the VM; one that is gone from its host is told in words. */
export async function onVm<Input extends VmTaskInput, T>(
  parts: HardwareParts,
  context: Context<Input>,
  work: (vm: OpenVm) => Promise<T>,
): Promise<T> {
  const found = await ifVm(parts, context, work);
  if (found !== undefined) return found.value;
  const { name, hostName } = context.input;
  throw new OperatingFailure({
    code: 'vm-gone',
    sentence: `${name} is no longer on ${hostName}. Look where it is now, and give the order anew.`,
  });
}

/** As above; undefined where the VM is gone, which leaves nothing to undo. */
export async function ifVm<Input extends VmTaskInput, T>(
  parts: HardwareParts,
  context: Context<Input>,
  work: (vm: OpenVm, on: OnHost) => Promise<T>,
): Promise<{ readonly value: T } | undefined> {
  const { input, signal } = context;
  return await onHost(parts, context, async (on) => {
    const ref = await domainOf(on, input.uuid, signal);
    if (ref === undefined) return undefined;
    const inTurn = async (): Promise<T> => await work(await openVm({ api: on.api, ref, signal }), on);
    return { value: await parts.turns.take(input.uuid, inTurn) };
  });
}

async function domainOf({ api }: OnHost, uuid: string, signal: AbortSignal): Promise<DomainRef | undefined> {
  try {
    return await api.domains.lookupByUuid(uuid, { signal });
  } catch (error) {
    if (isCode(error, 'VIR_ERR_NO_DOMAIN')) return undefined;
    throw error;
  }
}
