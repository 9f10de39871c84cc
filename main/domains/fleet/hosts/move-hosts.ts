import type { Kysely } from 'kysely';
import type { CandidateHost, MovingVm } from '../../../../shared/domains/moves/fits-rules.ts';
import type { VmToPlace } from '../../../../shared/domains/fleet/placement-rules.ts';
import { vmState } from '../../../../shared/domains/fleet/vm-contract.ts';
import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import { isNetworkFailure } from '../../../platform/ssh/ssh-error.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { FleetTables } from '../fleet-tables.ts';
import type { HostConnections } from '../sweep/host-connections.ts';
import { hostFailure } from './host-failure.ts';
import type { HostLink } from '../sweep/host-link.ts';
import { placementOf } from './host-placement.ts';
import { takenBy } from '../vms/vm-size.ts';
import type { StoredDisk, StoredNic } from '../vms/vm-row.ts';
import { vmsWhole, type VmRecord } from '../vms/vm-store.ts';

/** What whoever moves VMs asks of the fleet. */
export interface MoveHosts {
  /**
   * Runs `work` on a connected host. What the host says no to, or that it is not there, becomes an operating failure in words, which may be
   * tried again where the host may come back.
   */
  on<T>(
    host: { readonly id: string; readonly name: string },
    signal: AbortSignal,
    work: (link: HostLink) => Promise<T>,
  ): Promise<T>;
  /** What a host said no to, in words that name it. */
  said(error: unknown, hostName: string): unknown;
}

export function moveHosts(connections: HostConnections): MoveHosts {
  return {
    said: hostFailure,
    on: async (host, signal, work) => {
      try {
        return await connections.withHost(host.id, signal, work);
      } catch (error) {
        throw passing(hostFailure(error, host.name), signal);
      }
    },
  };
}

/** Steps of moves look before they act, so a host that was lost or silent is simply asked again. */
function passing(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || !(error instanceof OperatingFailure) || error.mayRetry) return error;
  if (
    !isNetworkFailure(error) &&
    !['host-lost', 'host-silent', 'host-closed', 'host-busy'].includes(error.code)
  )
    return error;
  return new OperatingFailure({
    code: error.code,
    sentence: error.message,
    mayRetry: true,
    cause: error,
    ...(error.remote ? { remote: error.remote } : {}),
  });
}

export type HostOfMove = CandidateHost & {
  readonly name: string;
  /** Where other hosts reach it. */
  readonly address: string;
  readonly clusterId: string;
  readonly cluster: string;
};

/** A VM with what matters for a move, and every host with it; from the store alone, in four statements. */
export interface MoveFacts {
  readonly vm: VmRecord;
  readonly moving: MovingVm;
  readonly from: HostOfMove;
  readonly hosts: readonly HostOfMove[];
}

export async function moveFactsOf(db: AnyDatabase, vmId: string): Promise<MoveFacts | undefined> {
  const tables = db as Kysely<FleetTables>;
  const vm = await vmsWhole(tables).where('vm.id', '=', vmId).executeTakeFirst();
  if (vm === undefined) return undefined;
  const hosts = await candidateHosts(tables, vm);
  const from = hosts.find((host) => host.id === vm.host_id);
  return from === undefined ? undefined : { vm, moving: movingVm(vm), from, hosts };
}

/** A VM as the placement rules see it; its disks are told apart by the rules of moves. */
export function vmToPlace(vm: VmRecord): VmToPlace {
  return {
    ...takenBy(vm),
    diskBytes: vm.disk_bytes,
    customerId: vm.customer_id,
    templateId: vm.template_id,
    os: vm.os,
    tags: JSON.parse(vm.tags) as string[],
  };
}

export function movingVm(vm: VmRecord): MovingVm {
  const disks = JSON.parse(vm.disks) as StoredDisk[];
  const nics = JSON.parse(vm.nics) as StoredNic[];
  return {
    hostId: vm.host_id,
    state: vmState.parse(vm.state),
    ...takenBy(vm),
    disks,
    networks: nics.map((nic) => nic.source),
  };
}

/** Placement says what its cluster's rules say; what it says of memory, CPUs and disks is told apart by the rules of moves. */
async function candidateHosts(db: Kysely<FleetTables>, vm: VmRecord): Promise<MoveFacts['hosts']> {
  const placements = await placementOf(db, { ...vmToPlace(vm), diskBytes: 0 });
  return placements.map(({ host, cluster, facts, memoryFreeBytes, cpusFree, obstacle }) => ({
    id: host.id,
    name: host.name,
    address: host.move_address || host.address,
    clusterId: cluster.id,
    cluster: cluster.name,
    state: host.state,
    maintenance: host.maintenance,
    arch: facts.arch,
    kvm: facts.kvm,
    encrypts: facts.movesTls === true,
    cpuCount: host.cpu_count,
    libvirtVersion: host.libvirt_version,
    qemuVersion: host.qemu_version,
    pools: facts.pools,
    networks: facts.networks,
    policyReason:
      obstacle?.code === 'filter'
        ? obstacle.clause
        : takenBy(vm).vcpus > cpusFree
          ? `${cpusFree} vCPUs left to sell, ${takenBy(vm).vcpus} wanted`
          : '',
    memoryFreeBytes,
  }));
}
