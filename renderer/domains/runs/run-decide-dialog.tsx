import { useState } from 'react';
import { DECISION_NOTE_LEAST } from '../../../shared/domains/runs/run-rules.ts';
import type { RunRow } from '../../../shared/domains/runs/runs-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useMay } from '../../client/use-may.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { ActionButton } from '../../ui/button.tsx';
import { readAll } from '../../ui/csv.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/form-field.tsx';
import { formatCount } from '../../ui/format.ts';
import type { RowSource } from '../../ui/row-source.ts';
import type { Selection } from '../../ui/selection.ts';
import { toast } from '../../ui/toast.ts';

export const DECISIONS = {
  accepted: { title: 'Accept', action: 'Accept', done: 'Accepted' },
  'left-out': { title: 'Leave out', action: 'Leave out', done: 'Left out' },
} as const;
export type Decision = keyof typeof DECISIONS;

/** As many as one command takes. */
const AT_ONCE = 500;

/** Accepts rows as they are, or leaves them out, with a note that is kept with the run. */
export function DecideDialog(props: {
  runId: string;
  /** Whom it is about: a customer, or how many. */
  subject: string;
  rowIds: () => Promise<readonly string[]>;
  decision: Decision;
  onClose: (isDone: boolean) => void;
}) {
  const { runId, subject, decision, onClose } = props;
  const words = DECISIONS[decision];
  const environment = useEnvironmentName();
  const decide = useCommand('runs.runDecide');
  const [note, setNote] = useState('');
  const [isBusy, setBusy] = useState(false);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    try {
      const ids = await props.rowIds();
      for (let start = 0; start < ids.length; start += AT_ONCE) {
        const rowIds = ids.slice(start, start + AT_ONCE);
        if (!(await decide.run({ runId, rowIds, decision, note: note.trim() }))) return;
      }
      toast('ok', words.done, subject);
      onClose(true);
    } finally {
      setBusy(false);
    }
  };
  return (
    <ConfirmDialog
      title={`${words.title}: ${subject}`}
      environment={environment}
      action={words.action}
      width={480}
      off={note.trim().length < DECISION_NOTE_LEAST ? 'Write why: it is kept with the run' : null}
      busy={isBusy}
      problem={decide.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={() => {
        onClose(false);
      }}
    >
      <p>
        {decision === 'accepted'
          ? 'Posted as the preview shows it.'
          : 'Not posted by this run. The charges stay, and a later run takes them.'}
      </p>
      <TextField
        label="Note"
        required
        maxLength={500}
        value={note}
        onChange={(event) => {
          setNote(event.currentTarget.value);
        }}
      />
    </ConfirmDialog>
  );
}

/** What is done with all ticked rows at once. */
export function RunBulkBar(props: {
  runId: string;
  selection: Selection;
  total: number;
  source: RowSource<RunRow>;
}) {
  const { runId, selection, total, source } = props;
  const may = useMay('billing.write');
  const [asked, setAsked] = useState<Decision | null>(null);
  const count = selection.count(total);
  const rowIds = async (): Promise<readonly string[]> =>
    selection.all
      ? (await readAll(source.loadPage, new AbortController().signal)).map((row) => row.id)
      : [...selection.keys];
  return (
    <>
      <BulkBar selection={selection} total={total} noun="rows">
        {(['accepted', 'left-out'] as const).map((decision) => (
          <ActionButton
            key={decision}
            size="sm"
            reason={may}
            onClick={() => {
              setAsked(decision);
            }}
          >
            {DECISIONS[decision].title}…
          </ActionButton>
        ))}
      </BulkBar>
      {asked ? (
        <DecideDialog
          runId={runId}
          subject={`${formatCount(count)} ${count === 1 ? 'row' : 'rows'}`}
          rowIds={rowIds}
          decision={asked}
          onClose={(isDone) => {
            setAsked(null);
            if (isDone) selection.clear();
          }}
        />
      ) : null}
    </>
  );
}
