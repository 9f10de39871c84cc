import type { UseFormReturnType } from '@mantine/form';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { SelectField, TextField } from '../../ui/form-field.tsx';
import { CustomerField } from '../customers/customer-field.tsx';
import type { ClusterValues } from './cluster-form.ts';
import { dayOptions } from './cluster-words.tsx';

type ClusterForm = UseFormReturnType<ClusterValues>;

const SUBJECTS = [
  { value: 'any', label: 'All VMs' },
  { value: 'tag', label: 'Tagged' },
  { value: 'os', label: 'System contains' },
  { value: 'template', label: 'From template' },
  { value: 'customer', label: 'Of customer' },
];
const VERBS = [
  { value: 'needs', label: 'only on label' },
  { value: 'avoids', label: 'never on label' },
  { value: 'reserves', label: 'alone on label' },
];

function FilterValue({ form, at }: { form: ClusterForm; at: number }) {
  const filter = form.getValues().filters[at];
  const templates = useQuery(
    'templates.templateList',
    filter?.subject === 'template' ? { limit: 200 } : null,
    { topics: ['template'] },
  );
  const path = `filters.${at}.value`;
  if (filter === undefined || filter.subject === 'any') return <span />;
  if (filter.subject === 'template') {
    return (
      <SelectField
        aria-label="Template"
        data={(templates.data?.rows ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        searchable
        {...form.getInputProps(path)}
      />
    );
  }
  if (filter.subject === 'customer') {
    return (
      <CustomerField
        label="Customer"
        hideLabel
        value={filter.value || null}
        onChange={(customerId) => {
          form.setFieldValue(path, customerId ?? '');
        }}
        error={form.errors[path]}
      />
    );
  }
  return (
    <TextField
      aria-label={filter.subject === 'tag' ? 'Tag' : 'Part of the name of the system'}
      placeholder={filter.subject === 'tag' ? 'fast' : 'windows'}
      {...form.getInputProps(path)}
    />
  );
}

/** Which VMs may be where: a line for each filter. */
export function FilterFields({ form }: { form: ClusterForm }) {
  const { filters } = form.getValues();
  return (
    <div className="ik-wide ik-rules">
      <span className="ik-sm ik-med">Filters</span>
      {filters.length === 0 ? (
        <span className="ik-xs ik-t3">Any VM may be on any host of the cluster.</span>
      ) : null}
      {filters.map((filter, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- a filter is known by its place alone
        <div key={at} className="ik-rule">
          <SelectField
            aria-label="Which VMs"
            data={SUBJECTS}
            allowDeselect={false}
            {...form.getInputProps(`filters.${at}.subject`)}
            onChange={(subject) => {
              form.setFieldValue(`filters.${at}`, {
                ...filter,
                subject: subject as typeof filter.subject,
                value: '',
              });
            }}
          />
          <FilterValue form={form} at={at} />
          <SelectField
            aria-label="What holds for them"
            data={VERBS}
            allowDeselect={false}
            {...form.getInputProps(`filters.${at}.verb`)}
          />
          <TextField aria-label="Label" placeholder="ssd" {...form.getInputProps(`filters.${at}.label`)} />
          <Button
            size="sm"
            kind="ghost"
            icon={IconX}
            label="Remove this filter"
            onClick={() => {
              form.removeListItem('filters', at);
            }}
          />
        </div>
      ))}
      <div>
        <Button
          size="sm"
          icon={IconPlus}
          onClick={() => {
            form.insertListItem('filters', { subject: 'tag', value: '', verb: 'needs', label: '' });
          }}
        >
          Add a filter
        </Button>
      </div>
    </div>
  );
}

/** When maintenance may happen: a line for each window. */
export function WindowFields({ form }: { form: ClusterForm }) {
  const { windows } = form.getValues();
  return (
    <div className="ik-wide ik-rules">
      {windows.map((weekly, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- a window is known by its place alone
        <div key={at} className="ik-rule" data-window>
          <span className="ik-seg" role="group" aria-label="Days">
            {dayOptions.map(({ value, label }) => {
              const isOn = weekly.days.includes(value);
              return (
                <button
                  key={value}
                  type="button"
                  aria-pressed={isOn}
                  onClick={() => {
                    form.setFieldValue(
                      `windows.${at}.days`,
                      isOn ? weekly.days.filter((day) => day !== value) : [...weekly.days, value],
                    );
                  }}
                >
                  {label}
                </button>
              );
            })}
          </span>
          <TextField
            aria-label="From"
            placeholder="22:00"
            w={72}
            {...form.getInputProps(`windows.${at}.from`)}
          />
          <span className="ik-t3">to</span>
          <TextField
            aria-label="Until"
            placeholder="04:00"
            w={72}
            {...form.getInputProps(`windows.${at}.until`)}
          />
          <Button
            size="sm"
            kind="ghost"
            icon={IconX}
            label="Remove this window"
            onClick={() => {
              form.removeListItem('windows', at);
            }}
          />
          {form.errors[`windows.${at}.days`] ? (
            <span className="ik-xs ik-bad">{form.errors[`windows.${at}.days`]}</span>
          ) : null}
        </div>
      ))}
      <div>
        <Button
          size="sm"
          icon={IconPlus}
          onClick={() => {
            form.insertListItem('windows', { days: ['sun'], from: '01:00', until: '05:00' });
          }}
        >
          Add a window
        </Button>
      </div>
    </div>
  );
}
