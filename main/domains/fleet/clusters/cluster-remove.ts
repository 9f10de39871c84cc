import type { DomainHandlers } from '../../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../../shared/contract/outcome.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { Store } from '../../../platform/store/store.ts';
import { CLUSTER_TOPIC, deleteCluster, hostsInCluster, lockClusters } from './cluster-store.ts';
import type { FleetTables } from '../fleet-tables.ts';

/** Removes a cluster that has no hosts; one always stays. */
export function clusterRemove(
  store: Pick<Store, 'kind'>,
): DomainHandlers<typeof fleetContract, CallContext>['clusterRemove'] {
  return async ({ clusterId }, context) => {
    const db = context.tables<FleetTables>();
    // All of them: of the last two, two people may remove one each.
    const clusters = await lockClusters(db, store);
    const known = clusters.find(({ id }) => id === clusterId);
    if (known === undefined) return refuse('no-such-cluster', { clusterId });
    const { name } = known;
    context.subject(name);
    if (clusters.length === 1) return refuse('last-cluster', { name });
    const count = await hostsInCluster(db, clusterId);
    if (count > 0) return refuse('cluster-has-hosts', { count, name });
    await deleteCluster(db, clusterId);
    await context.note(CLUSTER_TOPIC, clusterId);
    return done({});
  };
}
