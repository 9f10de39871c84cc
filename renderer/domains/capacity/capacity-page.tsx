import './capacity.css';
import { Link, useParams } from 'wouter';
import IconStack2 from '@tabler/icons-react/dist/esm/icons/IconStack2.mjs';
import { useQuery } from '../../client/use-query.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount } from '../../ui/format.ts';
import { StaleMarker } from '../../ui/moment.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { CapacityFigures, sumOfClusters } from './capacity-figures.tsx';
import { ClustersPanel } from './clusters-panel.tsx';
import { CAPACITY_EVERY_MS, CAPACITY_TOPICS } from './capacity-topics.ts';
import { ClusterCapacityView } from './cluster-capacity-view.tsx';

function AllClusters() {
  const answer = useQuery(
    'capacity.capacityList',
    {},
    { topics: CAPACITY_TOPICS, atMostEveryMs: CAPACITY_EVERY_MS },
  );
  const clusters = answer.data?.clusters;
  const hosts = clusters?.reduce((sum, each) => sum + each.hosts, 0) ?? 0;
  return (
    <>
      <PageHead
        title="Capacity"
        meta={
          clusters ? (
            <span>
              {formatCount(clusters.reduce((sum, each) => sum + each.vms, 0))} VMs · {formatCount(hosts)}{' '}
              hosts · {formatCount(clusters.length)} {clusters.length === 1 ? 'cluster' : 'clusters'}
            </span>
          ) : undefined
        }
        actions={
          <>
            {answer.stale ? <StaleMarker seenMs={answer.readMs} /> : null}
            <Link href="/clusters" className="ik-link ik-sm">
              Clusters and their policies
            </Link>
          </>
        }
      />
      <div className="ik-page">
        {clusters === undefined ? (
          answer.error ? (
            <ErrorPanel title="Capacity could not be read" error={answer.error} onRetry={answer.refetch} />
          ) : (
            <Skeleton rows={10} />
          )
        ) : hosts === 0 ? (
          <EmptyState
            icon={IconStack2}
            title="No hosts yet"
            action={
              <Link href="/hosts/new" className="ik-link">
                Connect a hypervisor
              </Link>
            }
          >
            What is used, sold and free of your hosts, whether the rest can take over when one fails, and when
            all of it is sold.
          </EmptyState>
        ) : (
          <>
            <Panel title="The whole fleet">
              <CapacityFigures {...sumOfClusters(clusters)} />
            </Panel>
            <ClustersPanel clusters={clusters} />
          </>
        )}
      </div>
    </>
  );
}

/** What is sold of the fleet and what is left: all clusters, or one with its hosts. */
export function CapacityPage() {
  const { clusterId } = useParams<{ clusterId?: string }>();
  return clusterId === undefined ? (
    <AllClusters />
  ) : (
    <ClusterCapacityView key={clusterId} clusterId={clusterId} />
  );
}
