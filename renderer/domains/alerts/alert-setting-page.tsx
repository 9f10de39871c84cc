import './alerts.css';
import { useState, type ReactNode } from 'react';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import { useMay } from '../../client/use-may.ts';
import type { QueryAnswer } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { ErrorPanel, type ErrorWords } from '../../ui/error-panel.tsx';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { AlertTabs, type AlertPage } from './alert-tabs.tsx';

/** What the table of a page is given for its rows. */
export interface RowActs<Row> {
  /** Why nobody of this role may change them; null: they may. */
  readonly may: string | null;
  readonly onEdit: (row: Row) => void;
  readonly onDelete: (row: Row) => void;
}

interface SettingPageProps<Row> {
  readonly title: string;
  readonly meta?: string;
  readonly tab: AlertPage;
  /** On the button: "New rule". */
  readonly add: string;
  /** Over an error: "The rules could not be read". */
  readonly failed: string;
  readonly answer: QueryAnswer<{ readonly rows: readonly Row[] }>;
  readonly table: (rows: readonly Row[], acts: RowActs<Row>) => ReactNode;
  /** Null: a new one. */
  readonly form: (row: Row | null, onClose: () => void) => ReactNode;
  readonly removal: (row: Row, onClose: () => void) => ReactNode;
  readonly children?: ReactNode;
}

/** A page of what an administrator sets for alerts: a table, and a form and a question over it. */
export function AlertSettingPage<Row>(props: SettingPageProps<Row>) {
  const { answer } = props;
  const may = useMay('alerts.administer');
  const [edited, setEdited] = useState<Row | null | undefined>();
  const [deleted, setDeleted] = useState<Row | undefined>();
  const close = (): void => {
    setEdited(undefined);
    setDeleted(undefined);
  };
  return (
    <>
      <PageHead
        title={props.title}
        meta={props.meta}
        actions={
          <ActionButton
            kind="primary"
            icon={IconPlus}
            reason={may}
            onClick={() => {
              setEdited(null);
            }}
          >
            {props.add}
          </ActionButton>
        }
      />
      <div className="ik-page">
        <AlertTabs value={props.tab} />
        {answer.data ? (
          props.table(answer.data.rows, {
            may,
            onEdit: (row) => {
              setEdited(() => row);
            },
            onDelete: (row) => {
              setDeleted(() => row);
            },
          })
        ) : answer.error ? (
          <ErrorPanel title={props.failed} error={answer.error} onRetry={answer.refetch} />
        ) : (
          <Skeleton rows={8} />
        )}
        {props.children}
      </div>
      {edited === undefined ? null : props.form(edited, close)}
      {deleted === undefined ? null : props.removal(deleted, close)}
    </>
  );
}

/** The buttons at the end of a row. */
export function RowButtons<Row>({ row, acts }: { row: Row; acts: RowActs<Row> }) {
  return (
    <>
      <ActionButton
        size="sm"
        kind="ghost"
        reason={acts.may}
        onClick={() => {
          acts.onEdit(row);
        }}
      >
        Change
      </ActionButton>
      <ActionButton
        size="sm"
        kind="ghost"
        reason={acts.may}
        onClick={() => {
          acts.onDelete(row);
        }}
      >
        Delete…
      </ActionButton>
    </>
  );
}

/** Asks before one is deleted. */
export function RemovalDialog(props: {
  /** "rule", "channel". */
  readonly what: string;
  readonly name: string;
  readonly pending: boolean;
  readonly error: ErrorWords | null;
  /** Gives whether it is gone. */
  readonly onRemove: () => Promise<unknown>;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const confirm = async (): Promise<void> => {
    if (await props.onRemove()) props.onClose();
  };
  return (
    <ConfirmDialog
      title={`Delete the ${props.what} ${props.name}`}
      action={`Delete the ${props.what}`}
      danger
      busy={props.pending}
      problem={props.error ? <Note tone="bad">{props.error.sentence}</Note> : undefined}
      onConfirm={() => void confirm()}
      onClose={props.onClose}
    >
      <p>{props.children}</p>
    </ConfirmDialog>
  );
}
