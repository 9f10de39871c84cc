import { useState } from 'react';
import { useLocation } from 'wouter';
import IconSwitchHorizontal from '@tabler/icons-react/dist/esm/icons/IconSwitchHorizontal.mjs';
import { REPRICING_STATES } from '../../../shared/domains/repricing/repricing-rules.ts';
import { useList } from '../../client/use-list.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { formatCount } from '../../ui/format.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { QueryBar } from '../../ui/query-bar.tsx';
import { problemIn, type QueryField } from '../../ui/query-completion.ts';
import type { RowListState } from '../../ui/row-list.ts';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { repricingColumns } from './repricing-columns.tsx';

const FIELDS: readonly QueryField[] = [
  { name: 'state', hint: 'ready, moving, moved, …', values: REPRICING_STATES },
  { name: 'plan', hint: 'the plan moved to' },
  { name: 'by', hint: 'who prepared it' },
];

/** Moves of many subscriptions to another price, the last one first. */
export function RepricingListPage() {
  const [, navigate] = useLocation();
  const list = useList('repricing.repricingList', {
    sort: 'prepared',
    direction: 'desc',
    topics: ['repricing'],
  });
  const [state, setState] = useState<RowListState | null>(null);
  const reason = useMay('billing.write');
  const problem = list.source.describeError && state?.error ? list.source.describeError(state.error) : null;
  const prepare = (
    <ActionButton
      size="sm"
      kind="primary"
      icon={IconSwitchHorizontal}
      reason={reason}
      onClick={() => {
        navigate('/plans/moves/new');
      }}
    >
      Move subscriptions
    </ActionButton>
  );
  return (
    <section className="ik-list">
      <PageHead
        tight
        title="Moves to another price"
        meta={state ? <b className="ik-strong ik-tn">{formatCount(state.total)}</b> : undefined}
        actions={prepare}
      />
      <QueryBar
        value={list.query}
        onChange={list.setQuery}
        fields={FIELDS}
        placeholder="state, plan, by…"
        problem={problem?.code === 'bad-input' ? problemIn(list.query, problem.sentence) : null}
      />
      <VirtualTable
        id="repricings"
        label="Moves to another price"
        columns={repricingColumns}
        rowKey={(row) => row.id}
        source={list.source}
        sort={list.sort}
        onSort={list.setSort}
        onOpen={(row) => {
          navigate(`/plans/moves/${row.id}`);
        }}
        onState={setState}
        empty={
          <EmptyState
            icon={IconSwitchHorizontal}
            title={list.query === '' ? 'Nobody was moved yet' : 'No move matches'}
            action={prepare}
          >
            What was sold keeps its price. Moving many subscriptions to another version or plan shows first
            what each pays and would pay.
          </EmptyState>
        }
      />
    </section>
  );
}
