import './bulk.css';
import { Link, useParams } from 'wouter';
import IconChecks from '@tabler/icons-react/dist/esm/icons/IconChecks.mjs';
import type { BulkRow } from '../../../shared/domains/bulk/bulk-contract.ts';
import { BULK_ITEM_STATES, isBulkOpen } from '../../../shared/domains/bulk/bulk-rules.ts';
import { useListSource } from '../../client/use-list-source.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { Chip, ChipBar } from '../../ui/chips.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount } from '../../ui/format.ts';
import { ListPage } from '../../ui/list-page.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import type { QueryField } from '../../ui/query-completion.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Badge } from '../../ui/state-label.tsx';
import { VmDetail } from '../fleet/vm-detail.tsx';
import { BulkControls } from './bulk-controls.tsx';
import { bulkItemColumns } from './bulk-item-columns.tsx';
import { bulkLooks, itemLooks } from './bulk-looks.ts';

const FIELDS: readonly QueryField[] = [
  { name: 'state', hint: 'failed, refused, done, …', values: BULK_ITEM_STATES },
  { name: 'host', hint: 'name of a host' },
  { name: 'name', hint: 'a part of the name' },
  { name: 'code', hint: 'kind of reason: host-away, not-now, …' },
];

/** Query and sort in the address under names of their own: the list of bulk actions has the usual ones. */
function useItems(bulkId: string) {
  const [query, setQuery] = useAddressParam('items');
  const [sortText, setSortText] = useAddressParam('order', 'order');
  const direction = sortText.startsWith('-') ? ('desc' as const) : ('asc' as const);
  const key = sortText.replace(/^-/, '');
  const source = useListSource('bulk.bulkItems', {
    bulkId,
    query,
    sort: key as 'order',
    direction,
  });
  return {
    query,
    setQuery,
    sort: { key, direction },
    setSort: (sort: { key: string; direction: 'asc' | 'desc' }) => {
      setSortText(sort.direction === 'desc' ? `-${sort.key}` : sort.key);
    },
    source,
  };
}

function Summary({ bulk, may }: { bulk: BulkRow; may: string | null }) {
  const { word, tone, icon } = bulkLooks[bulk.state];
  const { counts } = bulk;
  const acted = bulk.total - counts.skipped - counts.refused;
  const open = isBulkOpen(bulk.state);
  return (
    <div className="ik-bulk-summary">
      <div className="ik-row" style={{ gap: 12 }}>
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
        {open ? (
          <ProgressBar
            label={bulk.title}
            width={200}
            progress={{ done: acted - counts.waiting - counts.running, total: acted, unit: 'VMs' }}
          />
        ) : null}
        <span className="ik-t3 ik-sm">
          {bulk.startedBy}, <Timestamp atMs={Date.parse(bulk.startedAt)} />
        </span>
        <span className="ik-sm ik-t2 ik-el">
          {bulk.query === '' ? bulk.undoOf ? null : 'all VMs' : <span className="ik-q">{bulk.query}</span>}
          {bulk.ticked && bulk.undoOf === null ? ' (ticked)' : ''}
          {bulk.undoOf === null ? null : (
            <Link href={`/bulk/${bulk.undoOf}`} className="ik-link">
              what it takes back
            </Link>
          )}
        </span>
        <Link href={`/tasks/${bulk.taskId}`} className="ik-link ik-sm">
          Task
        </Link>
        <span className="ik-end">
          <BulkControls bulk={bulk} may={may} />
        </span>
      </div>
      {bulk.stateReason === '' ? null : (
        <Note tone={bulk.state === 'done' ? 'ok' : 'warn'}>{bulk.stateReason}</Note>
      )}
    </div>
  );
}

function States(props: { bulk: BulkRow; query: string; setQuery: (query: string) => void }) {
  const shown = BULK_ITEM_STATES.filter((state) => props.bulk.counts[state] > 0);
  return (
    <ChipBar label="Results">
      {shown.map((state) => {
        const query = `state:${state}`;
        const on = props.query === query;
        return (
          <Chip
            key={state}
            on={on}
            count={formatCount(props.bulk.counts[state])}
            onClick={() => {
              props.setQuery(on ? '' : query);
            }}
          >
            {itemLooks[state].word}
          </Chip>
        );
      })}
    </ChipBar>
  );
}

/** One bulk action: how far it is, what can be done with it, and what became of each VM. */
export function BulkPage() {
  const { bulkId, vmId } = useParams<{ bulkId: string; vmId?: string }>();
  const answer = useQuery('bulk.bulkGet', { bulkId });
  const may = useMay('fleet.operate');
  const list = useItems(bulkId);
  const bulk = answer.data;
  if (!bulk) {
    return answer.error ? (
      <ErrorPanel title="The bulk action could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={8} />
    );
  }
  return (
    <ListPage
      path={`/bulk/${bulkId}`}
      one="VM"
      many={bulk.title}
      icon={IconChecks}
      list={{ ...list, all: bulk.total }}
      columns={bulkItemColumns}
      fields={FIELDS}
      placeholder="state, host, name, code…"
      chips={
        <>
          <Summary bulk={bulk} may={may} />
          <States bulk={bulk} query={list.query} setQuery={list.setQuery} />
        </>
      }
      empty="It has no VMs."
      noMatch="None of its VMs came to this."
      shownId={vmId}
      detail={(id, beside) => <VmDetail key={id} vmId={id} {...beside} />}
    />
  );
}
