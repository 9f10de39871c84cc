import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import { loadBetween, MinuteAverages, type Load, type LoadCounters } from '../sweep/load-meter.ts';
import type { VmSighting } from '../sweep/vm-sighting.ts';
import { isPowered, type VmStatistics } from '../sweep/vm-statistics.ts';
import type { VmShape } from './vm-xml.ts';

/** Readings closer together than this say little about load. */
const SHORTEST_INTERVAL_MS = 4000;

interface Seen {
  readonly atMs: number;
  /** Names the host's own boot. */
  readonly hostBoot: string;
  /** When the host says its guest was started, if it does. */
  readonly startedAtMs: number | undefined;
}

/** What the collector remembers of one VM between two looks. All of it can be lost: the store has what counts. */
export class VmMemory {
  ref: DomainRef;
  /** Its XML has to be read (again). */
  shapeDue = true;
  autostart: boolean | undefined;
  persistent: boolean | undefined;
  addresses: ReadonlyMap<string, readonly string[]> | undefined;
  os: string | undefined;
  agent: boolean | undefined;
  /** Size it starts with next, while it runs with this definition. */
  next: VmSighting['next'];
  last: VmSighting | undefined;
  /** When `last` was so; 0 before it was ever seen. */
  seenAtMs = 0;
  /** The look, by its number, that told of it last or that was called for by an event; see `HostLook`. */
  lookedAt = 0;
  #startedAtMs: number | undefined;
  #bootHeardAtMs: number | undefined;
  #shape: VmShape | undefined;
  #counters: LoadCounters | undefined;
  #averages: MinuteAverages;
  readonly #longestIntervalMs: number;
  #shapesAsked = 0;
  #shapeOf = 0;

  constructor(ref: DomainRef, longestIntervalMs: number) {
    this.ref = ref;
    this.#longestIntervalMs = longestIntervalMs;
    this.#averages = new MinuteAverages(longestIntervalMs);
  }

  get shape(): VmShape | undefined {
    return this.#shape;
  }

  /** Its XML is being asked for; gives what to hand over with the answer. */
  askShape(): number {
    this.#shapesAsked += 1;
    return this.#shapesAsked;
  }

  /** Its XML was read. Of two answers that overtook each other the one asked for later stays. */
  reshape(shape: VmShape, asked: number): void {
    if (asked < this.#shapeOf) return;
    this.#shapeOf = asked;
    this.#shape = shape;
    this.shapeDue = false;
    this.agent = shape.agentConnected;
  }

  /** Its definition was written: what goes with it is not known any more. */
  forgetDefinition(): void {
    this.autostart = undefined;
    this.persistent = undefined;
  }

  /** The guest was switched on: what was known of the boot before is over. */
  booted(startedAtMs: number): void {
    this.#bootHeardAtMs = startedAtMs;
    this.addresses = undefined;
    this.agent = undefined;
    this.next = { vcpus: 0, memoryBytes: 0 };
    this.#forgetLoad();
  }

  /** Another look at it. */
  see(ref: DomainRef, statistics: VmStatistics, seen: Seen): VmSighting {
    const powered = isPowered(statistics.state);
    const boot = powered ? `${seen.hostBoot}/${ref.id}` : '';
    if (boot !== this.last?.boot) {
      this.#forgetLoad();
      // A boot nobody heard of began some time since the last look.
      const unheard = this.last === undefined ? undefined : seen.atMs;
      this.#startedAtMs = this.#bootHeardAtMs ?? seen.startedAtMs ?? unheard;
    }
    this.#startedAtMs ??= seen.startedAtMs;
    this.#bootHeardAtMs = undefined;
    this.ref = ref;
    const measured = powered ? this.#measure(statistics, { atMs: seen.atMs, boot }) : undefined;
    this.seenAtMs = seen.atMs;
    this.last = {
      uuid: ref.uuid,
      name: ref.name,
      state: statistics.state,
      isHandedOver: statistics.isHandedOver,
      boot,
      cpuTimeMs: this.#cpuTimeMs(statistics, boot),
      vcpus: statistics.vcpus ?? undefined,
      memoryBytes: statistics.memoryBytes ?? undefined,
      memoryUsedBytes: statistics.counters.memoryBytes ?? undefined,
      cpuPercent: measured?.load.cpuPercent ?? undefined,
      blocks: statistics.blocks,
      shape: this.#shape,
      next: this.next,
      addresses: this.addresses,
      os: this.os,
      agent: this.agent,
      autostart: this.autostart,
      persistent: this.persistent,
      startedAtMs: powered ? this.#startedAtMs : undefined,
      minutes: measured?.minutes ?? [],
      sentBytes: powered ? (statistics.counters.netTransmitBytes ?? undefined) : undefined,
    };
    return this.last;
  }

  #measure(
    statistics: VmStatistics,
    seen: { atMs: number; boot: string },
  ): { load: Load; minutes: VmSighting['minutes'] } | undefined {
    const before = this.#counters;
    if (before !== undefined && seen.atMs - before.atMs < SHORTEST_INTERVAL_MS) return undefined;
    const now: LoadCounters = {
      ...statistics.counters,
      ...seen,
      vcpus: statistics.vcpus ?? before?.vcpus ?? 1,
    };
    this.#counters = now;
    if (before === undefined) return undefined;
    const load = loadBetween(before, now);
    return { load, minutes: this.#averages.add(before.atMs, now.atMs, load) };
  }

  /** A host that does not say keeps what it said of the same boot before. */
  #cpuTimeMs(statistics: VmStatistics, boot: string): number {
    const { cpuTimeNs } = statistics.counters;
    if (cpuTimeNs !== null) return Math.floor(cpuTimeNs / 1e6);
    return this.last?.boot === boot ? this.last.cpuTimeMs : 0;
  }

  #forgetLoad(): void {
    this.#counters = undefined;
    this.#averages = new MinuteAverages(this.#longestIntervalMs);
  }
}
