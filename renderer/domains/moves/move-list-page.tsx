import { useParams } from 'wouter';
import IconArrowsTransferUpDown from '@tabler/icons-react/dist/esm/icons/IconArrowsTransferUpDown.mjs';
import { useList } from '../../client/use-list.ts';
import { ListPage } from '../../ui/list-page.tsx';
import type { QueryField } from '../../ui/query-completion.ts';
import { SavedQueryBar } from '../queries/saved-query-bar.tsx';
import { moveColumns } from './move-columns.tsx';
import { MoveDetail } from './move-detail.tsx';

const FIELDS: readonly QueryField[] = [
  { name: 'state', hint: 'running, failed, …', values: ['queued', 'running', 'done', 'failed', 'cancelled'] },
  { name: 'cause', hint: 'who wanted it', values: ['person', 'evacuation', 'balancer'] },
  { name: 'vm', hint: 'a part of its name' },
  { name: 'from', hint: 'the old host' },
  { name: 'to', hint: 'the new host' },
  { name: 'asked', hint: 'asked>-1d' },
];

const TOPICS = ['move'];

/** All moves, newest first, and one of them beside the list. */
export function MoveListPage() {
  const { moveId } = useParams<{ moveId?: string }>();
  return (
    <ListPage
      path="/moves"
      one="move"
      many="moves"
      icon={IconArrowsTransferUpDown}
      list={useList('moves.moveList', { sort: 'asked', direction: 'desc', topics: ['move'] })}
      columns={moveColumns}
      fields={FIELDS}
      placeholder="state, vm, from, to…"
      chips={<SavedQueryBar list="moves" op="moves.moveList" topics={TOPICS} />}
      empty="VMs that move to another host stand here with how far they are. Begin one on the page of a VM."
      noMatch="No move fits this query."
      shownId={moveId}
      detail={(id, beside) => <MoveDetail key={id} moveId={id} {...beside} />}
    />
  );
}
