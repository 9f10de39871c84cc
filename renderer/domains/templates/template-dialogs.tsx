import { useForm } from '@mantine/form';
import { useState } from 'react';
import type { TemplateFields, TemplateRow } from '../../../shared/domains/templates/templates-contract.ts';
import { GIB, MIB } from '../../../shared/kernel/bytes.ts';
import { useCommand } from '../../client/use-command.ts';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDestroy, Dialog } from '../../ui/dialog.tsx';
import { Form, FormSection, TextField } from '../../ui/form-field.tsx';
import { formatCount } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { toast } from '../../ui/toast.ts';
import { MinimumFields } from './minimum-fields.tsx';
import { minimumProblems, minimumsOf, nameProblems } from './template-form.ts';

interface DialogProps {
  template: TemplateRow;
  onClose: () => void;
}

type Typed = Parameters<typeof minimumsOf>[0] & { name: string; os: string };

function fieldsOf(typed: Typed): TemplateFields {
  return { name: typed.name, os: typed.os, ...minimumsOf(typed) };
}

/** Name, system and the least a VM needs. */
export function TemplateEditDialog({ template, onClose }: DialogProps) {
  const save = useCommand('templates.templateSave');
  const form = useForm({
    mode: 'controlled',
    initialValues: {
      name: template.name,
      os: template.os,
      minDiskGib: (template.minDiskBytes > 0 ? template.minDiskBytes / GIB : '') as number | string,
      minMemoryMib: (template.minMemoryBytes > 0 ? template.minMemoryBytes / MIB : '') as number | string,
      minVcpus: template.minVcpus as number | string,
    },
    validateInputOnBlur: true,
    validate: { ...nameProblems, ...minimumProblems },
  });
  // As this person saw it: what somebody else changes meanwhile is not lost.
  const [before] = useState(() => fieldsOf(form.getValues()));
  const submit = form.onSubmit(async (values) => {
    if (await save.run({ templateId: template.id, ...fieldsOf(values), before })) onClose();
  });
  return (
    <Dialog title={`Change ${template.name}`} onClose={onClose}>
      <Form
        onSubmit={submit}
        problem={save.error ? <Note tone="bad">{save.error.sentence}</Note> : null}
        foot={
          <>
            <Button
              type="submit"
              kind="primary"
              busy={save.pending}
              reason={form.isDirty() ? null : 'Nothing was changed.'}
            >
              Save
            </Button>
            <Button kind="ghost" onClick={onClose}>
              Cancel
            </Button>
          </>
        }
      >
        <FormSection title="Template">
          <TextField label="Name" maxLength={80} data-autofocus {...form.getInputProps('name')} />
          <TextField label="OS" maxLength={80} {...form.getInputProps('os')} />
        </FormSection>
        <MinimumFields getInputProps={(name) => form.getInputProps(name) as object} />
      </Form>
    </Dialog>
  );
}

/** Deletes a template and its copies; VMs made from it stay. */
export function TemplateDeleteDialog({ template, onClose }: DialogProps) {
  const about = useQuery('system.about', {}, { topics: ['environment'] });
  const remove = useCommand('templates.templateDelete');
  return (
    <ConfirmDestroy
      title={`Delete ${template.name}`}
      environment={about.data?.environment.name}
      name={template.name}
      busy={remove.pending}
      problem={remove.error?.sentence}
      onConfirm={() =>
        void remove.run({ templateId: template.id, confirmName: template.name }).then((done) => {
          if (!done) return;
          toast('acc', `Deleting ${template.name}`, 'The task says when its copies are gone.');
          onClose();
        })
      }
      onClose={onClose}
    >
      <p>
        Its copies on {formatCount(template.hosts.length)} {template.hosts.length === 1 ? 'host' : 'hosts'}{' '}
        are deleted.{' '}
        {template.vms > 0
          ? `The ${formatCount(template.vms)} VMs made from it stay as they are.`
          : 'No VM was made from it.'}
      </p>
    </ConfirmDestroy>
  );
}
