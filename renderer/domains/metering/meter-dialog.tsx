import { useState } from 'react';
import { AGGREGATIONS, type Aggregation } from '../../../shared/domains/metering/usage-meter-rules.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';

const CHOICES: Readonly<Record<Aggregation, string>> = {
  sum: 'Sum: what is told is added up (calls, GiB sent)',
  'high-water': 'High-water mark: the highest reading of each day (addresses, GiB kept)',
  max: 'Highest: the highest reading of the whole period (peak of users)',
  last: 'Last: what was told last in the period (seats)',
};

/** Declares a meter that is told from outside. */
export function MeterDialog({ onClose }: { onClose: () => void }) {
  const declare = useCommand('metering.meterDeclare');
  const environment = useEnvironmentName();
  const [name, setName] = useState('');
  const [unit, setUnit] = useState('');
  const [aggregation, setAggregation] = useState<Aggregation>('sum');
  const [decimals, setDecimals] = useState('0');
  const off = !/^[a-z][a-z0-9-]*$/.test(name)
    ? 'Give it a short name of small letters, digits and hyphens, such as api-calls'
    : unit.trim() === ''
      ? 'Say what one of it is'
      : /^[0-9]$/.test(decimals)
        ? null
        : 'Give it 0 to 9 decimals';
  const confirm = async (): Promise<void> => {
    const made = await declare.run({ name, unit: unit.trim(), aggregation, decimals: Number(decimals) });
    if (!made) return;
    toast('ok', `Declared ${name}`, 'Plans can charge by it now');
    onClose();
  };
  return (
    <ConfirmDialog
      title="Declare a meter"
      environment={environment}
      action="Declare it"
      width={520}
      off={off}
      busy={declare.pending}
      problem={declare.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <TextField
        label="Name"
        description="Events and plans name it so; it never changes"
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
      />
      <TextField
        label="Unit"
        description="What one of it is: calls, GiB, seats"
        value={unit}
        onChange={(event) => {
          setUnit(event.currentTarget.value);
        }}
      />
      <SelectField
        label="A reading"
        data={AGGREGATIONS.map((value) => ({ value, label: CHOICES[value] }))}
        value={aggregation}
        onChange={(value) => {
          setAggregation((value ?? 'sum') as Aggregation);
        }}
      />
      <TextField
        label="Decimals"
        description="How finely it is read; an event with more is refused"
        value={decimals}
        onChange={(event) => {
          setDecimals(event.currentTarget.value);
        }}
      />
    </ConfirmDialog>
  );
}
