import type { EventMessages, EventName } from '../../platform/libvirt/event-messages.ts';
import type { Encodable } from '../../platform/libvirt/xdr-codecs.ts';
import type { RpcConnection } from './rpc-connection.ts';
import type { SimulatedVm } from './simulated-vm.ts';

/** `virDomainEventType` with the details (`virDomainEvent…DetailType`) this simulation tells: [event, detail]. */
export const lifecycle = {
  definedAdded: [0, 0],
  definedUpdated: [0, 1],
  definedRenamed: [0, 2],
  undefinedRemoved: [1, 0],
  undefinedRenamed: [1, 1],
  startedBooted: [2, 0],
  startedMigrated: [2, 1],
  startedRestored: [2, 2],
  startedFromSnapshot: [2, 3],
  suspendedPaused: [3, 0],
  suspendedMigrated: [3, 1],
  suspendedIoError: [3, 2],
  resumedUnpaused: [4, 0],
  resumedMigrated: [4, 1],
  stoppedShutdown: [5, 0],
  stoppedDestroyed: [5, 1],
  stoppedCrashed: [5, 2],
  stoppedMigrated: [5, 3],
  stoppedSaved: [5, 4],
  stoppedFailed: [5, 5],
  stoppedFromSnapshot: [5, 6],
  shutdownByGuest: [6, 1],
  shutdownByHost: [6, 2],
  crashedPanicked: [8, 0],
} as const;
export type LifecycleStep = keyof typeof lifecycle;

/** `virConnectDomainEventAgentLifecycleState` and `…Reason` */
export const agentEvents = {
  started: { state: 2, reason: 1 },
  connected: { state: 1, reason: 2 },
  disconnected: { state: 2, reason: 2 },
} as const;

/** Tells the clients of one host what happens on it. */
export class HostEvents {
  readonly #connections: ReadonlySet<RpcConnection>;

  constructor(connections: ReadonlySet<RpcConnection>) {
    this.#connections = connections;
  }

  tell<Name extends EventName>(
    name: Name,
    about: string,
    payload: Omit<Encodable<EventMessages[Name]['payload']>, 'callbackID'>,
  ): void {
    for (const connection of this.#connections) connection.notify(name, about, payload);
  }

  lifecycle(vm: SimulatedVm, step: LifecycleStep): void {
    const [event, detail] = lifecycle[step];
    this.tell('domainLifecycle', vm.uuid, { dom: vm.ref, event, detail });
  }

  agent(vm: SimulatedVm, step: keyof typeof agentEvents): void {
    this.tell('domainAgentLifecycle', vm.uuid, { dom: vm.ref, ...agentEvents[step] });
  }

  reboot(vm: SimulatedVm): void {
    this.tell('domainReboot', vm.uuid, { dom: vm.ref });
  }

  deviceAdded(vm: SimulatedVm, devAlias: string): void {
    this.tell('domainDeviceAdded', vm.uuid, { dom: vm.ref, devAlias });
  }

  deviceRemoved(vm: SimulatedVm, devAlias: string): void {
    this.tell('domainDeviceRemoved', vm.uuid, { dom: vm.ref, devAlias });
  }
}
