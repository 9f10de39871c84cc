import { useForm } from '@mantine/form';
import { useState } from 'react';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, FormSection, TextAreaField, TextField } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { tagProblem, tagsOf } from './tag-words.ts';

/** Tags and notes of a VM. */
export function VmNotesDialog({ vm, onClose }: { vm: VmDetail; onClose: () => void }) {
  const save = useCommand('fleet.vmNote');
  // As this person saw them: what somebody else writes meanwhile is not lost.
  const [before] = useState({ tags: vm.tags, notes: vm.notes });
  const form = useForm({
    mode: 'controlled',
    initialValues: { tags: vm.tags.join(' '), notes: vm.notes },
    validateInputOnBlur: true,
    validate: { tags: tagProblem },
  });
  const submit = form.onSubmit(async ({ tags, notes }) => {
    if (await save.run({ vmId: vm.id, tags: tagsOf(tags), notes, before })) onClose();
  });
  return (
    <Dialog title={`Tags and notes of ${vm.name}`} onClose={onClose}>
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
        <FormSection
          title="Yours, not the hypervisor’s"
          hint="Everybody sees them; nothing is written into the VM."
        >
          <div className="ik-wide">
            <TextField
              label="Tags"
              description="Words with blanks between; found by tag:vip"
              data-autofocus
              {...form.getInputProps('tags')}
            />
          </div>
          <div className="ik-wide">
            <TextAreaField label="Notes" maxLength={10_000} {...form.getInputProps('notes')} />
          </div>
        </FormSection>
      </Form>
    </Dialog>
  );
}
