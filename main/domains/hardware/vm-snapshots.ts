import { done, refuse, sentenceOf, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { whyNot } from '../../../shared/domains/fleet/vm-action-rules.ts';
import { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { snapshotRevertFlags } from '../../platform/libvirt/flags.ts';
import { isCode } from '../fleet/fleet-public.ts';
import type { HardwareCommandParts, HardwareParts } from './hardware-parts.ts';
import { chainWords, readCheckpoints, readSnapshots, snapshotObstacle } from './snapshot-read.ts';
import { vmTaskInput } from './task-on-vm.ts';
import { changeVm, lookAtVm, planVm, type ChangeOutcome, type OpenVm } from './vm-open.ts';
import { vmSnapshotDeleteTask, vmSnapshotMakeTask } from './vm-snapshot-tasks.ts';

type Contract = typeof hardwareContract;
type Answer<Op> = Promise<Outcome<OutputOf<Op>, RefusalCodeOf<Op>>>;

/** What there is to go back to, and whether more can be made. */
export async function vmSnapshots(
  parts: HardwareParts,
  input: InputOf<Contract['vmSnapshots']>,
  context: CallContext,
): Answer<Contract['vmSnapshots']> {
  return await lookAtVm(parts, { ...input, context }, async (vm) => {
    const checkpoints = await readCheckpoints(vm);
    const { name } = vm.vm;
    const byState = whyNot('snapshotMake', vm.state);
    const obstacle =
      byState === null
        ? snapshotObstacle({ ...vm, name }, checkpoints)
        : ({ code: 'not-now', facts: { name, reason: byState } } as const);
    const { refusals } = hardwareContract.vmSnapshotMake;
    return done({
      snapshots: await readSnapshots(vm),
      checkpoints,
      whyNone: obstacle === undefined ? null : sentenceOf(refusals[obstacle.code], obstacle.facts),
    });
  });
}

export async function vmSnapshotMake(
  parts: HardwareCommandParts,
  input: InputOf<Contract['vmSnapshotMake']>,
  context: CallContext,
): Answer<Contract['vmSnapshotMake']> {
  return await planVm(parts, { vmId: input.vmId, action: 'snapshotMake', context }, async (vm) => {
    const { name } = vm.vm;
    const obstacle = snapshotObstacle({ ...vm, name }, await readCheckpoints(vm));
    if (obstacle !== undefined) return refuse(obstacle.code, obstacle.facts);
    if ((await snapshotNamed(vm, input.name)) !== undefined)
      return refuse('snapshot-exists', { name, snapshot: input.name });
    const task = { ...vmTaskInput(vm.vm), snapshot: input.name, description: input.description };
    return done(
      await parts.tasks.start(vmSnapshotMakeTask(parts), task, {
        startedBy: context.actor.login,
        key: `${vm.vm.id}:snapshot-make:${context.operationId}`,
      }),
    );
  });
}

/** Begun once and never by itself a second time: going back twice would lose what the guest has done between. */
export async function vmSnapshotRevert(
  parts: HardwareParts,
  input: InputOf<Contract['vmSnapshotRevert']>,
  context: CallContext,
): Promise<ChangeOutcome<RefusalCodeOf<Contract['vmSnapshotRevert']>>> {
  return await changeVm(parts, { vmId: input.vmId, action: 'snapshotRevert', context }, async (vm) => {
    const { name } = vm.vm;
    if (input.confirmName !== name) return refuse('name-differs', { name });
    const checkpoints = await readCheckpoints(vm);
    if (checkpoints.length > 0)
      return refuse('checkpoints-in-the-way', { name, chain: chainWords(checkpoints) });
    const snapshot = await snapshotNamed(vm, input.name);
    if (snapshot === undefined) return refuse('no-such-snapshot', { name, snapshot: input.name });
    const revert = async (flags: number): Promise<void> =>
      await vm.api.snapshots.revert(snapshot, flags, { signal: vm.signal });
    await revert(0).catch(async (error: unknown) => {
      // It needs a new QEMU process, which is what was asked for.
      if (!isCode(error, 'VIR_ERR_SNAPSHOT_REVERT_RISKY')) throw error;
      await revert(snapshotRevertFlags.force);
    });
    return done({
      effects: [
        {
          what: 'Reverted',
          from: '',
          to: input.name,
          when: 'now' as const,
          why: 'what came after it is lost',
        },
      ],
    });
  });
}

export async function vmSnapshotDelete(
  parts: HardwareCommandParts,
  input: InputOf<Contract['vmSnapshotDelete']>,
  context: CallContext,
): Answer<Contract['vmSnapshotDelete']> {
  return await planVm(parts, { vmId: input.vmId, action: 'snapshotDelete', context }, async (vm) => {
    if ((await snapshotNamed(vm, input.name)) === undefined)
      return refuse('no-such-snapshot', { name: vm.vm.name, snapshot: input.name });
    const task = { ...vmTaskInput(vm.vm), snapshot: input.name };
    return done(
      await parts.tasks.start(vmSnapshotDeleteTask(parts), task, {
        startedBy: context.actor.login,
        key: `${vm.vm.id}:snapshot-delete:${context.operationId}`,
      }),
    );
  });
}

async function snapshotNamed({ api, ref, signal }: OpenVm, name: string) {
  return await api.snapshots.lookupByName(ref, name, { signal }).catch((error: unknown) => {
    if (isCode(error, 'VIR_ERR_NO_DOMAIN_SNAPSHOT')) return undefined;
    throw error;
  });
}
