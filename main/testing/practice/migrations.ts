import { setTimeout as delay } from 'node:timers/promises';
import type { Socket } from 'node:net';
import type { TypedParameter } from '../../platform/libvirt/xdr-typed-parameters.ts';
import type { DomainRef } from '../../platform/libvirt/xdr-objects.ts';
import { HostRefusal, notRunning, qemuRefusal } from './host-refusal.ts';
import { ArrivalDoor, dialTarget, sendDisk, sendGuest } from './migration-wire.ts';
import type { GuestLuggage } from './migration-wire.ts';
import type { RpcConnection } from './rpc-connection.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { Definition, SimulatedVm } from './simulated-vm.ts';
import type { VmPower } from './vm-power.ts';

/** `virDomainMigrateFlags` this simulation heeds. */
const flagBits = { persistDest: 8, undefineSource: 16, nonSharedDisk: 64, changeProtection: 256 } as const;

/** How moves go wrong or slow on this host, asked for as a fault. */
export type MigrationFault = {
  /** The phase that fails, at this host. */
  readonly fails?: 'prepare' | 'perform' | 'finish' | 'confirm' | undefined;
  /** How long memory and disks of a guest that leaves take. */
  readonly lastsMs?: number | undefined;
};

type Outgoing = {
  phase: 'begun' | 'performing' | 'performed';
  connection: RpcConnection;
  readonly stop: AbortController;
  readonly totals: { memoryBytes: number; diskBytes: number };
  startedAtMs: number;
  rate: number;
  socket: Socket | null;
};

type Incoming = {
  readonly vm: SimulatedVm;
  readonly isNew: boolean;
  readonly connection: RpcConnection;
  readonly door: ArrivalDoor;
};

/** Without a fault a move takes about this long, whatever its size. */
const USUAL_MS = 400;
const DOWNTIME_MS = 40;
/** Looked at so often whether somebody wants it cancelled. */
const STEP_MS = 20;

export type MigrationArgs = {
  readonly params: readonly TypedParameter[];
  readonly cookieIn: Uint8Array;
  readonly flags: number;
};

/** Guests on their way from and to one simulated host: the QEMU driver's half of migration protocol 3. */
export class Migrations {
  readonly #host: SimulatedHost;
  readonly #power: VmPower;
  readonly #out = new Map<string, Outgoing>();
  readonly #in = new Map<string, Incoming>();
  readonly #completed = new Map<string, TypedParameter[]>();
  fault: MigrationFault = {};

  constructor(host: SimulatedHost, power: VmPower) {
    this.#host = host;
    this.#power = power;
  }

  begin(dom: DomainRef, args: Omit<MigrationArgs, 'cookieIn'>, connection: RpcConnection) {
    const vm = this.#host.vm(dom);
    if (vm.live === null) throw notRunning();
    if (this.#out.has(vm.uuid)) throw busy();
    if (vm.snapshots.length > 0)
      throw qemuRefusal(
        'VIR_ERR_OPERATION_INVALID',
        `cannot migrate domain with ${vm.snapshots.length} snapshots`,
      );
    const given = text(args.params, 'destination_xml');
    const xml = given === undefined ? vm.definition.xml : this.#sameGuest(vm, given);
    this.#out.set(vm.uuid, {
      phase: 'begun',
      connection,
      stop: new AbortController(),
      totals: { memoryBytes: 0, diskBytes: 0 },
      startedAtMs: this.#host.nowMs(),
      rate: 0,
      socket: null,
    });
    return { cookieOut: cookie({ from: this.#host.hardware.uuid, name: this.#host.name }), xml };
  }

  async prepare(args: MigrationArgs, connection: RpcConnection) {
    if (this.fault.fails === 'prepare')
      throw qemuRefusal('VIR_ERR_INTERNAL_ERROR', 'QEMU unexpectedly closed the monitor');
    const said = read(args.cookieIn);
    if (said['from'] === this.#host.hardware.uuid)
      throw new HostRefusal(
        'VIR_ERR_INTERNAL_ERROR',
        'VIR_FROM_QEMU',
        `Attempt to migrate guest to the same host ${this.#host.hardware.uuid}`,
      );
    const { vm, definition } = this.#host.define(text(args.params, 'destination_xml') ?? '');
    if (vm.live !== null)
      throw qemuRefusal('VIR_ERR_OPERATION_INVALID', `domain is already active as '${vm.name}'`);
    const isNew = !this.#host.vms.has(vm.uuid);
    this.#host.vms.set(vm.uuid, vm);
    const door = new ArrivalDoor((target) => this.#fileOf(definition, target));
    try {
      const { hostname } = new URL(text(args.params, 'migrate_uri') ?? `tcp://${this.#host.name}`);
      const port = await door.listen(hostname);
      await this.#power.awaitArrival(vm, definition);
      this.#in.set(vm.uuid, { vm, isNew, connection, door });
      return { cookieOut: cookie({ to: this.#host.hardware.uuid }), uriOut: `tcp://${hostname}:${port}` };
    } catch (error) {
      door.close();
      if (isNew) this.#host.vms.delete(vm.uuid);
      throw error;
    }
  }

  async perform(dom: DomainRef, args: MigrationArgs, connection: RpcConnection) {
    const vm = this.#host.vm(dom);
    const job = this.#out.get(vm.uuid);
    if (job === undefined || vm.live === null) throw notRunning();
    job.phase = 'performing';
    job.connection = connection;
    try {
      await this.#send(vm, job, args);
    } catch (error) {
      this.#out.delete(vm.uuid);
      this.#power.goOn(vm);
      if (job.stop.signal.aborted)
        throw qemuRefusal('VIR_ERR_OPERATION_ABORTED', 'migration out job: canceled by client');
      if (error instanceof HostRefusal) throw error;
      throw qemuRefusal('VIR_ERR_OPERATION_FAILED', 'migration out job: unexpectedly failed');
    } finally {
      job.socket?.destroy();
    }
    job.phase = 'performed';
    // Nobody is left to confirm it.
    if (!this.#host.connections.has(connection)) this.#out.delete(vm.uuid);
    const persistent = text(args.params, 'persistent_xml') ?? vm.persistent?.xml ?? '';
    return { cookieOut: cookie({ persistent, downtime: DOWNTIME_MS, ...job.totals }) };
  }

  async #send(vm: SimulatedVm, job: Outgoing, args: MigrationArgs): Promise<void> {
    const disks = (args.flags & flagBits.nonSharedDisk) === 0 ? [] : this.#copied(vm, args.params);
    const live = vm.live;
    if (live === null) throw notRunning();
    job.totals.memoryBytes = Math.round(live.memoryKiB * 1_024 * Math.min(1, vm.load.memoryShare + 0.1));
    job.totals.diskBytes = disks.reduce((sum, disk) => sum + disk.allocationBytes, 0);
    const all = job.totals.memoryBytes + job.totals.diskBytes;
    job.rate = Math.max(1, (all * 1_000) / (this.fault.lastsMs ?? USUAL_MS));
    job.startedAtMs = this.#host.nowMs();
    job.socket = await dialTarget(text(args.params, 'migrate_uri') ?? '', job.stop.signal);
    const broken = new Promise<never>((_resolve, reject) => {
      job.socket?.once('close', () => reject(new Error('the connection broke')));
    });
    broken.catch(() => undefined);
    for (const { target, file } of disks)
      await Promise.race([sendDisk(job.socket, { target, file }), broken]);
    // Asked anew at every step: a fault that is healed lets it go on at once.
    const durationMs = (): number => this.fault.lastsMs ?? USUAL_MS;
    while (this.#host.nowMs() - job.startedAtMs < durationMs()) {
      await Promise.race([delay(STEP_MS, undefined, { signal: job.stop.signal }), broken]);
      if (vm.live !== live) throw notRunning();
      if (this.fault.fails === 'perform' && this.#host.nowMs() - job.startedAtMs > durationMs() / 2)
        throw qemuRefusal('VIR_ERR_OPERATION_FAILED', 'migration out job: unexpectedly failed');
    }
    const paused = live.runningSinceMs === null;
    this.#power.standStill(vm);
    await Promise.race([sendGuest(job.socket, luggageOf(vm, paused)), broken]);
  }

  async finish(
    args: MigrationArgs & { readonly cancelled: number },
  ): Promise<{ dom: DomainRef; cookieOut: Buffer }> {
    const name = text(args.params, 'destination_name') ?? '';
    const vm = this.#host.vmByName(name);
    const arriving = vm === undefined ? undefined : this.#in.get(vm.uuid);
    if (vm === undefined || arriving === undefined)
      throw qemuRefusal('VIR_ERR_NO_DOMAIN', `no domain with matching name '${name}'`);
    if (args.cancelled !== 0) {
      this.#turnAway(arriving);
      throw new HostRefusal(
        'VIR_ERR_INTERNAL_ERROR',
        'VIR_FROM_RPC',
        'library function returned error but did not set virError',
      );
    }
    const { luggage } = arriving.door;
    if (this.fault.fails === 'finish' || luggage === null) {
      this.#turnAway(arriving);
      throw qemuRefusal('VIR_ERR_OPERATION_FAILED', 'migration in job: unexpectedly failed');
    }
    const said = read(args.cookieIn);
    this.#in.delete(vm.uuid);
    arriving.door.close();
    const wanted = (args.flags & flagBits.persistDest) === 0 ? '' : said['persistent'];
    const persistent =
      typeof wanted !== 'string' || wanted === '' ? null : this.#host.define(wanted).definition;
    const arrived = this.#power.arrive(vm, luggage, persistent);
    this.#completed.set(vm.uuid, completedStats(said));
    return { dom: arrived.ref, cookieOut: cookie({}) };
  }

  confirm(dom: DomainRef, args: { readonly flags: number; readonly cancelled: number }): void {
    const vm = this.#host.vm(dom);
    const job = this.#out.get(vm.uuid);
    if (job?.phase !== 'performed') {
      if (args.cancelled !== 0) return;
      throw qemuRefusal(
        'VIR_ERR_OPERATION_INVALID',
        `domain '${vm.name}' is not processing outgoing migration`,
      );
    }
    if (this.fault.fails === 'confirm') {
      this.#out.delete(vm.uuid);
      throw qemuRefusal('VIR_ERR_INTERNAL_ERROR', 'the daemon had no time for it');
    }
    this.#out.delete(vm.uuid);
    if (args.cancelled !== 0) this.#power.goOn(vm);
    else this.#power.leave(vm, (args.flags & flagBits.undefineSource) !== 0);
  }

  /** Kind of the job (`virDomainJobType`) and its parameters; none: 0. */
  job(dom: DomainRef, completed: boolean): { type: number; params: Record<string, number> } {
    const vm = this.#host.vm(dom);
    if (completed) {
      const last = this.#completed.get(vm.uuid);
      return last === undefined ? { type: 0, params: {} } : { type: 3, params: record(last) };
    }
    if (vm.live === null) throw notRunning();
    const job = this.#out.get(vm.uuid);
    if (job !== undefined) return { type: 2, params: statsOf(job, this.#host.nowMs()) };
    return this.#in.has(vm.uuid) ? { type: 2, params: { operation: 4 } } : { type: 0, params: {} };
  }

  abort(dom: DomainRef): void {
    const vm = this.#host.vm(dom);
    if (vm.live === null) throw notRunning();
    const job = this.#out.get(vm.uuid);
    if (job?.phase !== 'performing')
      throw qemuRefusal('VIR_ERR_OPERATION_INVALID', 'no job is active on the domain');
    job.stop.abort();
  }

  /** As libvirt's close callbacks: what was prepared dies with who prepared it, what was only begun is forgotten. */
  connectionGone(connection: RpcConnection): void {
    for (const arriving of this.#in.values())
      if (arriving.connection === connection) this.#turnAway(arriving);
    for (const [uuid, job] of this.#out)
      if (job.connection === connection && job.phase !== 'performing') this.#out.delete(uuid);
  }

  /** A daemon that starts again cancels what was being sent. */
  daemonDied(): void {
    for (const job of this.#out.values()) if (job.phase === 'performing') job.stop.abort();
  }

  /** Power cut: all connections of the QEMUs break. */
  lose(): void {
    for (const job of this.#out.values()) {
      job.stop.abort();
      job.socket?.destroy();
    }
    for (const arriving of this.#in.values()) arriving.door.close();
    this.#out.clear();
    this.#in.clear();
  }

  isMoving(vm: SimulatedVm): boolean {
    return this.#out.has(vm.uuid);
  }

  #turnAway({ vm, isNew, door }: Incoming): void {
    this.#in.delete(vm.uuid);
    door.close();
    if (vm.live !== null) this.#power.turnAway(vm);
    if (isNew && vm.persistent === null) this.#host.vms.delete(vm.uuid);
  }

  /** The XML given for the target may differ in where things are, not in what the guest sees. */
  #sameGuest(vm: SimulatedVm, xml: string): string {
    const { definition } = this.#host.define(xml);
    const [ours, theirs] = [vm.definition.shape, definition.shape];
    if (
      ours.memoryKiB !== theirs.memoryKiB ||
      ours.maxVcpus !== theirs.maxVcpus ||
      ours.disks.length !== theirs.disks.length
    )
      throw qemuRefusal('VIR_ERR_CONFIG_UNSUPPORTED', 'Target domain does not match source');
    return definition.xml;
  }

  #copied(vm: SimulatedVm, params: readonly TypedParameter[]) {
    const named = params.filter(({ field }) => field === 'migrate_disks').map(({ value }) => String(value));
    return vm.definition.shape.disks.flatMap(({ device, target, source }) => {
      const isAsked = named.length > 0 ? named.includes(target) : device === 'disk';
      const volume = source === null ? undefined : this.#host.volumeAt(source)?.volume;
      return !isAsked || volume === undefined
        ? []
        : [{ target, file: volume.file, allocationBytes: volume.allocationBytes }];
    });
  }

  #fileOf(definition: Definition, target: string): string | undefined {
    const source = definition.shape.disks.find((disk) => disk.target === target)?.source;
    return source === undefined || source === null ? undefined : this.#host.volumeAt(source)?.volume.file;
  }
}

function luggageOf(vm: SimulatedVm, paused: boolean): GuestLuggage {
  const { live } = vm;
  if (live === null) throw notRunning();
  return {
    uuid: vm.uuid,
    seed: vm.seed,
    load: vm.load,
    guest: vm.guest,
    counters: live.counters,
    bootStartedAtMs: live.bootStartedAtMs,
    vcpus: live.vcpus,
    vcpusFixed: live.vcpusFixed,
    memoryKiB: live.memoryKiB,
    paused,
  };
}

function statsOf(job: Outgoing, nowMs: number): Record<string, number> {
  const elapsedMs = Math.max(0, nowMs - job.startedAtMs);
  const { memoryBytes, diskBytes } = job.totals;
  const sent =
    job.phase === 'begun' ? 0 : Math.min(memoryBytes + diskBytes, Math.round((elapsedMs * job.rate) / 1_000));
  // Disks go first, as with QEMU's mirrors.
  const disk = Math.min(diskBytes, sent);
  const memory = sent - disk;
  return {
    operation: 5,
    time_elapsed: Math.round(elapsedMs),
    data_total: memoryBytes + diskBytes,
    data_processed: sent,
    data_remaining: memoryBytes + diskBytes - sent,
    memory_total: memoryBytes,
    memory_processed: memory,
    memory_remaining: memoryBytes - memory,
    memory_bps: memory > 0 ? Math.round(job.rate) : 0,
    disk_total: diskBytes,
    disk_processed: disk,
    disk_remaining: diskBytes - disk,
    disk_bps: disk > 0 && disk < diskBytes ? Math.round(job.rate) : 0,
  };
}

function completedStats(said: Readonly<Record<string, unknown>>): TypedParameter[] {
  const memory = Number(said['memoryBytes'] ?? 0);
  const disk = Number(said['diskBytes'] ?? 0);
  const values = {
    operation: 4,
    downtime: Number(said['downtime'] ?? 0),
    memory_total: memory,
    memory_processed: memory,
    disk_total: disk,
    disk_processed: disk,
    data_total: memory + disk,
    data_processed: memory + disk,
  };
  return Object.entries(values).map(([field, value]) => ({ field, type: 'ullong', value }) as TypedParameter);
}

function record(parameters: readonly TypedParameter[]): Record<string, number> {
  return Object.fromEntries(parameters.map(({ field, value }) => [field, Number(value)]));
}

function text(params: readonly TypedParameter[], field: string): string | undefined {
  const found = params.find((one) => one.field === field)?.value;
  return typeof found === 'string' ? found : undefined;
}

function cookie(said: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(JSON.stringify(said));
}

function read(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  return bytes.length === 0
    ? {}
    : (JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>);
}

function busy(): HostRefusal {
  return qemuRefusal(
    'VIR_ERR_OPERATION_TIMEOUT',
    'cannot acquire state change lock (held by monitor=remoteDispatchDomainMigrateBegin3Params)',
  );
}
