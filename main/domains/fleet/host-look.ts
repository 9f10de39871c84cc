import { domainListFlags, domainStatsGroups } from '../../platform/libvirt/flags.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import { LibvirtError } from '../../platform/libvirt/libvirt-errors.ts';
import type { EntryGate } from '../../platform/ssh/entry-gate.ts';
import type { DomainStats } from '../../platform/libvirt/domain-calls.ts';
import type { DomainRef } from '../../platform/libvirt/xdr-objects.ts';
import type { Heard } from './host-event-inbox.ts';
import type { HostFactsRead } from './host-facts.ts';
import { HostLoadMeter } from './host-load.ts';
import { HostMinutes } from './host-minutes.ts';
import { VmMemory } from './vm-memory.ts';
import type { HostSighting, VmSighting } from './vm-sighting.ts';
import { vmStatisticsOf } from './vm-statistics.ts';
import { parseVmXml } from './vm-xml.ts';

/** Per-vCPU numbers and the like are not asked for: they make the answer ten times longer. */
const GROUPS =
  domainStatsGroups.state |
  domainStatsGroups.cpuTotal |
  domainStatsGroups.balloon |
  domainStatsGroups.vcpu |
  domainStatsGroups.interface |
  domainStatsGroups.block;

const SHAPES_AT_ONCE = 64;
/** For a turn to read XML: hosts that are slow, and stay in it, hold up no other for longer. */
const TURN_MS = 500;

interface Looking {
  readonly heard: Heard;
  /** Clock of the store. */
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/** Looks at the VMs of one host and remembers of each what the next look needs. */
export class HostLook {
  readonly #hostId: string;
  readonly #longestIntervalMs: number;
  readonly #unreadable: (ref: DomainRef, error: unknown) => void;
  readonly #memories = new Map<string, VmMemory>();
  readonly #load = new HostLoadMeter();
  readonly #minutes: HostMinutes;
  #hostBoot: string;
  #startedAtMs: ReadonlyMap<string, number> = new Map();
  #lastAtMs = 0;
  #lastBeganAtMs = 0;

  constructor(options: {
    hostId: string;
    longestIntervalMs: number;
    /** The XML of a VM makes no sense. */
    unreadable: (ref: DomainRef, error: unknown) => void;
  }) {
    this.#unreadable = options.unreadable;
    this.#hostId = options.hostId;
    this.#longestIntervalMs = options.longestIntervalMs;
    this.#hostBoot = options.hostId;
    this.#minutes = new HostMinutes(options.longestIntervalMs);
  }

  /** VMs that are known. */
  get size(): number {
    return this.#memories.size;
  }

  bootOf(uuid: string): string | undefined {
    return this.#memories.get(uuid)?.last?.boot;
  }

  refOf(uuid: string): DomainRef | undefined {
    return this.#memories.get(uuid)?.ref;
  }

  memories(): Iterable<VmMemory> {
    return this.#memories.values();
  }

  memoryOf(uuid: string): VmMemory | undefined {
    return this.#memories.get(uuid);
  }

  /** The host was just asked about itself. */
  hostIs(facts: HostFactsRead): void {
    this.#hostBoot = `${this.#hostId}/${facts.shell?.bootId ?? ''}`;
    const ahead = facts.shell?.clockOffsetMs ?? 0;
    this.#startedAtMs = new Map(
      [...(facts.shell?.startedAtMs ?? [])].map(([name, atMs]) => [name, atMs - ahead]),
    );
  }

  /** After an absence anything may have been changed. */
  forgetShapes(): void {
    for (const memory of this.#memories.values()) memory.shapeDue = true;
  }

  /** Takes note of what events say before the VMs are looked at. */
  hear(heard: Heard): void {
    for (const [uuid, ref] of heard.vms) {
      const memory = this.#memory(ref);
      const bootedAtMs = heard.booted.get(uuid);
      if (bootedAtMs !== undefined) memory.booted(bootedAtMs);
      if (heard.reshaped.has(uuid)) memory.shapeDue = true;
      memory.agent = heard.agents.get(uuid) ?? memory.agent;
    }
  }

  /** Everything on the host: one bulk call for the statistics, and a handful of small ones. */
  async sweep(api: LibvirtApi, looking: Looking): Promise<HostSighting> {
    const { signal } = looking;
    const beganAtMs = looking.nowMs();
    const [stats, autostart, persistent, load] = await Promise.all([
      api.domains.allStats({ groups: GROUPS }, { signal }),
      api.domains.listAll(domainListFlags.autostart, { signal }),
      api.domains.listAll(domainListFlags.persistent, { signal }),
      this.#load.read(api, signal),
    ]);
    this.#remember(stats, { autostart: uuids(autostart), persistent: uuids(persistent) });
    const sighting = this.#sighted(stats, looking, { whole: true, beganAtMs });
    const host = {
      memory_used_bytes: roundTo(load.memoryUsedBytes, 64 * 1024 ** 2),
      ...(load.cpuPercent === undefined ? {} : { cpu_used_percent: Math.round(load.cpuPercent) }),
    };
    const minutes = this.#minutes.swept(sighting.atMs, {
      cpuPercent: load.cpuPercent ?? null,
      memoryBytes: load.memoryUsedBytes,
    });
    return { ...sighting, host, minutes };
  }

  /** Only the VMs that were heard of. */
  async at(api: LibvirtApi, looking: Looking): Promise<HostSighting> {
    const { heard, signal } = looking;
    const domains = [...heard.vms.values()];
    const beganAtMs = looking.nowMs();
    if (domains.length === 0) return this.#sighted([], looking, { whole: false, beganAtMs });
    const stats = await api.domains.allStats({ groups: GROUPS, domains }, { signal });
    const due = stats.filter(({ domain }) => this.#memory(domain).shapeDue).slice(0, SHAPES_AT_ONCE);
    await Promise.all(
      due.map(async ({ domain }) => {
        const memory = this.#memory(domain);
        memory.autostart = await ifThere(api.domains.autostart(domain, { signal }));
        memory.persistent = await ifThere(api.domains.isPersistent(domain, { signal }));
        await this.#readShape(api, memory, signal);
      }),
    );
    return this.#sighted(stats, looking, { whole: false, beganAtMs });
  }

  /** Reads the XML that is due, in turn with other hosts, and gives, bundle by bundle, the sightings of the last sweep with it. */
  async *readDueShapes(
    api: LibvirtApi,
    reading: EntryGate,
    signal: AbortSignal,
  ): AsyncGenerator<HostSighting, void, undefined> {
    const due = [...this.#memories.values()].filter((memory) => memory.shapeDue);
    for (let start = 0; start < due.length; start += SHAPES_AT_ONCE) {
      const bundle = due.slice(start, start + SHAPES_AT_ONCE);
      const leave = await reading.enterWithin(TURN_MS, signal);
      try {
        await Promise.all(bundle.map(async (memory) => await this.#readShape(api, memory, signal)));
      } finally {
        leave();
      }
      const vms = bundle.flatMap((memory) =>
        memory.last === undefined || memory.shape === undefined
          ? []
          : [{ ...memory.last, shape: memory.shape, agent: memory.agent, minutes: [] }],
      );
      yield {
        ...nothingElse,
        hostId: this.#hostId,
        atMs: this.#lastAtMs,
        beganAtMs: this.#lastBeganAtMs,
        vms,
      };
    }
  }

  async #readShape(api: LibvirtApi, memory: VmMemory, signal: AbortSignal): Promise<void> {
    const xml = await ifThere(api.domains.xml(memory.ref, 0, { signal }));
    if (xml === undefined) return;
    try {
      memory.reshape(parseVmXml(xml));
    } catch (error) {
      // One VM that cannot be read must not hide the others.
      memory.shapeDue = false;
      this.#unreadable(memory.ref, error);
    }
  }

  #remember(
    stats: readonly DomainStats[],
    lists: { autostart: ReadonlySet<string>; persistent: ReadonlySet<string> },
  ): void {
    const present = new Set(stats.map(({ domain }) => domain.uuid));
    for (const uuid of this.#memories.keys()) if (!present.has(uuid)) this.#memories.delete(uuid);
    for (const { domain } of stats) {
      const memory = this.#memory(domain);
      memory.autostart = lists.autostart.has(domain.uuid);
      memory.persistent = lists.persistent.has(domain.uuid);
    }
  }

  #sighted(
    stats: readonly DomainStats[],
    looking: Looking,
    { whole, beganAtMs }: { whole: boolean; beganAtMs: number },
  ): HostSighting {
    const { heard } = looking;
    const atMs = looking.nowMs();
    if (whole) {
      this.#lastAtMs = atMs;
      this.#lastBeganAtMs = beganAtMs;
    }
    const vms: VmSighting[] = stats.map(({ domain, stats: parameters }) =>
      this.#memory(domain).see(domain, vmStatisticsOf(parameters), {
        atMs,
        hostBoot: this.#hostBoot,
        startedAtMs: this.#startedAtMs.get(domain.name),
      }),
    );
    this.#minutes.add(vms);
    const present = new Set(vms.map((vm) => vm.uuid));
    const gone = [...heard.vms.keys()].filter((uuid) => !present.has(uuid));
    for (const uuid of gone) this.#memories.delete(uuid);
    return {
      ...nothingElse,
      hostId: this.#hostId,
      atMs,
      beganAtMs,
      whole,
      vms,
      // Whether it was undefined or was transient and stopped: it is gone for good, unless it moved.
      undefinedUuids: gone.filter((uuid) => !heard.departed.includes(uuid)),
      switchedOff: heard.switchedOff,
      events: heard.events,
    };
  }

  #memory(ref: DomainRef): VmMemory {
    const known = this.#memories.get(ref.uuid);
    if (known !== undefined) return known;
    const memory = new VmMemory(ref, this.#longestIntervalMs);
    this.#memories.set(ref.uuid, memory);
    return memory;
  }
}

const nothingElse = {
  whole: false,
  undefinedUuids: [],
  switchedOff: [],
  events: [],
  host: {},
} as const;

function uuids(refs: readonly DomainRef[]): ReadonlySet<string> {
  return new Set(refs.map((ref) => ref.uuid));
}

function roundTo(value: number, step: number): number {
  return Math.round(value / step) * step;
}

/** Undefined for a VM that went away between the list and the question. */
export async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof LibvirtError && error.codeName === 'VIR_ERR_NO_DOMAIN') return undefined;
    throw error;
  }
}
