import { useState } from 'react';
import IconHistory from '@tabler/icons-react/dist/esm/icons/IconHistory.mjs';
import type { AuditRow } from '../../../shared/domains/system/system-contract.ts';
import { useEngine } from '../../client/engine-context.tsx';
import { errorWords } from '../../client/error-words.ts';
import { useListSource } from '../../client/use-list-source.ts';
import { useAddressParam } from '../../ui/address.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { formatCount } from '../../ui/format.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { QueryBar } from '../../ui/query-bar.tsx';
import { toast } from '../../ui/toast.ts';
import type { TableColumn } from '../../ui/table-column.ts';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { AuditResult } from './audit-result.tsx';
import { operationWords } from './operation-words.ts';

const COLUMNS: readonly TableColumn<AuditRow>[] = [
  { key: 'at', title: 'When', width: 110, cell: (row) => <Timestamp atMs={Date.parse(row.at)} /> },
  { key: 'actor', title: 'Who', width: 90, cell: (row) => row.actor },
  {
    key: 'what',
    title: 'What',
    width: 260,
    grow: true,
    cell: (row) => (
      <>
        {operationWords(row)} <b className="ik-med">{row.subject}</b>
      </>
    ),
  },
  { key: 'result', title: 'Result', width: 196, cell: (row) => <AuditResult row={row} /> },
  {
    key: 'input',
    title: 'With',
    width: 280,
    grow: true,
    cell: (row) => (
      <span className="ik-q" title={row.input}>
        {row.input}
      </span>
    ),
  },
  {
    key: 'operation',
    title: 'Operation',
    width: 180,
    cell: (row) => <span className="ik-q">{row.operation}</span>,
  },
  { key: 'seq', title: 'No.', width: 64, align: 'right', cell: (row) => formatCount(row.seq) },
];

const keyOf = (row: AuditRow): string => String(row.seq);
const FIELDS = [
  { name: 'by', hint: 'who' },
  { name: 'operation', hint: 'fleet.vmStart' },
];

/** The audit log: who did what, when, with what result; its chain of hashes can be checked here. */
export function ActivityPage() {
  const { client } = useEngine();
  const [query, setQuery] = useAddressParam('query');
  const [total, setTotal] = useState(0);
  const [busy, setBusy] = useState(false);
  const source = useListSource('system.auditList', { query, direction: 'desc' });
  const verify = async (): Promise<void> => {
    setBusy(true);
    try {
      const { ok, rows, firstBadSeq, head } = await client.query('system.auditVerify', {});
      if (ok)
        toast(
          'ok',
          'The log is whole',
          `${formatCount(rows)} rows, each with the hash of the one before. Note elsewhere that row ${head.seq} has the hash ${head.hash}: it shows later that nothing was cut off.`,
        );
      else toast('bad', 'The log was changed', `Row ${firstBadSeq ?? '?'} does not fit the one before it.`);
    } catch (error) {
      toast('bad', 'The log could not be checked', errorWords(error).sentence);
    }
    setBusy(false);
  };
  return (
    <section className="ik-list ik-grow">
      <PageHead
        tight
        title="Activity"
        meta={`${formatCount(total)} entries, every command of everybody`}
        actions={
          <Button size="sm" busy={busy} onClick={() => void verify()}>
            Check the chain
          </Button>
        }
      />
      <div style={{ paddingBottom: 8 }}>
        <QueryBar value={query} onChange={setQuery} fields={FIELDS} placeholder="by, operation…" />
      </div>
      <VirtualTable
        id="activity"
        label="Audit log"
        columns={COLUMNS}
        rowKey={keyOf}
        source={source}
        onState={(state) => {
          setTotal(state.total);
        }}
        empty={
          <EmptyState icon={IconHistory} title={query === '' ? 'Nothing was done yet' : 'Nothing matches'}>
            Every command is written here with who gave it, what it was given and how it ended. Secrets are
            left out.
          </EmptyState>
        }
      />
    </section>
  );
}
