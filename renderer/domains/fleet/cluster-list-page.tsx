import './fleet.css';
import { useLocation, useParams } from 'wouter';
import IconStack2 from '@tabler/icons-react/dist/esm/icons/IconStack2.mjs';
import { PLACEMENT_POLICIES } from '../../../shared/domains/fleet/cluster-rules.ts';
import { useList } from '../../client/use-list.ts';
import { useMay } from '../../client/use-may.ts';
import { ListPage } from '../../ui/list-page.tsx';
import type { QueryField } from '../../ui/query-completion.ts';
import { clusterColumns } from './cluster-columns.tsx';
import { ClusterDetail } from './cluster-detail.tsx';

const FIELDS: readonly QueryField[] = [
  { name: 'name', hint: 'a part of the name' },
  { name: 'site', hint: 'a part of the site' },
  { name: 'jurisdiction', hint: 'PL, CZ, …' },
  { name: 'policy', hint: 'spread or pack', values: PLACEMENT_POLICIES },
  { name: 'hosts', hint: 'hosts>10', operator: '>' },
  { name: 'vms', hint: 'vms>1000', operator: '>' },
  { name: 'memory', hint: 'memory>1TiB', operator: '>' },
];

/** All clusters, and one of them beside the list. */
export function ClusterListPage() {
  const { clusterId } = useParams<{ clusterId?: string }>();
  const [, navigate] = useLocation();
  return (
    <ListPage
      path="/clusters"
      one="cluster"
      many="clusters"
      icon={IconStack2}
      list={useList('fleet.clusterList', { sort: 'name', topics: ['cluster', 'host'] })}
      columns={clusterColumns}
      fields={FIELDS}
      placeholder="name, site, jurisdiction, hosts…"
      create={{
        words: 'New cluster',
        reason: useMay('fleet.administer'),
        run: () => {
          navigate('/clusters/new');
        },
      }}
      empty="A cluster is hosts of one place under one set of rules: how much may be sold of them, how VMs are placed, when maintenance may happen."
      noMatch="No cluster fits this query now."
      shownId={clusterId}
      detail={(id, beside) => <ClusterDetail key={id} clusterId={id} {...beside} />}
    />
  );
}
