import './fleet.css';
import { useEffect } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import IconServer2 from '@tabler/icons-react/dist/esm/icons/IconServer2.mjs';
import type { HostRow } from '../../../shared/domains/fleet/host-contract.ts';
import { useList } from '../../client/use-list.ts';
import { useMay } from '../../client/use-may.ts';
import { ListPage } from '../../ui/list-page.tsx';
import { useSelection } from '../../ui/selection.ts';
import { SavedQueryBar } from '../queries/saved-query-bar.tsx';
import { HostBulkBar } from './host-bulk-bar.tsx';
import { hostColumns } from './host-columns.tsx';
import { HostDetail } from './host-detail.tsx';
import { isHostHeard } from './host-state.tsx';
import { useHostQueryFields } from './fleet-query-fields.ts';

const TOPICS = ['host', 'cluster'];

const isStale = (host: HostRow): boolean => !isHostHeard(host.state);

/** Ticks belong to what was asked: another query begins without any. */
function useSelectionOf(query: string) {
  const selection = useSelection();
  const { clear } = selection;
  useEffect(() => {
    clear();
    // oxlint-disable-next-line react/exhaustive-deps -- only another query clears; `clear` is another function after every tick
  }, [query]);
  return selection;
}

/** All hosts, and one of them beside the list. */
export function HostListPage() {
  const { hostId } = useParams<{ hostId?: string }>();
  const [, navigate] = useLocation();
  const list = useList('fleet.hostList', { sort: 'name', topics: TOPICS });
  const selection = useSelectionOf(list.query);
  const may = useMay('fleet.administer');
  return (
    <ListPage
      path="/hosts"
      one="host"
      many="hosts"
      icon={IconServer2}
      list={list}
      columns={hostColumns}
      fields={useHostQueryFields()}
      placeholder="state, name, problems, cpu…"
      chips={<SavedQueryBar list="hosts" op="fleet.hostList" topics={TOPICS} />}
      create={{
        words: 'Connect a host',
        reason: may,
        run: () => {
          navigate('/hosts/new');
        },
      }}
      more={
        <Link href="/hosts/import" className="ik-link ik-sm">
          Import from CSV
        </Link>
      }
      empty="A host is a machine with libvirt and KVM, reached over SSH. Its VMs show as they are; nothing is changed on it."
      noMatch="No host fits this query now."
      shownId={hostId}
      isStale={isStale}
      selection={selection}
      detail={(id, beside) => <HostDetail key={id} hostId={id} {...beside} />}
    >
      {(state) => (
        <HostBulkBar selection={selection} total={state?.total ?? 0} query={list.query} may={may} />
      )}
    </ListPage>
  );
}
