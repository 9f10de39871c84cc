import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { PlanPrice } from '../../../shared/domains/catalog/catalog-contract.ts';
import type { fleetContract } from '../../../shared/domains/fleet/fleet-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { Log } from '../../platform/log/log.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { Store } from '../../platform/store/store.ts';
import type { HostConnections } from './sweep/host-connections.ts';
import type { HostKeys } from './hosts/host-keys.ts';

/** What the fleet asks of billing. */
export interface FleetSubscriptions {
  /** The running subscription of a VM, with its plan and the price it was sold at; null where nothing is billed. */
  ofVm(
    db: AnyDatabase,
    vmId: string,
  ): Promise<{ readonly id: string; readonly plan: string; readonly price: PlanPrice | null } | null>;
  /** The subscription whose pool a VM is in; null where it is in none. Where it has none of its own, `ofVm` is this one. */
  poolOf(db: AnyDatabase, vmId: string): Promise<{ readonly id: string; readonly plan: string } | null>;
  /** Of these VMs, those with a running subscription. */
  among(db: AnyDatabase, vmIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/** What the fleet asks of templates. */
export interface FleetTemplates {
  /** Name of a template; empty where it is gone. */
  nameOf(db: AnyDatabase, templateId: string): Promise<string>;
}

/** Operations that are durable tasks, made beside this domain's own. */
export type FleetProvisioning = Pick<
  DomainHandlers<typeof fleetContract, CallContext>,
  'vmCreate' | 'vmDelete' | 'vmShutdown' | 'hostPlacement' | 'hostImport'
>;

/** What the fleet domain is given from outside. */
export interface FleetParts {
  readonly store: Store;
  readonly connections: HostConnections;
  readonly keys: HostKeys;
  readonly log: Log;
  readonly subscriptions: FleetSubscriptions;
  readonly templates: FleetTemplates;
  readonly provisioning: FleetProvisioning;
  /** Hosts nobody has collected for longer are called stale: a few sweeps. */
  readonly staleAfterMs: number;
  /** Address of a Prometheus that long ranges are read from; empty: none. */
  readonly prometheus: string;
}
