import { useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import IconSwitchHorizontal from '@tabler/icons-react/dist/esm/icons/IconSwitchHorizontal.mjs';
import {
  REPRICING_ITEM_FIELDS,
  REPRICING_ITEM_STATES,
} from '../../../shared/domains/repricing/repricing-rules.ts';
import type { RepricingDetail } from '../../../shared/domains/repricing/repricing-contract.ts';
import type { InputOf } from '../../client/operation-types.ts';
import { queryFields } from '../../client/query-fields.ts';
import { useListSource } from '../../client/use-list-source.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam, useAddressSort } from '../../ui/address.ts';
import { Chip, ChipBar } from '../../ui/chips.tsx';
import { CsvButton } from '../../ui/csv-button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { QueryBar } from '../../ui/query-bar.tsx';
import { problemIn } from '../../ui/query-completion.ts';
import type { RowListState } from '../../ui/row-list.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Badge } from '../../ui/state-label.tsx';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { EVERY_WORDS } from '../catalog/component-words.ts';
import { itemColumns } from './repricing-columns.tsx';
import { RepricingControls, subscriptionsWords } from './repricing-controls.tsx';
import { effectWords, itemLooks, reasonWords, repricingLooks } from './repricing-looks.ts';

const FIELDS = queryFields(REPRICING_ITEM_FIELDS);
const TOPICS = ['repricing'];
type ItemsInput = Omit<InputOf<'repricing.repricingItems'>, 'cursor' | 'limit' | 'ids'>;

/** One move: what each subscription pays and would pay, why some stay, and what became of it. */
export function RepricingPage() {
  const { repricingId } = useParams<{ repricingId: string }>();
  const answer = useQuery('repricing.repricingGet', { repricingId }, { topics: TOPICS });
  const move = answer.data;
  if (!move) {
    return answer.error ? (
      <ErrorPanel title="The move could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={10} />
    );
  }
  return <Move move={move} />;
}

function Totals({ move }: { move: RepricingDetail }) {
  if (move.totals.length === 0) return null;
  return (
    <Panel title="To be moved or moved, by currency" meta="whole periods, without usage">
      <table className="ik-tb">
        <thead>
          <tr>
            <th>Currency</th>
            <th>Per</th>
            <th className="ik-num">Subscriptions</th>
            <th className="ik-num">Pay now</th>
            <th className="ik-num">Will pay</th>
            <th className="ik-num">Difference</th>
            <th className="ik-num">Set-ups</th>
          </tr>
        </thead>
        <tbody>
          {move.totals.map((total) => (
            <tr key={`${total.currency} ${total.every}`}>
              <td className="ik-med">{total.currency}</td>
              <td className="ik-t2">{EVERY_WORDS[total.every]}</td>
              <td className="ik-num">{formatCount(total.subscriptions)}</td>
              <td className="ik-num">
                <MoneyText money={total.now} withoutCurrency />
              </td>
              <td className="ik-num ik-strong">
                <MoneyText money={total.later} withoutCurrency />
              </td>
              <td className="ik-num">
                <MoneyText money={total.change} withoutCurrency />
              </td>
              <td className="ik-num ik-t2">
                <MoneyText money={total.once} withoutCurrency />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Summary({ move }: { move: RepricingDetail }) {
  const look = repricingLooks[move.state];
  const isUnderWay = move.state === 'previewing' || move.state === 'moving' || move.state === 'taking-back';
  return (
    <>
      <div className="ik-row" style={{ gap: 12, padding: '0 12px 8px 16px' }}>
        <Badge tone={look.tone} icon={look.icon}>
          {look.word}
        </Badge>
        {isUnderWay ? (
          <ProgressBar
            label={move.title}
            width={200}
            progress={{ ...move.progress, unit: 'subscriptions' }}
          />
        ) : null}
        <span className="ik-sm ik-t2 ik-el">
          {effectWords(move.effect)} ·{' '}
          {move.query === '' ? 'all subscriptions' : <span className="ik-q">{move.query}</span>}
        </span>
        <span className="ik-t3 ik-sm">
          {move.preparedBy}, <Timestamp dated atMs={Date.parse(move.preparedAt)} />
        </span>
        {move.taskId === '' ? null : (
          <Link href={`/tasks/${move.taskId}`} className="ik-link ik-sm">
            Task
          </Link>
        )}
        <span className="ik-end">
          <RepricingControls move={move} />
        </span>
      </div>
      <div style={{ padding: '0 12px 8px 16px' }}>
        {move.stateReason === '' ? null : <Note tone="warn">{move.stateReason}</Note>}
        {move.usageOther > 0 ? (
          <Note tone="acc">
            {subscriptionsWords(move.usageOther)} will pay otherwise for what they use, too: that is not in
            the amounts.
          </Note>
        ) : null}
        <Totals move={move} />
      </div>
    </>
  );
}

function Filters(props: { move: RepricingDetail; query: string; setQuery: (query: string) => void }) {
  const { move, query, setQuery } = props;
  const filters = [
    ...REPRICING_ITEM_STATES.filter((state) => move.counts[state] > 0).map((state) => ({
      query: `state:${state}`,
      words: itemLooks[state].word,
      count: move.counts[state],
      hint: undefined as string | undefined,
    })),
    ...move.reasons.map(({ state, code, count, example }) => ({
      query: `state:${state} code:${code}`,
      words: reasonWords(code),
      count,
      hint: example,
    })),
  ];
  return (
    <ChipBar label="What becomes of them">
      {filters.map((filter) => (
        <span key={filter.query} title={filter.hint}>
          <Chip
            on={query === filter.query}
            count={formatCount(filter.count)}
            onClick={() => {
              setQuery(query === filter.query ? '' : filter.query);
            }}
          >
            {filter.words}
          </Chip>
        </span>
      ))}
    </ChipBar>
  );
}

function Move({ move }: { move: RepricingDetail }) {
  const [, navigate] = useLocation();
  const [query, setQuery] = useAddressParam('query');
  const [sort, setSort] = useAddressSort<string>('order', 'asc');
  const [state, setState] = useState<RowListState | null>(null);
  const input = { repricingId: move.id, query, sort: sort.key, direction: sort.direction } as ItemsInput;
  const source = useListSource('repricing.repricingItems', input, { topics: TOPICS });
  const problem = source.describeError && state?.error ? source.describeError(state.error) : null;
  return (
    <section className="ik-list">
      <PageHead
        tight
        title={`Move to ${move.plan}`}
        meta={<b className="ik-strong ik-tn">{formatCount(move.total)}</b>}
        actions={
          <>
            <CsvButton fileName="move-to-another-price.csv" source={source} columns={itemColumns} />
            <Link href="/plans/moves" className="ik-link ik-sm">
              All moves
            </Link>
          </>
        }
      />
      <Summary move={move} />
      <QueryBar
        value={query}
        onChange={setQuery}
        fields={FIELDS}
        placeholder="customer, state, code, currency…"
        problem={problem?.code === 'bad-input' ? problemIn(query, problem.sentence) : null}
      />
      <Filters move={move} query={query} setQuery={setQuery} />
      <VirtualTable
        id={`repricing-${move.id}`}
        label="Subscriptions of the move"
        columns={itemColumns}
        rowKey={(row) => row.id}
        source={source}
        sort={sort}
        onSort={setSort}
        onOpen={(row) => {
          navigate(`/subscriptions/${row.subscriptionId}`);
        }}
        onState={setState}
        empty={
          <EmptyState icon={IconSwitchHorizontal} title="No subscription of it fits the query">
            Take a word of the query away.
          </EmptyState>
        }
      />
    </section>
  );
}
