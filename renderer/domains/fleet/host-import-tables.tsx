import { Checkbox } from '@mantine/core';
import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleDashed from '@tabler/icons-react/dist/esm/icons/IconCircleDashed.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconInfoCircle from '@tabler/icons-react/dist/esm/icons/IconInfoCircle.mjs';
import IconKey from '@tabler/icons-react/dist/esm/icons/IconKey.mjs';
import { IMPORT_FIELDS, type ImportField } from '../../../shared/domains/fleet/host-import-rules.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { SelectField } from '../../ui/form-field.tsx';
import { formatCount } from '../../ui/format.ts';
import { StateLabel } from '../../ui/state-label.tsx';
import type { ImportRow } from './host-import-state.ts';

const FIELD_WORDS: Readonly<Record<ImportField, string>> = {
  name: 'Name',
  address: 'Address',
  port: 'Port',
  user: 'User',
  jump: 'Jump hosts',
  cluster: 'Cluster',
  labels: 'Labels',
  fingerprint: 'Host key',
};
const FIELDS = [
  { value: '', label: 'Left out' },
  ...IMPORT_FIELDS.map((value) => ({ value, label: FIELD_WORDS[value] })),
];
const SAMPLE_ROWS = 3;

/** What each column of the list is, over its first lines. */
export function ColumnTable(props: {
  cells: readonly (readonly string[])[];
  hasHeader: boolean;
  columns: readonly (ImportField | null)[];
  onColumn: (at: number, field: ImportField | null) => void;
}) {
  const sample = props.cells.slice(props.hasHeader ? 1 : 0, SAMPLE_ROWS + (props.hasHeader ? 1 : 0));
  return (
    <div style={{ overflowX: 'auto' }}>
      <table className="ik-tb" style={{ tableLayout: 'auto' }}>
        <thead>
          <tr>
            {props.columns.map((field, at) => (
              // oxlint-disable-next-line react/no-array-index-key -- a column is known by its place alone
              <th key={at} style={{ minWidth: 120 }}>
                <SelectField
                  size="xs"
                  aria-label={`Column ${at + 1}`}
                  data={FIELDS}
                  allowDeselect={false}
                  value={field ?? ''}
                  onChange={(value) => {
                    props.onColumn(at, (value || null) as ImportField | null);
                  }}
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sample.map((row, at) => (
            // oxlint-disable-next-line react/no-array-index-key -- a line is known by its place alone
            <tr key={at}>
              {props.columns.map((field, column) => (
                // oxlint-disable-next-line react/no-array-index-key -- as above
                <td key={column} className={field === null ? 'ik-t3' : undefined}>
                  {row[column]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function State({ row }: { row: ImportRow }) {
  switch (row.state) {
    case 'new':
      return <StateLabel tone="idle" icon={IconCircleDashed} word="Not looked at" />;
    case 'ready':
      return (row.checked?.facts?.problems.length ?? 0) > 0 ? (
        <StateLabel tone="warn" icon={IconAlertTriangle} word="Ready, with problems" />
      ) : (
        <StateLabel tone="ok" icon={IconCircleCheck} word="Ready" />
      );
    case 'key':
      return <StateLabel strong tone="warn" icon={IconKey} word="Confirm its key" />;
    case 'known':
      return <StateLabel tone="idle" icon={IconInfoCircle} word="Here already" />;
    case 'bad':
      return <StateLabel strong tone="bad" icon={IconCircleX} word="Not possible" />;
  }
}

function What({ row, onToggle }: { row: ImportRow; onToggle: (row: ImportRow) => void }) {
  if (row.problems.length > 0) return <span>{row.problems.join(' ')}</span>;
  const { checked } = row;
  if (!checked) return <span className="ik-t3">–</span>;
  if (row.state === 'key') {
    return (
      <Checkbox
        size="xs"
        checked={row.isConfirmed}
        label={
          <span className="ik-mono">
            {checked.keyOf === '' ? '' : `${checked.keyOf}: `}
            {checked.fingerprint}
          </span>
        }
        onChange={() => {
          onToggle(row);
        }}
      />
    );
  }
  if (!checked.facts) return <span>{checked.sentence}</span>;
  const { facts } = checked;
  return (
    <span>
      {facts.hostname}, {facts.cpuCount} CPUs, {formatBytes(facts.memoryBytes)}, {formatCount(facts.vms)}{' '}
      {facts.vms === 1 ? 'VM' : 'VMs'}
      {facts.problems.map((problem) => (
        <span key={problem.code} className="ik-warn" style={{ display: 'block' }}>
          {problem.sentence}
        </span>
      ))}
    </span>
  );
}

/** Every line with what its host said. */
export function LineTable(props: { rows: readonly ImportRow[]; onToggle: (row: ImportRow) => void }) {
  return (
    <table className="ik-tb">
      <colgroup>
        <col style={{ width: 44 }} />
        <col style={{ width: 120 }} />
        <col style={{ width: 170 }} />
        <col style={{ width: 110 }} />
        <col style={{ width: 150 }} />
        <col />
      </colgroup>
      <thead>
        <tr>
          <th className="ik-num">Line</th>
          <th>Name</th>
          <th>Entered as</th>
          <th>Cluster</th>
          <th>State</th>
          <th>What is there</th>
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={row.line.line}>
            <td className="ik-num ik-t3">{row.line.line}</td>
            <td className="ik-med">{row.line.name || <span className="ik-t3">its own</span>}</td>
            <td
              className="ik-el"
              title={row.line.jump.length > 0 ? `through ${row.line.jump.join(', ')}` : undefined}
            >
              {row.line.user}@{row.line.address}
              {row.line.port === 22 ? '' : `:${row.line.port}`}
            </td>
            <td className="ik-el">{row.line.cluster || <span className="ik-t3">the oldest</span>}</td>
            <td>
              <State row={row} />
            </td>
            <td className="ik-wrap ik-t2">
              <What row={row} onToggle={props.onToggle} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
