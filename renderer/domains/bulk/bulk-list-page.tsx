import IconChecks from '@tabler/icons-react/dist/esm/icons/IconChecks.mjs';
import type { BulkRow } from '../../../shared/domains/bulk/bulk-contract.ts';
import {
  BULK_ACTIONS,
  BULK_STATES,
  isBulkOpen,
  vmCountWords,
} from '../../../shared/domains/bulk/bulk-rules.ts';
import { useList } from '../../client/use-list.ts';
import { formatCount } from '../../ui/format.ts';
import { ListPage } from '../../ui/list-page.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import type { QueryField } from '../../ui/query-completion.ts';
import { StateLabel } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { SavedQueryBar } from '../queries/saved-query-bar.tsx';
import { bulkLooks } from './bulk-looks.ts';

const FIELDS: readonly QueryField[] = [
  { name: 'state', hint: 'running, stopped, done, …', values: BULK_STATES },
  { name: 'action', hint: 'start, tagsAdd, …', values: BULK_ACTIONS },
  { name: 'by', hint: 'who began it' },
  { name: 'started', hint: 'started>-7d', operator: '>' },
];

const TOPICS = ['bulk'];

const number = (key: 'done' | 'failed' | 'refused', title: string): TableColumn<BulkRow> => ({
  key,
  title,
  width: 72,
  align: 'right',
  cell: ({ counts }) =>
    counts[key] === 0 ? (
      <span className="ik-t3">–</span>
    ) : (
      <span className={key === 'failed' ? 'ik-bad ik-tn' : 'ik-tn'}>{formatCount(counts[key])}</span>
    ),
  text: ({ counts }) => String(counts[key]),
});

function ofWords({ query, undoOf }: BulkRow): string {
  if (undoOf !== null) return 'those it was done to';
  return query === '' ? 'all VMs' : query;
}

const columns: readonly TableColumn<BulkRow>[] = [
  {
    key: 'state',
    title: 'State',
    width: 100,
    cell: (bulk) => {
      const { word, tone, icon } = bulkLooks[bulk.state];
      return <StateLabel word={word} tone={tone} icon={icon} />;
    },
    text: (bulk) => bulkLooks[bulk.state].word,
  },
  {
    key: 'title',
    title: 'Bulk action',
    width: 220,
    grow: true,
    fixed: true,
    cell: (bulk) => <span className="ik-med">{bulk.title}</span>,
    text: (bulk) => bulk.title,
  },
  {
    key: 'query',
    title: 'Of',
    width: 220,
    grow: true,
    spare: true,
    cell: (bulk) =>
      bulk.query === '' ? (
        <span className="ik-t3">{ofWords(bulk)}</span>
      ) : (
        <span className="ik-q ik-el">{bulk.query}</span>
      ),
    text: ofWords,
  },
  {
    key: 'progress',
    title: 'Progress',
    width: 210,
    cell: (bulk) => {
      const { counts } = bulk;
      const total = bulk.total - counts.skipped - counts.refused;
      return isBulkOpen(bulk.state) ? (
        <ProgressBar
          label={bulk.title}
          width={64}
          progress={{ done: total - counts.waiting - counts.running, total, unit: 'VMs' }}
        />
      ) : (
        <span className="ik-t3 ik-tn">
          {vmCountWords(bulk.total)}
          {counts.undone > 0 ? `, ${formatCount(counts.undone)} undone` : ''}
        </span>
      );
    },
    text: (bulk) => String(bulk.total),
  },
  number('done', 'Done'),
  number('failed', 'Failed'),
  number('refused', 'Refused'),
  {
    key: 'by',
    title: 'By',
    width: 90,
    spare: true,
    cell: (bulk) => bulk.startedBy,
    text: (bulk) => bulk.startedBy,
  },
  {
    key: 'started',
    title: 'Started',
    width: 104,
    sortable: true,
    cell: (bulk) => <Timestamp atMs={Date.parse(bulk.startedAt)} />,
    text: (bulk) => bulk.startedAt,
  },
];

/** All bulk actions, newest first; each has a page of its own. */
export function BulkListPage() {
  return (
    <ListPage
      path="/bulk"
      one="bulk action"
      many="bulk actions"
      icon={IconChecks}
      list={useList('bulk.bulkList', { sort: 'started', direction: 'desc' })}
      columns={columns}
      fields={FIELDS}
      placeholder="state, action, by…"
      chips={<SavedQueryBar list="bulk" op="bulk.bulkList" topics={TOPICS} />}
      empty="What was done to many VMs at once stands here, with its result per VM. Tick VMs in their list to begin."
      shownId={undefined}
      detail={() => null}
    />
  );
}
