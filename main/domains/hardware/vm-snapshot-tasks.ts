import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { SnapshotRef } from '../../platform/libvirt/xdr-objects.ts';
import type { TaskDefinition } from '../../platform/tasks/task-definition.ts';
import { escapeXml } from '../../platform/xml/xml-edit.ts';
import { isCode, TRIES } from '../fleet/fleet-public.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { taskMark } from './snapshot-read.ts';
import { ifVm, onVm, type VmTaskInput } from './task-on-vm.ts';
import type { OpenVm } from './vm-open.ts';

export interface VmSnapshotInput extends VmTaskInput {
  readonly snapshot: string;
}
export interface VmSnapshotMakeInput extends VmSnapshotInput {
  readonly description: string;
}

/** Keeps the state of a VM inside its disks, its memory with it where it runs. */
export function vmSnapshotMakeTask(parts: HardwareParts): TaskDefinition<VmSnapshotMakeInput> {
  return {
    kind: 'vm-snapshot-make',
    title: ({ name, snapshot }) => `Make the snapshot ${snapshot} of ${name}`,
    subject: ({ vmId, name }) => ({ kind: 'vm', id: vmId, name }),
    steps: [
      {
        name: 'snapshot',
        title: ({ name }) => `Keep the state of ${name}`,
        attempts: TRIES,
        run: async (context) => {
          const { input, taskId } = context;
          const mark = taskMark(taskId);
          await onVm(parts, context, async (vm) => {
            const known = await found(vm, input.snapshot);
            if (known !== undefined && (await isMarked(vm, known, mark))) return;
            if (known !== undefined)
              throw new OperatingFailure({
                code: 'snapshot-exists',
                sentence: `${input.name} has a snapshot ${input.snapshot} by now, made by somebody else. Choose another name.`,
              });
            const xml = `<domainsnapshot><name>${escapeXml(input.snapshot)}</name><description>${escapeXml(`${input.description} ${mark}`.trim())}</description></domainsnapshot>`;
            await vm.api.snapshots.create(vm.ref, xml, 0, { signal: vm.signal });
          });
        },
        undo: async (context) => {
          const mark = taskMark(context.taskId);
          await ifVm(parts, context, async (vm) => {
            const made = await found(vm, context.input.snapshot);
            if (made === undefined || !(await isMarked(vm, made, mark))) return;
            await context.stillOurs();
            await drop(vm, made);
          });
        },
      },
    ],
  };
}

/** Takes a snapshot out of the disks; those made on it stay. One that is gone already is what was wanted. */
export function vmSnapshotDeleteTask(parts: HardwareParts): TaskDefinition<VmSnapshotInput> {
  return {
    kind: 'vm-snapshot-delete',
    title: ({ name, snapshot }) => `Delete the snapshot ${snapshot} of ${name}`,
    subject: ({ vmId, name }) => ({ kind: 'vm', id: vmId, name }),
    steps: [
      {
        name: 'delete',
        title: ({ snapshot }) => `Delete ${snapshot}`,
        attempts: TRIES,
        run: async (context) => {
          await onVm(parts, context, async (vm) => {
            const snapshot = await found(vm, context.input.snapshot);
            if (snapshot === undefined) return;
            await context.stillOurs();
            await drop(vm, snapshot);
          });
        },
      },
    ],
  };
}

async function found({ api, ref, signal }: OpenVm, name: string): Promise<SnapshotRef | undefined> {
  try {
    return await api.snapshots.lookupByName(ref, name, { signal });
  } catch (error) {
    if (isCode(error, 'VIR_ERR_NO_DOMAIN_SNAPSHOT')) return undefined;
    throw error;
  }
}

async function isMarked({ api, signal }: OpenVm, snapshot: SnapshotRef, mark: string): Promise<boolean> {
  return (await api.snapshots.xml(snapshot, 0, { signal })).includes(mark);
}

async function drop({ api, signal }: OpenVm, snapshot: SnapshotRef): Promise<void> {
  await api.snapshots.delete(snapshot, 0, { signal }).catch((error: unknown) => {
    if (!isCode(error, 'VIR_ERR_NO_DOMAIN_SNAPSHOT')) throw error;
  });
}
