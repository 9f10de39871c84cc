import { useState } from 'react';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import type { VmHardware } from '../../../shared/domains/hardware/hardware-contract.ts';
import { resizePlan } from '../../../shared/domains/hardware/resize-rules.ts';
import { NumberField } from '../../ui/form-field.tsx';
import { ChangeDialog } from './change-dialog.tsx';
import { EffectList } from './effect-list.tsx';
import { bytesOfGib, gibOf } from './size-words.ts';
import { useChange } from './use-change.ts';

const LEAST_BYTES = 64 * 1024 ** 2;

function whyNoSize(
  vcpus: number | string,
  memoryBytes: number | null,
  vcpusMax: number | string,
): string | null {
  const isCount = (value: number | string): boolean =>
    typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 256;
  if (!isCount(vcpus)) return 'From 1 to 256 vCPUs';
  if (memoryBytes === null || memoryBytes < LEAST_BYTES) return 'At least 64 MiB of memory';
  if (!isCount(vcpusMax) || Number(vcpusMax) < Number(vcpus))
    return 'Room for at least as many vCPUs as it has';
  return null;
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
  const [vcpus, setVcpus] = useState<number | string>(before?.vcpus ?? vm.vcpus);
  const [memory, setMemory] = useState<number | string>(gibOf(before?.memoryMaxBytes ?? vm.memoryBytes));
  const [vcpusMax, setMax] = useState<number | string>(before?.vcpusMax ?? vm.vcpus);
  const change = useChange('hardware.vmResize', { title: `Resized ${vm.name}`, onDone: onClose });
  const memoryBytes = bytesOfGib(memory);
  const reason = whyNoSize(vcpus, memoryBytes, vcpusMax);
  const wanted = { vcpus: Number(vcpus), memoryBytes: memoryBytes ?? 0, vcpusMax: Number(vcpusMax) };
  const { effects } = resizePlan(hardware, wanted);
  return (
    <ChangeDialog
      title={`Resize ${vm.name}`}
      section="CPU and memory"
      hint="vCPUs are added while it runs up to the room it was started with; memory moves with its balloon below what it was started with."
      action="Resize"
      reason={reason ?? (effects.length === 0 ? 'Nothing was changed.' : null)}
      command={change}
      onConfirm={() => {
        change.send({ vmId: vm.id, ...wanted });
      }}
      onClose={onClose}
      preview={reason === null ? <EffectList effects={effects} /> : null}
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
