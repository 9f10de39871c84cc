import { setImmediate as nextTurn } from 'node:timers/promises';
import { tryHostLoss, type HostLoss } from '../../../shared/domains/capacity/host-loss-rules.ts';
import type { ClusterFacts } from '../../../shared/domains/fleet/cluster-contract.ts';
import { PlacementTrial } from '../../../shared/domains/fleet/placement-trial.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { CapacityFleet, HostOfCapacity } from './capacity-parts.ts';

/** Longest time in which the engine does nothing else. */
const TURN_MS = 8;

/** What the loss of each of these hosts would mean, by trial placement of its VMs on the others of its cluster. */
export async function hostLosses(
  fleet: CapacityFleet,
  db: AnyDatabase,
  of: { readonly hosts: readonly HostOfCapacity[]; readonly clusters: readonly ClusterFacts[] },
): Promise<Map<string, HostLoss>> {
  const alike = await vmsOf(fleet, db, of.clusters);
  const trial = new PlacementTrial(
    of.hosts.map(({ placement }) => placement),
    of.clusters,
  );
  const byCluster = Map.groupBy(
    of.hosts.map(({ placement }) => placement),
    ({ clusterId }) => clusterId,
  );
  const losses = new Map<string, HostLoss>();
  let began = performance.now();
  for (const inCluster of byCluster.values()) {
    for (const host of inCluster) {
      losses.set(host.id, tryHostLoss(trial, host, alike.get(host.id) ?? [], inCluster));
      if (performance.now() - began < TURN_MS) continue;
      await nextTurn();
      began = performance.now();
    }
  }
  return losses;
}

/** How long free disk, which changes with every look at a host, may be older than what it is said of. */
const REMEMBERED_MS = 60_000;
/** Sets of clusters that are asked about at once, and some that were taken away since. */
const REMEMBERED_MOST = 100;

type Of = Parameters<typeof hostLosses>[2];

/**
 * `hostLosses` for whoever asks again and again: with 56,000 VMs it is a third of a second of work, and as long as nothing was sold,
 * moved or ruled otherwise, nothing in it changes.
 */
export function rememberedHostLosses(
  fleet: CapacityFleet,
): (db: AnyDatabase, of: Of) => Promise<ReadonlyMap<string, HostLoss>> {
  /** By the clusters that were asked about: all of them, or one whose page is open. */
  const known = new Map<string, { key: string; atMs: number; losses: Promise<Map<string, HostLoss>> }>();
  return async (db, of) => {
    const clusters = of.clusters.map(({ id }) => id).join();
    const key = JSON.stringify([
      of.clusters,
      of.hosts.map(({ vms, placement: { pool: _pool, ...placement } }) => [vms, placement]),
    ]);
    const last = known.get(clusters);
    if (last?.key === key && performance.now() - last.atMs <= REMEMBERED_MS) return await last.losses;
    const asked = { key, atMs: performance.now(), losses: hostLosses(fleet, db, of) };
    known.delete(clusters);
    known.set(clusters, asked);
    const [oldest] = known.keys();
    if (known.size > REMEMBERED_MOST && oldest !== undefined) known.delete(oldest);
    // What failed is not an answer for the next one.
    asked.losses.catch(() => {
      if (known.get(clusters) === asked) known.delete(clusters);
    });
    return await asked.losses;
  };
}

async function vmsOf(fleet: CapacityFleet, db: AnyDatabase, clusters: readonly ClusterFacts[]) {
  const ids = (told: boolean): string[] =>
    clusters.filter(({ filters }) => filters.length > 0 === told).map(({ id }) => id);
  const [plain, told] = [
    await fleet.vmsAlike(db, { clusterIds: ids(false), told: false }),
    await fleet.vmsAlike(db, { clusterIds: ids(true), told: true }),
  ];
  return new Map([...plain, ...told]);
}
