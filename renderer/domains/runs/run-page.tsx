import '../billing/billing.css';
import './runs.css';
import { useMemo, useState } from 'react';
import { useMediaQuery } from '@mantine/hooks';
import { Link, useParams } from 'wouter';
import IconReceipt2 from '@tabler/icons-react/dist/esm/icons/IconReceipt2.mjs';
import { FINDINGS, NO_FINDING } from '../../../shared/domains/runs/run-rules.ts';
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
import { useCompanies } from '../companies/company-choice.tsx';
import { RunApproval } from './run-approval.tsx';
import { RunBulkBar } from './run-decide-dialog.tsx';
import { runLooks } from './run-looks.ts';
import { runRowColumns } from './run-row-columns.tsx';
import { RunRowDetail } from './run-row-detail.tsx';
import { RunSteps } from './run-steps.tsx';
import { RunFoot } from './run-foot.tsx';
import { RunTotals } from './run-totals.tsx';
import { beforeWords, sidesOf } from './run-words.ts';

const FIELDS = queryFields(RUN_ROW_FIELDS);
type RowsInput = Omit<InputOf<'runs.runRows'>, 'cursor' | 'limit' | 'ids'>;

/** Findings as filters, each with its count; what there is none of is left out. */
function Filters(props: { run: BillingRunDetail; query: string; setQuery: (query: string) => void }) {
  const { run, query, setQuery } = props;
  const filters = [
    { query: '', words: 'All', count: run.counts.total },
    ...(run.anomalies > 0
      ? [{ query: 'severity:check,high', words: 'Anomalies', count: run.anomalies }]
      : []),
    ...run.findings
      .filter(({ count }) => count > 0)
      .map(({ finding, count }) => ({
        query: `finding:${finding}`,
        words: FINDINGS[finding].words as string,
        count,
      })),
    ...(run.same > 0 ? [{ query: `finding:${NO_FINDING}`, words: 'Same', count: run.same }] : []),
    ...(run.undecided > 0
      ? [{ query: 'severity:high decision:open state:ready', words: 'To decide', count: run.undecided }]
      : []),
    ...(run.counts.leftOut > 0
      ? [{ query: 'state:left-out', words: 'Left out', count: run.counts.leftOut }]
      : []),
  ];
  return (
    <div className="ik-run-compared">
      <h2>Compared with {beforeWords(run)}</h2>
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
    </div>
  );
}

/** A list this narrow leaves who prepared it to the approval. */
const NARROW_PX = 720;

/** From here on a row opens under the list, and the approval stays beside both. */
const ROOMY = '(min-width: 1440px)';

/** A run's preview beside its approval; in a narrow window the row that is looked at takes the place of the approval. */
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
  const sides = sidesOf(run);
  const average = run.compared?.average ?? null;
  const scale = average === null ? null : Number(average.amountMinor);
  const allColumns = useMemo(
    () => runRowColumns({ now: sides.now, before: sides.before, scale }),
    [sides.now, sides.before, scale],
  );
  const columns = useMemo(
    () =>
      columnsBeside(
        allColumns.filter((column) => column.optional !== true),
        { widthPx: width, hasTicks: isOpen, sortKey: rows.sort.key },
      ),
    [allColumns, width, rows.sort.key, isOpen],
  );
  const isRow = rowId !== undefined && selection.count(state?.total ?? 0) === 0;
  useKeys(
    useMemo(
      () =>
        isRow
          ? [
              {
                keys: 'Escape',
                label: 'Close the row',
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
  const isRoomy = useMediaQuery(ROOMY, true, { getInitialValueInEffect: false });
  const isSlim = isRoomy || rowId === undefined;
  const opened =
    rowId === undefined ? null : (
      <RunRowDetail
        key={rowId}
        rowId={rowId}
        runState={run.state}
        sides={sides}
        step={step}
        onClose={() => {
          go(`/runs/${run.id}`);
        }}
      />
    );
  const look = runLooks[run.state];
  const isOneOfMany = useCompanies().length > 1;
  const problem = rows.source.describeError && state?.error ? rows.source.describeError(state.error) : null;
  return (
    <SplitView
      slim={isSlim}
      wide={!isSlim}
      list={
        <div className="ik-run-body" ref={ref}>
          <PageHead
            tight
            title={`Billing run, ${run.title}${isOneOfMany ? `, ${run.company}` : ''}`}
            meta={
              <>
                <Badge tone={look.tone} icon={look.icon}>
                  {look.word}
                </Badge>
                {width > 0 && width < NARROW_PX ? null : <span>prepared by {run.preparedBy}</span>}
              </>
            }
            actions={
              <>
                <CsvButton fileName="billing-run.csv" source={rows.source} columns={allColumns} />
                {run.comparedRun === null ? null : (
                  <Link
                    href={`/runs/${run.comparedRun.id}`}
                    className="ik-link ik-sm"
                    title={run.comparedRun.title}
                  >
                    {sides.isMonth ? `${sides.before} run` : 'Run before'}
                  </Link>
                )}
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
            placeholder="customer, type, finding, severity, state…"
            problem={problem?.code === 'bad-input' ? problemIn(rows.query, problem.sentence) : null}
          />
          <Filters run={run} query={rows.query} setQuery={rows.setQuery} />
          <VirtualTable
            id={`run-${run.id}`}
            label="Would-be invoices and credit notes"
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
          {run.counts.total === 0 ? null : (
            <RunFoot run={run} shown={state?.total ?? 0} sort={rows.sort} sides={sides} />
          )}
          {isRoomy && rowId !== undefined ? (
            <section className="ik-run-under" aria-label="The row that is open">
              {opened}
            </section>
          ) : null}
          {isOpen ? (
            <RunBulkBar runId={run.id} selection={selection} total={state?.total ?? 0} source={rows.source} />
          ) : null}
        </div>
      }
      detail={opened === null || isRoomy ? <RunApproval key={`${run.id} ${run.digest}`} run={run} /> : opened}
    />
  );
}
