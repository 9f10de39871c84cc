import type { DomainHandlers } from '../../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../../shared/contract/outcome.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import { mergeEdit } from '../../../../shared/kernel/edit-merge.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { isDuplicate } from '../../../platform/store/store-error.ts';
import type { Store } from '../../../platform/store/store.ts';
import {
  clusterColumns,
  clusterFieldsOf,
  CLUSTER_TOPIC,
  insertCluster,
  isClusterNameTaken,
  lockCluster,
  updateCluster,
} from './cluster-store.ts';
import type { FleetTables } from '../fleet-tables.ts';

type Handlers = DomainHandlers<typeof fleetContract, CallContext>;

/** Adds a cluster, empty at first. */
export function clusterCreate(store: Pick<Store, 'nowMs'>): Handlers['clusterCreate'] {
  return async (input, context) => {
    const db = context.tables<FleetTables>();
    context.subject(input.name);
    if (await isClusterNameTaken(db, input.name)) return refuse('name-taken', { name: input.name });
    const clusterId = newId('cluster');
    try {
      await insertCluster(db, {
        id: clusterId,
        ...clusterColumns(input),
        created_at_ms: await store.nowMs(db),
      });
    } catch (error) {
      if (isDuplicate(error, 'cluster', 'name_key')) return refuse('name-taken', { name: input.name });
      throw error;
    }
    await context.note(CLUSTER_TOPIC, clusterId);
    return done({ clusterId });
  };
}

/** Changes a cluster. What somebody else changed since it was seen stays, and where both changed the same, nothing is saved. */
export function clusterSave(store: Pick<Store, 'kind'>): Handlers['clusterSave'] {
  return async ({ clusterId, before, ...mine }, context) => {
    const db = context.tables<FleetTables>();
    const known = await lockCluster(db, store, clusterId);
    if (known === undefined) return refuse('no-such-cluster', { clusterId });
    context.subject(known.name);
    const { merged, clashes } = mergeEdit({ before, mine, now: clusterFieldsOf(known) });
    if (clashes.length > 0)
      return refuse('changed-meanwhile', { name: known.name, fields: clashes.join(', ') });
    if (await isClusterNameTaken(db, merged.name, clusterId))
      return refuse('name-taken', { name: merged.name });
    try {
      await updateCluster(db, clusterId, merged);
    } catch (error) {
      if (isDuplicate(error, 'cluster', 'name_key')) return refuse('name-taken', { name: merged.name });
      throw error;
    }
    await context.note(CLUSTER_TOPIC, clusterId);
    return done({});
  };
}
