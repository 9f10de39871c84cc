import { useForm } from '@mantine/form';
import { useDebouncedValue } from '@mantine/hooks';
import { conditionWords } from '../../../shared/domains/alerts/alert-rules.ts';
import type { AlertCondition, RuleRow } from '../../../shared/domains/alerts/alerts-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, FormSection, NumberField, SelectField, TextField } from '../../ui/form-field.tsx';
import { formatCount } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { severityOptions } from './alert-words.ts';
import { conditionOf, draftOf, fieldsOf, KIND_OPTIONS, type RuleDraft } from './rule-form.ts';

const LISTS = [
  { value: 'vms', label: 'VMs' },
  { value: 'hosts', label: 'Hosts' },
  { value: 'tasks', label: 'Tasks' },
  { value: 'customers', label: 'Customers' },
];

type Props = (field: keyof RuleDraft & string) => object;

function ConditionFields({ draft, props }: { draft: RuleDraft; props: Props }) {
  switch (draft.kind) {
    case 'pool-over':
      return <NumberField label="Over" unit="% full" min={1} max={100} {...props('percent')} />;
    case 'memory-overcommitted':
      return <NumberField label="Over" unit="% sold" min={1} max={1000} {...props('percent')} />;
    case 'cpu-over':
      return (
        <>
          <SelectField
            label="Of"
            allowDeselect={false}
            data={[
              { value: 'vms', label: 'VMs' },
              { value: 'hosts', label: 'Hosts' },
            ]}
            {...props('of')}
          />
          <NumberField label="Over" unit="%" min={1} max={100} {...props('percent')} />
        </>
      );
    case 'clock-off':
      return <NumberField label="Off by over" unit="s" min={1} max={86_400} {...props('seconds')} />;
    case 'balance':
      return (
        <SelectField
          label="When it is"
          allowDeselect={false}
          data={[
            { value: 'low', label: 'low, or used up' },
            { value: 'exhausted', label: 'used up' },
            { value: 'over-limit', label: 'owed beyond the credit limit' },
          ]}
          {...props('balance')}
        />
      );
    case 'query-count':
      return (
        <>
          <SelectField label="List" data={LISTS} allowDeselect={false} {...props('list')} />
          <TextField
            label="Query"
            placeholder="-has:customer state:running"
            description="As in the list's own query bar; empty: all of it"
            {...props('query')}
          />
          <SelectField
            label="When there are"
            allowDeselect={false}
            data={[
              { value: 'more-than', label: 'more than' },
              { value: 'fewer-than', label: 'fewer than' },
            ]}
            {...props('comparison')}
          />
          <NumberField label="Count" min={0} max={1_000_000} {...props('count')} />
        </>
      );
    case 'host-unreachable':
    case 'vm-crashed':
    case 'task-failed':
      return null;
  }
}

/** What the condition finds now, as it is typed. */
function Preview({ condition }: { condition: AlertCondition }) {
  const [asked] = useDebouncedValue(JSON.stringify(condition), 300);
  const found = useQuery('alerts.rulePreview', { condition: JSON.parse(asked) as AlertCondition });
  if (found.error) return <Note tone="bad">{found.error.sentence}</Note>;
  if (!found.data) return <Note tone="acc">Looking…</Note>;
  const { count, first } = found.data;
  const names = first.map((one) => one.name).join(', ');
  const more =
    count > first.length && first.length > 0 ? ` and ${formatCount(count - first.length)} more` : '';
  return (
    <Note tone="acc">
      {condition.kind === 'query-count'
        ? `The query has ${formatCount(count)} now.`
        : count === 0
          ? `Nothing is so now: ${conditionWords(condition)}.`
          : `So now for ${formatCount(count)}: ${names}${more}.`}
    </Note>
  );
}

/** Adds or changes a rule, and shows what its condition finds now. */
export function RuleDialog({ rule, onClose }: { rule: RuleRow | null; onClose: () => void }) {
  const save = useCommand('alerts.ruleSave');
  const form = useForm<RuleDraft>({
    mode: 'controlled',
    initialValues: draftOf(rule),
    validateInputOnBlur: true,
    validate: {
      name: (text) => (text.trim() === '' ? 'Name it: the name stands in every message.' : null),
    },
  });
  const draft = form.getValues();
  const submit = form.onSubmit(async (values) => {
    if (await save.run({ ...fieldsOf(values), ...(rule ? { ruleId: rule.id } : {}) })) onClose();
  });
  const props: Props = (field) => form.getInputProps(field);
  return (
    <Dialog title={rule ? `Change ${rule.name}` : 'New alert rule'} width={620} onClose={onClose}>
      <Form
        onSubmit={submit}
        problem={save.error ? <Note tone="bad">{save.error.sentence}</Note> : undefined}
        foot={
          <>
            <Button type="submit" kind="primary" busy={save.pending}>
              {rule ? 'Save' : 'Add the rule'}
            </Button>
            <Button kind="ghost" onClick={onClose}>
              Cancel
            </Button>
          </>
        }
      >
        <FormSection title="What it watches">
          <TextField label="Name" required {...props('name')} />
          <SelectField label="Fires when" data={KIND_OPTIONS} allowDeselect={false} {...props('kind')} />
          <ConditionFields draft={draft} props={props} />
        </FormSection>
        <Preview condition={conditionOf(draft)} />
        <FormSection title="How it counts" hint="What comes and goes is not told each time.">
          <SelectField label="Severity" data={severityOptions} allowDeselect={false} {...props('severity')} />
          <NumberField
            label="Must hold for"
            unit="min"
            min={0}
            max={1440}
            description={
              draft.kind === 'cpu-over'
                ? 'On average over that time; 0 fires at once'
                : 'Without a break; 0 fires at once'
            }
            {...props('holdMinutes')}
          />
          <NumberField
            label="Resolved after"
            unit="min"
            min={0}
            max={1440}
            description="So long it must be over"
            {...props('clearMinutes')}
          />
        </FormSection>
      </Form>
    </Dialog>
  );
}
