import type { DomainHandlers } from '../../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../../shared/contract/outcome.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { Store } from '../../../platform/store/store.ts';
import { CLUSTER_TOPIC, lockCluster } from '../clusters/cluster-store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { lockHosts } from './host-store.ts';

/** Puts hosts into a cluster, all or none; nothing on them changes. Its collector takes them over from the old one's. */
export function hostMoveToCluster(
  store: Pick<Store, 'kind'>,
): DomainHandlers<typeof fleetContract, CallContext>['hostMoveToCluster'] {
  return async ({ hostIds, clusterId }, context) => {
    const db = context.tables<FleetTables>();
    const cluster = await lockCluster(db, store, clusterId);
    if (cluster === undefined) return refuse('no-such-cluster', { clusterId });
    const found = await lockHosts(db, store, hostIds);
    const unknown = hostIds.find((hostId) => !found.has(hostId));
    if (unknown !== undefined) return refuse('no-such-host', { hostId: unknown });
    const hosts = [...found.values()];
    const moving = hosts.filter((host) => host.cluster_id !== clusterId);
    context.subject(`${moving.map(({ name }) => name).join(', ')} to ${cluster.name}`);
    if (moving.length > 0) {
      await db
        .updateTable('host')
        .set({ cluster_id: clusterId })
        .where(
          'id',
          'in',
          moving.map(({ id }) => id),
        )
        .execute();
    }
    for (const host of moving) await context.note('host', host.id);
    for (const left of new Set(moving.map((host) => host.cluster_id)))
      await context.note(CLUSTER_TOPIC, left);
    if (moving.length > 0) await context.note(CLUSTER_TOPIC, clusterId);
    return done({ moved: moving.length, alreadyThere: hosts.length - moving.length });
  };
}
