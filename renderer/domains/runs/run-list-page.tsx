import './runs.css';
import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import IconReceipt2 from '@tabler/icons-react/dist/esm/icons/IconReceipt2.mjs';
import { RUN_STATES } from '../../../shared/domains/runs/run-rules.ts';
import { useList } from '../../client/use-list.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { formatCount } from '../../ui/format.ts';
import { useKeys } from '../../ui/keys.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { QueryBar } from '../../ui/query-bar.tsx';
import type { QueryField } from '../../ui/query-completion.ts';
import { problemIn } from '../../ui/query-completion.ts';
import type { RowListState } from '../../ui/row-list.ts';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { useCompanies } from '../companies/company-choice.tsx';
import { runColumns } from './run-columns.tsx';

/** Where one company sells nobody asks whose a run is. */
const runColumnsOfOne = runColumns.filter(({ key }) => key !== 'company');

const fieldsOf = (companies: readonly string[]): readonly QueryField[] => [
  { name: 'state', hint: 'ready, posting, posted, …', values: RUN_STATES },
  { name: 'by', hint: 'who prepared it' },
  { name: 'period', hint: '2026-08' },
  ...(companies.length > 1 ? [{ name: 'company', hint: 'a part of its name', values: companies }] : []),
];

/** Billing runs, the last one first; one of them has a page of its own. */
export function RunListPage() {
  const [, navigate] = useLocation();
  const list = useList('runs.runList', { sort: 'prepared', direction: 'desc', topics: ['run'] });
  const [state, setState] = useState<RowListState | null>(null);
  const reason = useMay('billing.write');
  const companies = useCompanies();
  const fields = useMemo(() => fieldsOf(companies.map(({ name }) => name)), [companies]);
  const columns = companies.length > 1 ? runColumns : runColumnsOfOne;
  const prepare = (): void => {
    navigate('/runs/new');
  };
  useKeys(
    useMemo(
      () =>
        reason === null
          ? [
              {
                keys: 'n',
                label: 'New billing run',
                group: 'This page',
                run: () => {
                  navigate('/runs/new');
                },
              },
            ]
          : [],
      [reason, navigate],
    ),
  );
  const problem = list.source.describeError && state?.error ? list.source.describeError(state.error) : null;
  return (
    <section className="ik-list">
      <PageHead
        tight
        title="Billing runs"
        meta={state ? <b className="ik-strong ik-tn">{formatCount(state.total)}</b> : undefined}
        actions={
          <ActionButton size="sm" kind="primary" icon={IconPlus} reason={reason} onClick={prepare}>
            New billing run
          </ActionButton>
        }
      />
      <QueryBar
        value={list.query}
        onChange={list.setQuery}
        fields={fields}
        placeholder={companies.length > 1 ? 'state, by, period, company…' : 'state, by, period…'}
        problem={problem?.code === 'bad-input' ? problemIn(list.query, problem.sentence) : null}
      />
      <VirtualTable
        id="runs"
        label="Billing runs"
        columns={columns}
        rowKey={(run) => run.id}
        source={list.source}
        sort={list.sort}
        onSort={list.setSort}
        onOpen={(run) => {
          navigate(`/runs/${run.id}`);
        }}
        onState={setState}
        empty={
          <EmptyState
            icon={IconReceipt2}
            title={list.query === '' ? 'No billing runs yet' : 'No billing run matches'}
            action={
              <ActionButton reason={reason} onClick={prepare}>
                New billing run
              </ActionButton>
            }
          >
            A billing run shows what all customers of a period would be invoiced, beside the last time, before
            anything is posted.
          </EmptyState>
        }
      />
    </section>
  );
}
