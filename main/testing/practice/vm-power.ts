import { bootedGuestFacts } from './guest-facts.ts';
import { noCounters } from './guest-load.ts';
import type { LifecycleStep } from './host-events.ts';
import { HostRefusal, notRunning, qemuRefusal } from './host-refusal.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { GuestLuggage } from './migration-wire.ts';
import { pausedReasons, runningReasons, shutOffReasons, SimulatedVm, vmStates } from './simulated-vm.ts';
import type { LiveVm, VmStateReason } from './simulated-vm.ts';

/** Screens of running VMs: who listens for VNC. */
export type Screens = {
  readonly open: (vm: SimulatedVm) => Promise<number>;
  readonly close: (vm: SimulatedVm) => void;
};

/** `virDomainCreateFlags` */
export const createFlags = { paused: 1, autodestroy: 2, bypassCache: 4, forceBoot: 8 } as const;

/** A guest takes this part of its boot time to shut down. */
const SHUTDOWN_SHARE = 0.35;

/** Turns VMs of one host on and off, with the events a real daemon sends and in its order. */
export class VmPower {
  readonly #host: SimulatedHost;
  readonly #screens: Screens;
  readonly #starts = new WeakMap<SimulatedVm, Promise<void>>();

  constructor(host: SimulatedHost, screens: Screens) {
    this.#host = host;
    this.#screens = screens;
  }

  /** One start of a VM at a time, as libvirt's job lock has it: whoever comes second finds it running. */
  async start(vm: SimulatedVm, flags: number): Promise<void> {
    const before = this.#starts.get(vm) ?? Promise.resolve();
    const mine = before.then(async () => await this.#start(vm, flags));
    this.#starts.set(
      vm,
      mine.catch(() => undefined),
    );
    await mine;
  }

  async #start(vm: SimulatedVm, flags: number): Promise<void> {
    if (vm.live !== null) throw qemuRefusal('VIR_ERR_OPERATION_INVALID', 'domain is already running');
    const { persistent } = vm;
    if (persistent === null) throw notRunning();
    const restored = vm.managedSave && (flags & createFlags.forceBoot) === 0;
    await this.launch(vm, persistent, flags, restored);
  }

  /** Starts a VM from a definition that need not be persistent. */
  async launch(
    vm: SimulatedVm,
    definition: SimulatedVm['definition'],
    flags: number,
    restored = false,
  ): Promise<void> {
    this.#checkDisks(definition.shape.disks);
    this.#checkNetworks(definition.shape.nics);
    vm.managedSave = false;
    if (!restored) vm.guest = bootedGuestFacts(this.#host, definition.shape, vm.guest);
    const live = await this.#bringUp(vm, definition, this.#host.nowMs());
    const { events } = this.#host;
    const reason = restored ? runningReasons.restored : runningReasons.booted;
    if (definition.shape.agentChannel) events.agent(vm, 'started');
    if ((flags & createFlags.paused) !== 0) {
      vm.settle(this.#host.nowMs(), false);
      live.stateReason = { state: vmStates.paused, reason: pausedReasons.startingUp };
      events.lifecycle(vm, restored ? 'startedRestored' : 'startedBooted');
      return;
    }
    live.stateReason = { state: vmStates.running, reason };
    if (restored) {
      events.lifecycle(vm, 'startedRestored');
      events.lifecycle(vm, 'resumedUnpaused');
    } else {
      events.lifecycle(vm, 'resumedUnpaused');
      events.lifecycle(vm, 'startedBooted');
    }
    this.#awaitAgent(vm, live, restored ? 200 : vm.guest.bootMs);
  }

  /** Puts a VM on that has been running since `startedAtMs`: how the fleet begins. No events. */
  async bringUpQuietly(vm: SimulatedVm, startedAtMs: number, paused: boolean): Promise<void> {
    if (vm.persistent === null) return;
    const live = await this.#bringUp(vm, vm.persistent, startedAtMs);
    live.agentConnected = vm.persistent.shape.agentChannel;
    if (!paused) return;
    vm.settle(this.#host.nowMs(), false);
    live.stateReason = { state: vmStates.paused, reason: pausedReasons.user };
  }

  async #bringUp(
    vm: SimulatedVm,
    definition: SimulatedVm['definition'],
    startedAtMs: number,
  ): Promise<LiveVm> {
    const { shape } = definition;
    const live: LiveVm = {
      id: this.#host.nextId(),
      startedAtMs,
      bootStartedAtMs: startedAtMs,
      runningSinceMs: startedAtMs,
      counters: noCounters,
      stateReason: { state: vmStates.running, reason: runningReasons.booted },
      agentConnected: false,
      firstTap: this.#host.nextTaps(shape.nics.length),
      pty: this.#host.nextPty(),
      vncPort: shape.vncPort === null ? null : await this.#screens.open(vm),
      definition,
      vcpus: shape.vcpus,
      vcpusFixed: shape.vcpus,
      memoryKiB: shape.memoryKiB,
    };
    vm.live = live;
    return live;
  }

  #awaitAgent(vm: SimulatedVm, live: LiveVm, afterMs: number): void {
    if (!live.definition.shape.agentChannel) return;
    this.#host.later(afterMs, () => {
      if (vm.live !== live || live.agentConnected || !vm.isRunning) return;
      live.agentConnected = true;
      this.#host.events.agent(vm, 'connected');
    });
  }

  #checkDisks(disks: SimulatedVm['definition']['shape']['disks']): void {
    for (const { source } of disks)
      if (source !== null && !this.#host.fileExists(source))
        throw new HostRefusal(
          'VIR_ERR_SYSTEM_ERROR',
          'VIR_FROM_STORAGE',
          `Cannot access storage file '${source}': No such file or directory`,
        );
  }

  #checkNetworks(nics: SimulatedVm['definition']['shape']['nics']): void {
    for (const nic of nics) {
      if (nic.type === 'network' && !this.#host.network(nic.source).active)
        throw new HostRefusal(
          'VIR_ERR_OPERATION_INVALID',
          'VIR_FROM_NETWORK',
          `network '${nic.source}' is not active`,
        );
      if (nic.type === 'bridge' && !this.#bridges().includes(nic.source))
        throw new HostRefusal(
          'VIR_ERR_SYSTEM_ERROR',
          'VIR_FROM_NONE',
          `Cannot get interface MTU on '${nic.source}': No such device`,
        );
    }
  }

  #bridges(): string[] {
    return ['br0', ...[...this.#host.networks.values()].filter((one) => one.active).map((one) => one.bridge)];
  }

  suspend(vm: SimulatedVm): void {
    const live = this.#live(vm);
    if (live.runningSinceMs === null) return;
    vm.settle(this.#host.nowMs(), false);
    live.stateReason = { state: vmStates.paused, reason: pausedReasons.user };
    this.#host.events.lifecycle(vm, 'suspendedPaused');
  }

  resume(vm: SimulatedVm): void {
    const live = this.#live(vm);
    if (live.runningSinceMs !== null)
      throw qemuRefusal('VIR_ERR_OPERATION_INVALID', 'domain is already running');
    vm.settle(this.#host.nowMs(), true);
    live.stateReason = { state: vmStates.running, reason: runningReasons.unpaused };
    this.#host.events.lifecycle(vm, 'resumedUnpaused');
    this.#awaitAgent(vm, live, vm.guest.bootMs);
  }

  /** Presses the power button: the guest takes its time, and one that is paused never notices. */
  shutdown(vm: SimulatedVm): void {
    const { live } = vm;
    // The one call of which the QEMU driver itself looks whether it runs.
    if (live === null) throw qemuRefusal('VIR_ERR_OPERATION_INVALID', 'domain is not running');
    if (live.runningSinceMs === null) return;
    const { events } = this.#host;
    this.#host.later(vm.guest.bootMs * SHUTDOWN_SHARE, () => {
      if (vm.live !== live || live.runningSinceMs === null) return;
      if (live.agentConnected) events.agent(vm, 'disconnected');
      live.agentConnected = false;
      live.stateReason = { state: vmStates.shutdown, reason: 1 };
      events.lifecycle(vm, 'shutdownByGuest');
      this.#host.later(60, () => {
        if (vm.live === live) this.#off(vm, shutOffReasons.shutdown, 'stoppedShutdown');
      });
    });
  }

  /** The guest restarts: reboot by its own will, or the reset button (`hard`). */
  reboot(vm: SimulatedVm, hard: boolean): void {
    const live = this.#live(vm);
    const { events } = this.#host;
    this.#host.later(hard ? 0 : vm.guest.bootMs * SHUTDOWN_SHARE, () => {
      if (vm.live !== live) return;
      if (live.agentConnected) events.agent(vm, 'disconnected');
      live.agentConnected = false;
      vm.settle(this.#host.nowMs(), live.runningSinceMs !== null);
      live.bootStartedAtMs = this.#host.nowMs();
      events.reboot(vm);
      this.#awaitAgent(vm, live, vm.guest.bootMs);
    });
  }

  destroy(vm: SimulatedVm): void {
    this.#live(vm);
    this.#host.events.lifecycle(vm, 'shutdownByHost');
    this.#off(vm, shutOffReasons.destroyed, 'stoppedDestroyed');
  }

  /** The guest's kernel panics, or its QEMU dies: what `<on_crash>` says comes next. */
  async crash(vm: SimulatedVm): Promise<void> {
    const live = this.#live(vm);
    const { shape } = live.definition;
    if (shape.onCrash === 'preserve') {
      vm.settle(this.#host.nowMs(), false);
      live.stateReason = { state: vmStates.crashed, reason: 1 };
      this.#host.events.lifecycle(vm, 'crashedPanicked');
      return;
    }
    this.#off(vm, shutOffReasons.crashed, 'stoppedCrashed');
    if (shape.onCrash === 'restart' && vm.persistent !== null) await this.start(vm, 0);
  }

  /** A QEMU that waits for a guest from another host: there, but nothing runs in it. */
  async awaitArrival(vm: SimulatedVm, definition: SimulatedVm['definition']): Promise<void> {
    this.#checkDisks(definition.shape.disks);
    this.#checkNetworks(definition.shape.nics);
    const live = await this.#bringUp(vm, definition, this.#host.nowMs());
    vm.settle(this.#host.nowMs(), false);
    live.stateReason = { state: vmStates.paused, reason: pausedReasons.migration };
    this.#host.events.lifecycle(vm, 'startedMigrated');
  }

  /** The guest that came runs on here. A QEMU is a process of its own: its counters begin anew, the guest's clock does not. */
  arrive(vm: SimulatedVm, luggage: GuestLuggage, persistent: SimulatedVm['persistent']): SimulatedVm {
    const waiting = this.#live(vm);
    const { seed, load, guest } = luggage;
    const came = new SimulatedVm({ uuid: vm.uuid, name: vm.name, seed, load, guest });
    const live: LiveVm = {
      ...waiting,
      bootStartedAtMs: luggage.bootStartedAtMs,
      counters: noCounters,
      vcpus: luggage.vcpus,
      vcpusFixed: luggage.vcpusFixed,
      memoryKiB: luggage.memoryKiB,
    };
    came.live = live;
    came.persistent = persistent ?? vm.persistent;
    this.#host.vms.set(came.uuid, came);
    if (luggage.paused) {
      live.stateReason = { state: vmStates.paused, reason: pausedReasons.user };
      this.#host.events.lifecycle(came, 'suspendedPaused');
    } else {
      live.runningSinceMs = this.#host.nowMs();
      live.stateReason = { state: vmStates.running, reason: runningReasons.migrated };
      this.#host.events.lifecycle(came, 'resumedMigrated');
      this.#awaitAgent(came, live, 200);
    }
    if (persistent !== null) this.#host.events.lifecycle(came, 'definedAdded');
    return came;
  }

  /** Nobody comes any more: the QEMU that waited is killed. */
  turnAway(vm: SimulatedVm): void {
    this.#off(vm, shutOffReasons.failed, 'stoppedFailed');
  }

  /** The last of the guest is sent: it stands still until it is known where it goes on. */
  standStill(vm: SimulatedVm): void {
    const live = this.#live(vm);
    vm.settle(this.#host.nowMs(), false);
    live.stateReason = { state: vmStates.paused, reason: pausedReasons.migration };
    this.#host.events.lifecycle(vm, 'suspendedMigrated');
  }

  /** The guest stays where it was. */
  goOn(vm: SimulatedVm): void {
    const { live } = vm;
    if (live === null || live.stateReason.reason !== pausedReasons.migration || live.runningSinceMs !== null)
      return;
    vm.settle(this.#host.nowMs(), true);
    live.stateReason = { state: vmStates.running, reason: runningReasons.migrationCanceled };
    this.#host.events.lifecycle(vm, 'resumedMigrated');
  }

  /** The guest runs elsewhere now. */
  leave(vm: SimulatedVm, undefine: boolean): void {
    this.#off(vm, shutOffReasons.migrated, 'stoppedMigrated');
    if (!undefine || vm.persistent === null) return;
    vm.persistent = null;
    vm.autostart = false;
    this.#host.events.lifecycle(vm, 'undefinedRemoved');
    this.#host.vms.delete(vm.uuid);
  }

  managedSave(vm: SimulatedVm): void {
    this.#live(vm);
    if (vm.persistent === null)
      throw qemuRefusal('VIR_ERR_OPERATION_INVALID', 'cannot do managed save for transient domain');
    vm.managedSave = true;
    this.#off(vm, shutOffReasons.saved, 'stoppedSaved');
  }

  /** Off without a word of the guest, to go on from a snapshot. */
  stopForSnapshot(vm: SimulatedVm): void {
    this.#off(vm, shutOffReasons.fromSnapshot, 'stoppedFromSnapshot');
  }

  async startFromSnapshot(vm: SimulatedVm, paused: boolean): Promise<void> {
    if (vm.persistent === null) return;
    const live = await this.#bringUp(vm, vm.persistent, this.#host.nowMs());
    live.agentConnected = vm.persistent.shape.agentChannel;
    live.stateReason = { state: vmStates.running, reason: runningReasons.fromSnapshot };
    this.#host.events.lifecycle(vm, 'startedFromSnapshot');
    if (!paused) return;
    vm.settle(this.#host.nowMs(), false);
    live.stateReason = { state: vmStates.paused, reason: pausedReasons.fromSnapshot };
  }

  /** Power cut of the whole machine: no events, nobody is left to send them. */
  lose(vm: SimulatedVm): void {
    if (vm.live === null) return;
    this.#screens.close(vm);
    vm.live = null;
    vm.offState = { state: vmStates.shutOff, reason: shutOffReasons.unknown };
    if (vm.persistent === null) this.#host.vms.delete(vm.uuid);
  }

  #off(vm: SimulatedVm, reason: number, step: LifecycleStep): void {
    this.#screens.close(vm);
    // The last event of a running VM still carries its number.
    const state: VmStateReason = { state: vmStates.shutOff, reason };
    this.#host.events.lifecycle(vm, step);
    vm.live = null;
    vm.offState = state;
    if (vm.persistent === null) this.#host.vms.delete(vm.uuid);
  }

  #live(vm: SimulatedVm): LiveVm {
    if (vm.live === null) throw notRunning();
    return vm.live;
  }
}
