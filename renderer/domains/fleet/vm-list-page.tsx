import './fleet.css';
import { useEffect } from 'react';
import { useLocation, useParams } from 'wouter';
import IconDeviceDesktop from '@tabler/icons-react/dist/esm/icons/IconDeviceDesktop.mjs';
import type { VmRow } from '../../../shared/domains/fleet/vm-contract.ts';
import { useList } from '../../client/use-list.ts';
import { useMay } from '../../client/use-may.ts';
import { ListPage } from '../../ui/list-page.tsx';
import { useSelection } from '../../ui/selection.ts';
import { VmBulkBar } from '../bulk/vm-bulk-bar.tsx';
import { SavedQueryBar } from '../queries/saved-query-bar.tsx';
import { vmColumns } from './vm-columns.tsx';
import { VmDetail } from './vm-detail.tsx';
import { useVmQueryFields } from './fleet-query-fields.ts';

const TOPICS = ['vm', 'host', 'customer'];
const isStale = (vm: VmRow): boolean => vm.staleSince !== null;

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

/** All VMs of the fleet by query, and one of them beside the list. */
export function VmListPage() {
  const { vmId } = useParams<{ vmId?: string }>();
  const [, navigate] = useLocation();
  const list = useList('fleet.vmList', { sort: 'name', topics: TOPICS });
  const selection = useSelectionOf(list.query);
  const may = useMay('fleet.operate');
  return (
    <ListPage
      path="/vms"
      one="VM"
      many="VMs"
      icon={IconDeviceDesktop}
      list={list}
      columns={vmColumns}
      fields={useVmQueryFields()}
      placeholder="state, host, customer, tag, cpu, memory…"
      chips={<SavedQueryBar list="vms" op="fleet.vmList" topics={TOPICS} />}
      create={{
        words: 'New VM',
        reason: may,
        run: () => {
          navigate('/vms/new');
        },
      }}
      empty="Every VM of every connected host stands here as it is on its host, also those made elsewhere."
      noMatch="Nothing in the fleet fits this query now."
      shownId={vmId}
      isStale={isStale}
      selection={selection}
      detail={(id, beside) => <VmDetail key={id} vmId={id} {...beside} />}
    >
      {(state) => <VmBulkBar selection={selection} total={state?.total ?? 0} query={list.query} may={may} />}
    </ListPage>
  );
}
