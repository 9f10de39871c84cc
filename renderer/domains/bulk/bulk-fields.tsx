import type { ReactNode } from 'react';
import { Segments } from '../../ui/chips.tsx';
import { NumberField, TextAreaField, TextField } from '../../ui/form-field.tsx';
import { CustomerField } from '../customers/customer-field.tsx';
import { tagProblem } from '../fleet/tag-words.ts';
import type { BulkForm } from './bulk-form.ts';

interface FieldsProps {
  form: BulkForm;
  onChange: (change: Partial<BulkForm>) => void;
}

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="ik-bulk-line">
      <span className="ik-t3">{label}</span>
      <div className="ik-row">{children}</div>
    </div>
  );
}

/** What the action needs to know. */
export function BulkWhatFields({ form, onChange }: FieldsProps) {
  switch (form.action) {
    case 'tagsAdd':
    case 'tagsRemove':
    case 'tagsSet':
      return (
        <TextField
          label="Tags"
          description="One or several, with spaces or commas between."
          data-autofocus
          value={form.tags}
          error={form.tags === '' ? null : tagProblem(form.tags)}
          onChange={(event) => {
            onChange({ tags: event.currentTarget.value });
          }}
        />
      );
    case 'notes':
      return (
        <TextAreaField
          label="Notes"
          description="Replaces the notes of all of them; undoing gives the former ones back."
          data-autofocus
          value={form.notes}
          onChange={(event) => {
            onChange({ notes: event.currentTarget.value });
          }}
        />
      );
    case 'owner':
      return (
        <div className="ik-col" style={{ gap: 8 }}>
          <Segments
            label="Whose they will be"
            value={form.nobody ? 'nobody' : 'customer'}
            options={[
              { value: 'customer', label: 'A customer' },
              { value: 'nobody', label: 'Nobody' },
            ]}
            onChange={(value) => {
              onChange({ nobody: value === 'nobody' });
            }}
          />
          {form.nobody ? null : (
            <CustomerField
              label="Customer"
              value={form.customerId}
              onChange={(customerId) => {
                onChange({ customerId });
              }}
            />
          )}
        </div>
      );
    case 'autostart':
      return (
        <Line label="With its host">
          <Segments
            label="Autostart"
            value={form.on ? 'on' : 'off'}
            options={[
              { value: 'on', label: 'start' },
              { value: 'off', label: 'do not start' },
            ]}
            onChange={(value) => {
              onChange({ on: value === 'on' });
            }}
          />
        </Line>
      );
    default:
      return null;
  }
}

/** How it is done: the manner of a shutdown, and how much at a time. */
export function BulkHow({ form, onChange, onHosts }: FieldsProps & { onHosts: boolean }) {
  if (!onHosts) return null;
  const number =
    (field: 'graceSeconds' | 'perHost' | 'atOnce') =>
    (value: string | number): void => {
      if (typeof value === 'number') onChange({ [field]: value });
    };
  return (
    <section>
      <h3>How</h3>
      {form.action === 'shutdown' ? (
        <Line label="Method">
          <span>Ask the guest (ACPI), wait</span>
          <NumberField
            aria-label="Grace period"
            unit="s"
            w={84}
            min={1}
            max={3600}
            value={form.graceSeconds}
            onChange={number('graceSeconds')}
          />
          <span>then</span>
          <Segments
            label="After the grace period"
            value={form.thenForce ? 'force' : 'leave'}
            options={[
              { value: 'leave', label: 'leave running and report' },
              { value: 'force', label: 'force off' },
            ]}
            onChange={(value) => {
              onChange({ thenForce: value === 'force' });
            }}
          />
        </Line>
      ) : null}
      <Line label="Pace">
        <NumberField
          aria-label="VMs of one host at a time"
          unit="per host"
          w={110}
          min={1}
          max={5}
          value={form.perHost}
          onChange={number('perHost')}
        />
        <NumberField
          aria-label="VMs of one cluster at a time"
          unit="per cluster"
          placeholder="any"
          w={140}
          min={1}
          max={5000}
          value={form.perCluster ?? ''}
          onChange={(value) => {
            onChange({ perCluster: typeof value === 'number' ? value : null });
          }}
        />
        <NumberField
          aria-label="VMs at a time"
          unit="at once"
          w={110}
          min={1}
          max={2000}
          value={form.atOnce}
          onChange={number('atOnce')}
        />
        <span>stop after</span>
        <NumberField
          aria-label="Failures after which it stops"
          unit="failures"
          placeholder="never"
          w={110}
          min={1}
          value={form.stopAfterFailures ?? ''}
          onChange={(value) => {
            onChange({ stopAfterFailures: typeof value === 'number' ? value : null });
          }}
        />
      </Line>
    </section>
  );
}
