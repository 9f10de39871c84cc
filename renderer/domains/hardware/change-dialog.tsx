import type { ReactNode } from 'react';
import type { CommandRun } from '../../client/use-command.ts';
import type { CommandName } from '../../client/operation-types.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, FormSection } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';

/** A dialog that changes one thing of a VM: fields, what comes of it, and its one button, which says why it is off. */
export function ChangeDialog(props: {
  title: string;
  section: string;
  hint?: ReactNode;
  action: string;
  danger?: boolean;
  /** Why it cannot be pressed; null when it can. */
  reason: string | null;
  command: Pick<CommandRun<CommandName>, 'pending' | 'error'>;
  onConfirm: () => void;
  onClose: () => void;
  /** What will come of it, below the fields. */
  preview?: ReactNode;
  children: ReactNode;
}) {
  const environment = useEnvironmentName();
  return (
    <Dialog title={props.title} environment={environment} onClose={props.onClose}>
      <Form
        onSubmit={() => {
          if (props.reason === null && !props.command.pending) props.onConfirm();
        }}
        problem={
          <>
            {props.preview}
            {props.command.error ? <Note tone="bad">{props.command.error.sentence}</Note> : null}
          </>
        }
        foot={
          <>
            <Button
              type="submit"
              kind={props.danger ? 'danger' : 'primary'}
              busy={props.command.pending}
              reason={props.reason}
            >
              {props.action}
            </Button>
            <Button kind="ghost" onClick={props.onClose}>
              Cancel
            </Button>
          </>
        }
      >
        <FormSection title={props.section} hint={props.hint}>
          {props.children}
        </FormSection>
      </Form>
    </Dialog>
  );
}
