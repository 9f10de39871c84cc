import { FormSection, NumberField } from '../../ui/form-field.tsx';
import type { MinimumValues } from './template-form.ts';

/** The least a VM made from a template gets; units stand in the fields. */
export function MinimumFields({ getInputProps }: { getInputProps: (name: keyof MinimumValues) => object }) {
  return (
    <div className="ik-three">
      <FormSection title="At least" hint="A VM made from it cannot be smaller.">
        <NumberField label="vCPU" min={1} {...getInputProps('minVcpus')} />
        <NumberField label="Memory" unit="MiB" min={0} {...getInputProps('minMemoryMib')} />
        <NumberField
          label="Disk"
          placeholder="as the image"
          unit="GiB"
          min={0}
          {...getInputProps('minDiskGib')}
        />
      </FormSection>
    </div>
  );
}
