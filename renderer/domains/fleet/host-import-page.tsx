import './fleet.css';
import { useMemo, useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { useForm } from '@mantine/form';
import {
  columnsWithoutHeader,
  csvCells,
  guessColumns,
  isHeader,
  readImport,
  type ImportField,
} from '../../../shared/domains/fleet/host-import-rules.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { DraftNote } from '../../ui/draft-note.tsx';
import { useFormDraft } from '../../ui/form-draft.ts';
import { Form } from '../../ui/form-field.tsx';
import { formatCount } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { toast } from '../../ui/toast.ts';
import { CsvDropField } from './csv-drop-field.tsx';
import { AuthFields } from './host-add-steps.tsx';
import { doorInput, doorProblems, emptyDoor } from './host-door-form.ts';
import { ColumnTable, LineTable } from './host-import-tables.tsx';
import { HostImportResult } from './host-import-result.tsx';
import { importInputOf, useImportCheck, type ImportRow } from './host-import-state.ts';

/** The list as it was read, what each column is, and the lines. */
function useList(text: string) {
  const [chosen, setChosen] = useState<{ of: string; columns: readonly (ImportField | null)[] } | null>(null);
  const cells = useMemo(() => csvCells(text), [text]);
  const [first = []] = cells;
  const hasHeader = isHeader(first);
  const heading = first.join('\n');
  const guessed = hasHeader ? guessColumns(first) : columnsWithoutHeader(first);
  // Another list has other columns: what was chosen for one is forgotten.
  const columns = chosen?.of === heading ? chosen.columns : guessed;
  const columnKey = columns.join();
  const lines = useMemo(
    () =>
      readImport(cells, {
        columns: columnKey.split(',').map((word) => (word || null) as ImportField | null),
        hasHeader,
      }),
    [cells, columnKey, hasHeader],
  );
  return {
    cells,
    hasHeader,
    columns,
    lines,
    setColumn: (at: number, field: ImportField | null) => {
      setChosen({
        of: heading,
        // A field is one column: who had it before has none.
        columns: columns.map((each, index) => (index === at ? field : each === field ? null : each)),
      });
    },
  };
}

function ImportForm() {
  const [, navigate] = useLocation();
  const may = useMay('fleet.administer');
  const typed = useForm({ mode: 'controlled', initialValues: { list: '' } });
  const draft = useFormDraft(typed, 'host-import');
  const text = typed.getValues().list;
  const list = useList(text);
  const form = useForm({
    mode: 'controlled',
    initialValues: { ...emptyDoor, address: 'list' },
    validateInputOnBlur: true,
    validate: { privateKey: doorProblems.privateKey, password: doorProblems.password },
  });
  const check = useImportCheck(list.lines);
  const add = useCommand('fleet.hostImport');
  const { auth } = doorInput(form.getValues(), []);
  const rows = check.rows;
  const ready = rows.filter((row) => row.state === 'ready');
  const unclear = rows.filter((row) => row.state === 'key' && row.isConfirmed);
  const begin = async (which: readonly ImportRow[]): Promise<void> => {
    if (!form.validate().hasErrors) await check.run(which, auth);
  };
  const finish = async (): Promise<void> => {
    const done = await add.run({ auth, lines: ready.map((row) => importInputOf(row)) });
    if (!done) return;
    draft.clear();
    toast(
      'acc',
      `${formatCount(ready.length)} ${ready.length === 1 ? 'host is' : 'hosts are'} being added`,
      'The task goes on without this window.',
    );
    navigate(`/hosts/import/${done.importId}`);
  };
  const sound = rows.filter((row) => row.problems.length === 0);
  return (
    <>
      <Panel
        title="1 The list"
        meta={
          list.lines.length > 0
            ? `${formatCount(list.lines.length)} ${list.lines.length === 1 ? 'host' : 'hosts'}`
            : undefined
        }
        pad
      >
        <div className="ik-form" style={{ maxWidth: 'none' }}>
          {draft.restored ? <DraftNote onDiscard={draft.discard} /> : null}
          <CsvDropField
            value={text}
            onText={(list) => {
              typed.setFieldValue('list', list);
            }}
          />
          {list.cells.length > 0 ? (
            <ColumnTable
              cells={list.cells}
              hasHeader={list.hasHeader}
              columns={list.columns}
              onColumn={list.setColumn}
            />
          ) : null}
        </div>
      </Panel>
      <Panel title="2 The way in" meta="the same for all of them" pad>
        <Form
          onSubmit={() => void begin(sound)}
          problem={check.problem ? <Note tone="bad">{check.problem}</Note> : null}
          foot={
            <>
              <ActionButton
                type="submit"
                kind={ready.length > 0 ? 'default' : 'primary'}
                busy={check.pending}
                reason={may ?? (sound.length === 0 ? 'There is no line to look at yet.' : null)}
              >
                {check.pending
                  ? `Looking, ${formatCount(check.done)} of ${formatCount(check.of)}…`
                  : `Look at ${formatCount(sound.length)} ${sound.length === 1 ? 'host' : 'hosts'}`}
              </ActionButton>
              <Link href="/hosts" className="ik-link ik-sm">
                Cancel
              </Link>
              <span className="ik-xs ik-t3">Nothing is changed on them, and nothing is added yet.</span>
            </>
          }
        >
          <AuthFields form={form} />
        </Form>
      </Panel>
      {rows.length > 0 ? (
        <Panel
          title="3 The hosts"
          meta={`${formatCount(ready.length)} ready, ${formatCount(rows.filter((row) => row.state === 'key').length)} with a key to confirm, ${formatCount(rows.filter((row) => row.state === 'bad').length)} with something in the way`}
          actions={
            rows.some((row) => row.state === 'key') ? (
              <>
                <Button
                  size="sm"
                  onClick={() => {
                    check.confirm(rows.filter((row) => row.state === 'key'));
                  }}
                >
                  I have compared all keys
                </Button>
                <ActionButton
                  size="sm"
                  kind="primary"
                  busy={check.pending}
                  reason={unclear.length === 0 ? 'Tick the keys you have compared first.' : null}
                  onClick={() => void begin(unclear)}
                >
                  {`Go on with ${formatCount(unclear.length)}`}
                </ActionButton>
              </>
            ) : undefined
          }
        >
          <LineTable rows={rows} onToggle={check.toggle} />
          <div className="ik-pb ik-row" style={{ gap: 12 }}>
            <ActionButton
              kind="primary"
              busy={add.pending}
              reason={
                may ?? (ready.length === 0 ? 'No host is ready: look at them and confirm their keys.' : null)
              }
              onClick={() => void finish()}
            >
              {`Add ${formatCount(ready.length)} ${ready.length === 1 ? 'host' : 'hosts'}`}
            </ActionButton>
            {add.error ? <span className="ik-bad">{add.error.sentence}</span> : null}
            <span className="ik-t3">Lines that are not ready are left out.</span>
          </div>
        </Panel>
      ) : null}
    </>
  );
}

/** Adds many hosts from a CSV: read, looked at, keys confirmed, added by a task; or what became of one import. */
export function HostImportPage() {
  const { importId } = useParams<{ importId?: string }>();
  return (
    <>
      <PageHead
        title={importId === undefined ? 'Import hosts' : 'Import of hosts'}
        actions={
          <Link href="/hosts" className="ik-link ik-sm">
            Hosts
          </Link>
        }
      />
      <div className="ik-page">
        {importId === undefined ? <ImportForm /> : <HostImportResult importId={importId} />}
      </div>
    </>
  );
}
