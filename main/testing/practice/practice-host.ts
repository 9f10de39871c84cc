import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Door } from './door.ts';
import { agentHandlers } from './handlers-agent.ts';
import { connectHandlers } from './handlers-connect.ts';
import { consoleHandlers } from './handlers-console.ts';
import { deviceHandlers } from './handlers-device.ts';
import { domainReadHandlers } from './handlers-domain.ts';
import { interfaceHandlers } from './handlers-interface.ts';
import { jobHandlers } from './handlers-job.ts';
import { metadataHandlers } from './handlers-metadata.ts';
import { networkHandlers } from './handlers-network.ts';
import { poolHandlers } from './handlers-pool.ts';
import { sizeHandlers } from './handlers-size.ts';
import { domainPowerHandlers } from './handlers-power.ts';
import { snapshotHandlers } from './handlers-snapshot.ts';
import { volumeHandlers } from './handlers-volume.ts';
import type { HostShellFacts } from './host-shell.ts';
import { practiceFaultSchema } from './practice-fault.ts';
import type { CheckedFault, PracticeFault } from './practice-fault.ts';
import type { SeededHost } from './practice-seeding.ts';
import type { Handlers } from './procedure-table.ts';
import { RpcConnection } from './rpc-connection.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { SimulatedVm } from './simulated-vm.ts';
import { seededUuid } from './seeded-random.ts';
import { SshDoor, throughTo } from './ssh-door.ts';
import { Migrations } from './migrations.ts';
import { VmPower } from './vm-power.ts';
import { VmScreens } from './vm-screens.ts';

/** Where a real host has the daemon's socket; the simulated SSH server leads these to the simulated daemon. */
const daemonSockets = ['/run/libvirt/libvirt-sock', '/var/run/libvirt/libvirt-sock'];

export type PracticeHostOptions = {
  readonly seeded: SeededHost;
  readonly password: string;
  readonly authorizedKeys: readonly string[];
  /** Whether every running VM listens for VNC on a port of its own. */
  readonly vncListeners: boolean;
  /** SSH ports of the whole fleet: hosts one can jump to from this one. */
  readonly sshPorts: () => readonly number[];
};

/** One simulated machine with its doors: the daemon's socket, SSH, and the VNC ports of its running VMs. */
export class PracticeHost {
  readonly name: string;
  readonly machine: SimulatedHost;
  readonly power: VmPower;
  readonly migrations: Migrations;
  readonly socketPath: string;
  readonly ssh: SshDoor;
  readonly #handlers: Handlers;
  readonly #daemon: Door;
  readonly #screens: VmScreens;
  readonly #turnOn: SeededHost['turnOn'];
  readonly #sshPorts: () => readonly number[];
  #delayMs = 0;
  #daemonAlive = true;
  #permitted = true;
  #powered = true;
  #boots = 0;

  constructor(options: PracticeHostOptions) {
    const { seeded, password, authorizedKeys, vncListeners } = options;
    this.machine = seeded.host;
    this.name = seeded.host.name;
    this.#turnOn = seeded.turnOn;
    this.#sshPorts = options.sshPorts;
    this.#screens = new VmScreens(this.machine, vncListeners);
    this.power = new VmPower(this.machine, this.#screens);
    this.#screens.power = this.power;
    this.socketPath = join(this.machine.folder, 'libvirt-sock');
    this.migrations = new Migrations(this.machine, this.power);
    this.#handlers = everyHandler(this.machine, this.power, {
      screens: this.#screens,
      migrations: this.migrations,
    });
    this.#daemon = new Door({ path: this.socketPath }, (cable) => this.#accept(cable));
    this.ssh = new SshDoor({
      password,
      authorizedKeys,
      shell: () => this.#shellFacts(),
      openSocket: (path) => this.#socket(path),
      openPort: (port) => this.#port(port),
    });
  }

  async start(): Promise<void> {
    await this.#turnOn(this.power);
    await this.#daemon.open();
    await this.ssh.door.open();
  }

  async stop(): Promise<void> {
    this.machine.stop();
    this.migrations.lose();
    await Promise.all([this.ssh.door.shut(), this.#daemon.shut(), this.#screens.stop()]);
    rmSync(this.socketPath, { force: true });
  }

  /** The VM of this name; throws when there is none. */
  vm(name: string): SimulatedVm {
    const vm = this.machine.vmByName(name);
    if (vm === undefined) throw new Error(`${this.name} has no VM ${name}`);
    return vm;
  }

  /** Makes something go wrong; resolves when it has. Throws on a VM or pool that is not there. */
  async fault(given: PracticeFault): Promise<void> {
    await this.#fault(practiceFaultSchema.parse(given));
  }

  async #fault(fault: CheckedFault): Promise<void> {
    switch (fault.kind) {
      case 'silent':
        return this.#everyDoor((door) => door.cut());
      case 'slow':
        this.#delayMs = fault.delayMs;
        return;
      case 'refuse':
        await Promise.all([this.ssh.door.shut(), this.#daemon.shut()]);
        return;
      case 'drop':
        return this.#everyDoor((door) => door.drop());
      case 'crash-vm':
        return await this.power.crash(fault.vm === undefined ? this.#anyRunning() : this.vm(fault.vm));
      case 'agent-silent':
        this.vm(fault.vm).agentSilent = true;
        return;
      case 'guest-holds':
        this.vm(fault.vm).holdsDevices = true;
        return;
      case 'kill-daemon':
        return await this.#killDaemon();
      case 'no-permission':
        this.#permitted = false;
        for (const connection of this.machine.connections) connection.close();
        return;
      case 'pool-full':
        this.machine.pool(fault.pool).full = true;
        return;
      case 'pool-inactive':
        this.machine.pool(fault.pool).active = false;
        return;
      case 'auth-fail':
        this.ssh.refusesLogin = true;
        return;
      case 'change-host-key':
        return this.ssh.changeHostKey();
      case 'clock-off':
        this.machine.clockOffsetMs = fault.offsetMs;
        return;
      case 'migration':
        this.migrations.fault = { fails: fault.fails, lastsMs: fault.lastsMs };
        return;
      case 'power-cut':
        return await this.#cutPower();
      case 'heal':
        return await this.#heal();
    }
  }

  async #killDaemon(): Promise<void> {
    this.#daemonAlive = false;
    this.migrations.daemonDied();
    for (const connection of this.machine.connections) connection.close();
    await this.#daemon.shut();
  }

  async #cutPower(): Promise<void> {
    this.#powered = false;
    this.migrations.lose();
    for (const vm of this.machine.vms.values()) this.power.lose(vm);
    await Promise.all([this.ssh.door.shut(), this.#daemon.shut()]);
  }

  /** Boots again; guests marked for it start with the host. */
  async #powerUp(): Promise<void> {
    if (this.#powered) return;
    this.#powered = true;
    this.#boots += 1;
    for (const vm of this.machine.vms.values()) if (vm.autostart) await this.power.start(vm, 0);
  }

  async #heal(): Promise<void> {
    this.#delayMs = 0;
    this.#daemonAlive = true;
    this.#permitted = true;
    this.migrations.fault = {};
    this.ssh.refusesLogin = false;
    this.machine.clockOffsetMs = 0;
    for (const vm of this.machine.vms.values()) {
      vm.agentSilent = false;
      vm.holdsDevices = false;
    }
    for (const pool of this.machine.pools.values()) {
      pool.full = false;
      if (pool.autostart) pool.active = true;
    }
    await this.#powerUp();
    await this.#daemon.open();
    await this.ssh.door.open();
    this.#everyDoor((door) => door.heal());
  }

  #anyRunning(): SimulatedVm {
    for (const vm of this.machine.vms.values()) if (vm.isRunning) return vm;
    throw new Error(`${this.name} has no running VM to crash`);
  }

  #everyDoor(act: (door: Door) => void): void {
    for (const door of [this.ssh.door, this.#daemon]) act(door);
    this.#screens.forEachDoor(act);
  }

  /** Takes one client of the daemon, however it came in. */
  #accept(client: Duplex): void {
    const connection = new RpcConnection(client, {
      handlers: this.#handlers,
      delay: () => (this.#delayMs === 0 ? undefined : delay(this.#delayMs, undefined, { ref: false })),
      closed: (gone) => {
        this.machine.connections.delete(gone);
        this.migrations.connectionGone(gone);
      },
    });
    this.machine.connections.add(connection);
  }

  #socketState(path: string): ReturnType<HostShellFacts['socketState']> {
    if (!daemonSockets.includes(path) && path !== this.socketPath) return 'missing';
    if (!this.#permitted) return 'denied';
    return this.#daemonAlive ? 'listening' : 'idle';
  }

  #socket(path: string): ((channel: Duplex) => void) | null {
    return this.#socketState(path) === 'listening' ? (channel) => this.#accept(channel) : null;
  }

  #port(port: number): ((channel: Duplex) => void) | null {
    for (const vm of this.machine.vms.values())
      if (vm.live?.vncPort === port) return (channel) => this.#screens.view(vm, channel);
    return this.#sshPorts().includes(port) ? throughTo(port) : null;
  }

  #shellFacts(): HostShellFacts {
    const nowMs = this.machine.nowMs() + this.machine.clockOffsetMs;
    return {
      hostname: this.name,
      nowMs,
      uptimeSeconds: (this.machine.nowMs() - this.machine.hardware.bootedAtMs) / 1_000,
      socketState: (path) => this.#socketState(path),
      bootId: seededUuid(this.machine.seed, 1_000 + this.#boots),
      cpuModel: this.machine.hardware.cpuName,
      mounts: this.machine.mounts,
      movesTls: this.machine.movesTls,
      startedAtMs: [...this.machine.vms.values()].flatMap(({ name, live }) =>
        live === null ? [] : [[name, live.startedAtMs + this.machine.clockOffsetMs] as const],
      ),
      bridges: [
        'br0',
        ...[...this.machine.networks.values()].filter((one) => one.active).map((one) => one.bridge),
      ],
    };
  }
}

function everyHandler(
  machine: SimulatedHost,
  power: VmPower,
  { screens, migrations }: { screens: VmScreens; migrations: Migrations },
): Handlers {
  return {
    ...connectHandlers(machine),
    ...domainReadHandlers(machine),
    ...domainPowerHandlers(machine, power),
    ...deviceHandlers(machine),
    ...sizeHandlers(machine),
    ...metadataHandlers(machine),
    ...agentHandlers(machine, power),
    ...consoleHandlers(machine, power, screens),
    ...snapshotHandlers(machine, power),
    ...jobHandlers(machine, migrations),
    ...networkHandlers(machine),
    ...interfaceHandlers(machine),
    ...poolHandlers(machine),
    ...volumeHandlers(machine),
  };
}
