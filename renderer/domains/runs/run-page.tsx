import './runs.css';
import { useMemo, useState } from 'react';
import { Link, useParams } from 'wouter';
import IconReceipt2 from '@tabler/icons-react/dist/esm/icons/IconReceipt2.mjs';
import { FINDINGS } from '../../../shared/domains/runs/run-rules.ts';
import { RUN_ROW_FIELDS } from '../../../shared/domains/runs/run-row-fields.ts';
import type { BillingRunDetail } from '../../../shared/domains/runs/runs-contract.ts';
import type { InputOf } from '../../client/operation-types.ts';
import { queryFields } from '../../client/query-fields.ts';
import { useListSource } from '../../client/use-list-source.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam, useAddressSort, useGoKeepingQuery } from '../../ui/address.ts';
import { Chip, ChipBar } from '../../ui/chips.tsx';
import { columnsBeside } from '../../ui/columns-beside.ts';
import { CsvButton } from '../../ui/csv-button.tsx';
import { useDetailStep } from '../../ui/detail-step.ts';
import { useElementSize } from '../../ui/element-size.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount } from '../../ui/format.ts';
import { useKeys } from '../../ui/keys.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { QueryBar } from '../../ui/query-bar.tsx';
import { problemIn } from '../../ui/query-completion.ts';
import type { RowListState } from '../../ui/row-list.ts';
import { useSelection } from '../../ui/selection.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { SplitView } from '../../ui/split-view.tsx';
import { Badge } from '../../ui/state-label.tsx';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { RunApproval } from './run-approval.tsx';
import { RunBulkBar } from './run-decide-dialog.tsx';
import { runLooks } from './run-looks.ts';
import { runRowColumns } from './run-row-columns.tsx';
import { RunRowDetail } from './run-row-detail.tsx';
import { RunSteps } from './run-steps.tsx';
import { RunTotals } from './run-totals.tsx';

const FIELDS = queryFields(RUN_ROW_FIELDS);
type RowsInput = Omit<InputOf<'runs.runRows'>, 'cursor' | 'limit' | 'ids'>;

/** Findings as filters, each with its count; what there is none of is left out. */
function Filters(props: { run: BillingRunDetail; query: string; setQuery: (query: string) => void }) {
  const { run, query, setQuery } = props;
  const filters = [
    { query: '', words: 'All', count: run.counts.total },
    ...run.findings
      .filter(({ count }) => count > 0)
      .map(({ finding, count }) => ({
        query: `finding:${finding}`,
        words: FINDINGS[finding].words as string,
        count,
      })),
    ...(run.undecided > 0
      ? [{ query: 'severity:high decision:open state:ready', words: 'To decide', count: run.undecided }]
      : []),
    ...(run.counts.leftOut > 0
      ? [{ query: 'state:left-out', words: 'Left out', count: run.counts.leftOut }]
      : []),
  ];
  return (
    <ChipBar label="What is remarkable">
      {filters.map((filter) => (
        <Chip
          key={filter.query}
          on={query === filter.query}
          count={formatCount(filter.count)}
          onClick={() => {
            setQuery(query === filter.query ? '' : filter.query);
          }}
        >
          {filter.words}
        </Chip>
      ))}
    </ChipBar>
  );
}

/** A run's preview beside its approval, or beside the row that is looked at. */
export function RunPage() {
  const { runId, rowId } = useParams<{ runId: string; rowId?: string }>();
  const answer = useQuery('runs.runGet', { runId }, { topics: ['run'] });
  const run = answer.data;
  if (!run) {
    return answer.error ? (
      <ErrorPanel title="The billing run could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={10} />
    );
  }
  return <Run run={run} rowId={rowId} />;
}

function useRows(runId: string) {
  const [query, setQuery] = useAddressParam('query');
  const [sort, setSort] = useAddressSort<string>('severity', 'desc');
  const input = { runId, query, sort: sort.key, direction: sort.direction } as RowsInput;
  const source = useListSource('runs.runRows', input, { byId: true, topics: ['run'] });
  return { query, setQuery, sort, setSort, source };
}

function Run({ run, rowId }: { run: BillingRunDetail; rowId: string | undefined }) {
  const go = useGoKeepingQuery();
  const rows = useRows(run.id);
  const [state, setState] = useState<RowListState | null>(null);
  const { stepper, step } = useDetailStep();
  const { ref, width } = useElementSize();
  const selection = useSelection();
  const isOpen = run.state === 'ready' || run.state === 'returned';
  const columns = useMemo(
    () =>
      columnsBeside(
        runRowColumns.filter((column) => column.optional !== true),
        { widthPx: width, hasTicks: isOpen, sortKey: rows.sort.key },
      ),
    [width, rows.sort.key, isOpen],
  );
  const isRow = rowId !== undefined && selection.count(state?.total ?? 0) === 0;
  useKeys(
    useMemo(
      () =>
        isRow
          ? [
              {
                keys: 'Escape',
                label: 'Back to the approval',
                group: 'This page',
                run: () => {
                  go(`/runs/${run.id}`);
                },
              },
            ]
          : [],
      [isRow, go, run.id],
    ),
  );
  const look = runLooks[run.state];
  const problem = rows.source.describeError && state?.error ? rows.source.describeError(state.error) : null;
  return (
    <SplitView
      list={
        <div className="ik-run-body" ref={ref}>
          <PageHead
            tight
            title={`Billing run, ${run.title}`}
            meta={
              <>
                <Badge tone={look.tone} icon={look.icon}>
                  {look.word}
                </Badge>
                <span>prepared by {run.preparedBy}</span>
              </>
            }
            actions={
              <>
                <CsvButton fileName="billing-run.csv" source={rows.source} columns={runRowColumns} />
                <Link href="/runs" className="ik-link ik-sm">
                  All runs
                </Link>
              </>
            }
          />
          <RunSteps run={run} />
          <div className="ik-run-top">
            <RunTotals run={run} />
          </div>
          <QueryBar
            value={rows.query}
            onChange={rows.setQuery}
            fields={FIELDS}
            placeholder="customer, finding, severity, state…"
            problem={problem?.code === 'bad-input' ? problemIn(rows.query, problem.sentence) : null}
          />
          <Filters run={run} query={rows.query} setQuery={rows.setQuery} />
          <VirtualTable
            id={`run-${run.id}`}
            label="Would-be invoices"
            columns={columns}
            rowKey={(row) => row.id}
            source={rows.source}
            sort={rows.sort}
            onSort={rows.setSort}
            currentKey={rowId ?? null}
            stepper={stepper}
            {...(isOpen ? { selection } : {})}
            onOpen={(row) => {
              go(`/runs/${run.id}/${row.id}`);
            }}
            onState={setState}
            empty={
              <EmptyState icon={IconReceipt2} title={rows.query === '' ? 'No rows yet' : 'No row matches'}>
                {run.state === 'previewing'
                  ? 'The preview is being worked out: rows appear when it is done.'
                  : 'Nothing of this run fits the query.'}
              </EmptyState>
            }
          />
          {isOpen ? (
            <RunBulkBar runId={run.id} selection={selection} total={state?.total ?? 0} source={rows.source} />
          ) : null}
        </div>
      }
      detail={
        rowId === undefined ? (
          <RunApproval key={`${run.id} ${run.digest}`} run={run} />
        ) : (
          <RunRowDetail
            key={rowId}
            rowId={rowId}
            runState={run.state}
            step={step}
            onClose={() => {
              go(`/runs/${run.id}`);
            }}
          />
        )
      }
    />
  );
}
