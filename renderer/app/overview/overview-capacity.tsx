import type { ResultOf } from '../../client/operation-types.ts';
import { useQuery } from '../../client/use-query.ts';
import { CAPACITY_EVERY_MS, CAPACITY_TOPICS } from '../../domains/capacity/capacity-topics.ts';
import { ClustersPanel } from '../../domains/capacity/clusters-panel.tsx';
import { CapacityPanel } from './capacity-panel.tsx';

const ROWS = 8;

/** Capacity by cluster; by host where all of them are in one. */
export function OverviewCapacity({ hosts }: { hosts: ResultOf<'system.overview'>['capacity'] }) {
  const answer = useQuery(
    'capacity.capacityList',
    {},
    { topics: CAPACITY_TOPICS, atMostEveryMs: CAPACITY_EVERY_MS },
  );
  const clusters = answer.data?.clusters.filter((cluster) => cluster.hosts > 0) ?? [];
  return clusters.length > 1 ? (
    <ClustersPanel clusters={clusters} brief={{ rows: ROWS }} />
  ) : (
    <CapacityPanel hosts={hosts} />
  );
}
