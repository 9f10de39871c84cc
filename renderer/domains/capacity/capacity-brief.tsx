import './capacity.css';
import { Link } from 'wouter';
import IconServer2 from '@tabler/icons-react/dist/esm/icons/IconServer2.mjs';
import { useQuery } from '../../client/use-query.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel, type ErrorWords } from '../../ui/error-panel.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { CAPACITY_EVERY_MS, CAPACITY_TOPICS } from './capacity-topics.ts';
import { ClustersPanel } from './clusters-panel.tsx';
import { TightestHostsPanel } from './hosts-panel.tsx';

const ROWS = 8;
const READING = { topics: CAPACITY_TOPICS, atMostEveryMs: CAPACITY_EVERY_MS };

/** In place of the table while there is none: why not, or that it is on its way. */
function NotYet({ title, error, onRetry }: { title: string; error: ErrorWords | null; onRetry: () => void }) {
  return (
    <Panel title={title}>
      {error ? (
        <ErrorPanel title="Capacity could not be read" error={error} onRetry={onRetry} />
      ) : (
        <Skeleton rows={ROWS} />
      )}
    </Panel>
  );
}

function OnlyCluster({ clusterId }: { clusterId: string }) {
  const answer = useQuery('capacity.capacityGet', { clusterId, days: 1 }, READING);
  return answer.data ? (
    <TightestHostsPanel hosts={answer.data.hosts} rows={ROWS} />
  ) : (
    <NotYet title="Capacity by host" error={answer.error} onRetry={answer.refetch} />
  );
}

/** Capacity by cluster, tightest first; by host where all of them are in one cluster. */
export function CapacityBrief() {
  const answer = useQuery('capacity.capacityList', {}, READING);
  if (!answer.data) return <NotYet title="Capacity" error={answer.error} onRetry={answer.refetch} />;
  const clusters = answer.data.clusters.filter((cluster) => cluster.hosts > 0);
  const [only] = clusters;
  if (only === undefined) {
    return (
      <Panel title="Capacity">
        <EmptyState
          icon={IconServer2}
          title="No hosts yet"
          action={
            <Link href="/hosts/new" className="ik-link">
              Connect a hypervisor
            </Link>
          }
        >
          Memory of your hosts, and whether the rest can take over when one fails.
        </EmptyState>
      </Panel>
    );
  }
  return clusters.length === 1 ? (
    <OnlyCluster key={only.clusterId} clusterId={only.clusterId} />
  ) : (
    <ClustersPanel clusters={clusters} brief={{ rows: ROWS }} />
  );
}
