import { useState } from 'react';
import { useDebouncedValue } from '@mantine/hooks';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import type { VmHardware } from '../../../shared/domains/hardware/hardware-contract.ts';
import { resizePlan } from '../../../shared/domains/hardware/resize-rules.ts';
import type { HardwareEffect, SizeWanted } from '../../../shared/domains/hardware/resize-rules.ts';
import { useQuery } from '../../client/use-query.ts';
import { NumberField } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { ChangeDialog } from './change-dialog.tsx';
import { EffectList } from './effect-list.tsx';
import { bytesOfGib, gibOf } from './size-words.ts';
import { useChange } from './use-change.ts';

const LEAST_BYTES = 64 * 1024 ** 2;
const ASK_AFTER_MS = 250;

/** Memory that was not touched is not sent: what a field shows is rounded. */
function whyNoSize(
  vcpus: number | string,
  memory: { readonly isTouched: boolean; readonly bytes: number | null },
  vcpusMax: number | string,
): string | null {
  const isCount = (value: number | string): boolean =>
    typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 256;
  if (!isCount(vcpus)) return 'From 1 to 256 vCPUs';
  if (memory.isTouched && (memory.bytes === null || memory.bytes < LEAST_BYTES))
    return 'At least 64 MiB of memory';
  if (!isCount(vcpusMax) || Number(vcpusMax) < Number(vcpus))
    return 'Room for at least as many vCPUs as it has';
  return null;
}

const inputOf = (vmId: string, { memoryBytes, ...size }: SizeWanted) => ({
  vmId,
  ...size,
  ...(memoryBytes === null ? {} : { memoryBytes }),
});

/** At once by what was read of the VM, and a moment later as its host has it now, with whether there is room. */
function useResizePlan(
  vmId: string,
  hardware: VmHardware,
  wanted: SizeWanted | null,
): { effects: readonly HardwareEffect[]; noRoom: string } {
  const typed = wanted === null ? 'null' : JSON.stringify(inputOf(vmId, wanted));
  const [asked] = useDebouncedValue(typed, ASK_AFTER_MS);
  const answer = useQuery('hardware.vmResizePlan', JSON.parse(asked) as ReturnType<typeof inputOf> | null);
  if (answer.data !== undefined && asked === typed) return answer.data;
  return { effects: wanted === null ? [] : resizePlan(hardware, wanted).effects, noRoom: '' };
}

/** CPU and memory, with what happens now and what at the next start, as it is typed. */
export function ResizeDialog({
  vm,
  hardware,
  onClose,
}: {
  vm: VmDetail;
  hardware: VmHardware;
  onClose: () => void;
}) {
  const before = hardware.next ?? hardware.running;
  const shownGib = gibOf(before?.memoryMaxBytes ?? vm.memoryBytes);
  const [vcpus, setVcpus] = useState<number | string>(before?.vcpus ?? vm.vcpus);
  const [memory, setMemory] = useState<number | string>(shownGib);
  const [vcpusMax, setMax] = useState<number | string>(before?.vcpusMax ?? vm.vcpus);
  const change = useChange('hardware.vmResize', { title: `Resized ${vm.name}`, onDone: onClose });
  const isTouched = memory !== shownGib;
  const memoryBytes = isTouched ? bytesOfGib(memory) : null;
  const reason = whyNoSize(vcpus, { isTouched, bytes: memoryBytes }, vcpusMax);
  const wanted = { vcpus: Number(vcpus), memoryBytes, vcpusMax: Number(vcpusMax) };
  const plan = useResizePlan(vm.id, hardware, reason === null ? wanted : null);
  const whyNot =
    plan.noRoom === ''
      ? plan.effects.length === 0
        ? 'Nothing was changed.'
        : null
      : `${vm.host} has no room for it: ${plan.noRoom}.`;
  return (
    <ChangeDialog
      title={`Resize ${vm.name}`}
      section="CPU and memory"
      hint="vCPUs are added while it runs up to the room it was started with, and those that were added are taken back if its guest lets them go; memory moves with its balloon below what it was started with. All else waits for its next start."
      action="Resize"
      reason={reason ?? whyNot}
      command={change}
      onConfirm={() => {
        change.send(inputOf(vm.id, wanted));
      }}
      onClose={onClose}
      preview={
        reason === null ? (
          <>
            <EffectList effects={plan.effects} />
            {plan.noRoom === '' ? null : <Note tone="bad">{whyNot}</Note>}
          </>
        ) : null
      }
    >
      <NumberField
        label="vCPU"
        data-autofocus
        min={1}
        max={256}
        value={vcpus}
        onChange={(value) => {
          setVcpus(value);
          if (Number(value) > Number(vcpusMax)) setMax(value);
        }}
      />
      <NumberField label="Memory" unit="GiB" min={0} value={memory} onChange={setMemory} />
      <NumberField
        label="Room for vCPUs"
        description="so many can be added while it runs"
        min={1}
        max={256}
        value={vcpusMax}
        onChange={setMax}
      />
    </ChangeDialog>
  );
}
