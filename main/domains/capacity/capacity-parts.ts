import type { VmsAlike } from '../../../shared/domains/capacity/host-loss-rules.ts';
import type { ClusterFacts } from '../../../shared/domains/fleet/cluster-contract.ts';
import type { PlacementHost, VmToPlace } from '../../../shared/domains/fleet/placement-rules.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { Store } from '../../platform/store/store.ts';

/** A host with what there is, is sold and is used of it. */
export interface HostOfCapacity {
  readonly placement: PlacementHost;
  readonly vms: number;
  readonly cpuUsedPercent: number;
  readonly memoryUsedBytes: number;
  readonly diskBytes: number;
  readonly diskFreeBytes: number;
  /** Of all its VMs, as they were sold. */
  readonly diskSoldBytes: number;
  readonly pools: readonly {
    readonly name: string;
    readonly active: boolean;
    readonly capacityBytes: number;
    readonly availableBytes: number;
  }[];
}

export interface VmOfHost extends VmToPlace {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

/** What capacity asks of the fleet. */
export interface CapacityFleet {
  /** Hosts of the fleet by name, or of one cluster; clusters by name. */
  hosts(
    db: AnyDatabase,
    clusterId?: string,
  ): Promise<{ readonly hosts: readonly HostOfCapacity[]; readonly clusters: readonly ClusterFacts[] }>;
  /** VMs by host, those alike together. With `told`, by all that filters look at, else by size alone. */
  vmsAlike(
    db: AnyDatabase,
    of: { readonly clusterIds: readonly string[]; readonly told: boolean },
  ): Promise<ReadonlyMap<string, readonly VmsAlike[]>>;
  /** The VMs of a host, by name. */
  vmsOfHost(db: AnyDatabase, hostId: string): Promise<readonly VmOfHost[]>;
}

/** What the capacity domain is given from outside. */
export interface CapacityParts {
  readonly store: Store;
  readonly fleet: CapacityFleet;
}
