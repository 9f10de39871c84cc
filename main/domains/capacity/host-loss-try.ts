import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { capacityContract } from '../../../shared/domains/capacity/capacity-contract.ts';
import { lossVerdict } from '../../../shared/domains/capacity/host-loss-rules.ts';
import { sellableOf } from '../../../shared/domains/fleet/placement-rules.ts';
import { PlacementTrial } from '../../../shared/domains/fleet/placement-trial.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { CapacityParts } from './capacity-parts.ts';

const UNPLACED_SHOWN = 500;

/** "Can I lose this host?": its VMs placed on the others of its cluster on paper, each with where it would go or why nowhere. */
export function hostLossTry({
  store,
  fleet,
}: CapacityParts): DomainHandlers<typeof capacityContract, CallContext>['hostLossTry'] {
  return async ({ hostId }, context) => {
    const db = context.tables();
    const { hosts, clusters } = await fleet.hosts(db);
    const lost = hosts.find(({ placement }) => placement.id === hostId)?.placement;
    const cluster = clusters.find(({ id }) => id === lost?.clusterId);
    if (lost === undefined || cluster === undefined) return refuse('no-such-host', { hostId });
    const others = hosts
      .map(({ placement }) => placement)
      .filter(({ clusterId }) => clusterId === cluster.id);
    const trial = new PlacementTrial(others, [cluster]);
    const placed = trial.placeAll(await fleet.vmsOfHost(db, hostId), { except: new Set([hostId]) });
    const unplaced = placed
      .filter((one) => one.hostId === null)
      .sort((a, b) => b.vm.memoryBytes - a.vm.memoryBytes);
    const spareMemoryBytes = others
      .filter(({ id, closed }) => id !== hostId && closed === '')
      .reduce((sum, { id }) => sum + (trial.room(id)?.memoryBytes ?? 0), 0);
    const sellable = others.reduce((sum, host) => sum + sellableOf(host, cluster).memoryBytes, 0);
    const loss = {
      hostId,
      vms: placed.length,
      unplaced: unplaced.length,
      unplacedMemoryBytes: unplaced.reduce((sum, { vm }) => sum + vm.memoryBytes, 0),
      spareMemoryBytes,
    };
    const byTarget = Map.groupBy(placed, (one) => one.hostId ?? '');
    return done({
      hostId,
      host: lost.name,
      clusterId: cluster.id,
      cluster: cluster.name,
      verdict: lossVerdict(loss, sellable),
      vms: placed.length,
      placed: placed.length - unplaced.length,
      spareMemoryBytes,
      unplaced: unplaced.slice(0, UNPLACED_SHOWN).map(({ vm, reason }) => ({
        vmId: vm.id,
        vm: vm.name,
        state: vm.state,
        vcpus: vm.vcpus,
        memoryBytes: vm.memoryBytes,
        diskBytes: vm.diskBytes,
        reason,
      })),
      unplacedTotal: unplaced.length,
      targets: others.flatMap(({ id, name }) => {
        const vms = byTarget.get(id);
        if (vms === undefined) return [];
        return {
          hostId: id,
          host: name,
          vms: vms.length,
          memoryBytes: vms.reduce((sum, { vm }) => sum + vm.memoryBytes, 0),
        };
      }),
      at: new Date(await store.nowMs()).toISOString(),
    });
  };
}
