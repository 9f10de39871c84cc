import { useForm } from '@mantine/form';
import { useMantineColorScheme } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { Segments } from '../../ui/chips.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Form, FormSection, SelectField, TextField } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';
import { EnvironmentChip } from '../../ui/top-bar.tsx';

const COLOURS = [
  { value: 'plum', label: 'Plum, for production' },
  { value: 'green', label: 'Green, for practice' },
  { value: 'amber', label: 'Amber, for testing' },
  { value: 'gray', label: 'Gray, for anything else' },
] as const;
type Colour = (typeof COLOURS)[number]['value'];

function EnvironmentForm({ name, colour }: { name: string; colour: Colour }) {
  const save = useCommand('system.environmentSave');
  const may = useMay('system.administer');
  const form = useForm({
    mode: 'controlled',
    initialValues: { name, colour },
    validateInputOnBlur: true,
    validate: { name: (text) => (text.trim() === '' ? 'Give it a name, such as Production.' : null) },
  });
  const values = form.getValues();
  const chosen = values.colour;
  useEffect(() => {
    document.documentElement.dataset['envColour'] = chosen;
    return () => {
      document.documentElement.dataset['envColour'] = colour;
    };
  }, [chosen, colour]);
  // As this person saw it: what somebody else changes meanwhile is not lost.
  const [before, setBefore] = useState({ name, colour });
  const submit = form.onSubmit(async (input) => {
    if (!(await save.run({ ...input, before }))) return;
    setBefore(input);
    toast('ok', 'Saved');
  });
  return (
    <Form
      onSubmit={submit}
      problem={save.error ? <Note tone="bad">{save.error.sentence}</Note> : null}
      foot={
        <ActionButton
          type="submit"
          kind="primary"
          busy={save.pending}
          reason={may ?? (form.isDirty() ? null : 'Nothing was changed.')}
        >
          Save
        </ActionButton>
      }
    >
      <FormSection
        title="Name and colour"
        hint="Shown on every screen of everybody, so that nobody takes production for a test."
      >
        <TextField label="Name" maxLength={40} {...form.getInputProps('name')} />
        <SelectField label="Colour" data={[...COLOURS]} {...form.getInputProps('colour')} />
        <div className="ik-wide">
          <EnvironmentChip name={values.name || '…'} />
        </div>
      </FormSection>
    </Form>
  );
}

/** Name and colour of the environment, and the theme of this machine. */
export function EnvironmentSettings() {
  const about = useQuery('system.about', {}, { topics: ['environment', 'host'] });
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <Panel title="Environment" pad>
        {about.data ? (
          <EnvironmentForm key={about.data.environment.name} {...about.data.environment} />
        ) : about.error ? (
          <ErrorPanel error={about.error} onRetry={about.refetch} />
        ) : (
          <Skeleton rows={3} />
        )}
      </Panel>
      <Panel title="Theme" meta="on this machine" pad>
        <Segments
          label="Theme"
          value={colorScheme}
          options={[
            { value: 'auto', label: 'As the system' },
            { value: 'dark', label: 'Dark' },
            { value: 'light', label: 'Light' },
          ]}
          onChange={setColorScheme}
        />
      </Panel>
    </>
  );
}
