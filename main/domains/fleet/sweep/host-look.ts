import { domainListFlags, domainStatsGroups, domainXmlFlags } from '../../../platform/libvirt/flags.ts';
import type { LibvirtApi } from '../../../platform/libvirt/libvirt-api.ts';
import { LibvirtError } from '../../../platform/libvirt/libvirt-errors.ts';
import type { EntryGate } from '../../../platform/ssh/entry-gate.ts';
import type { DomainStatsBytes } from '../../../platform/libvirt/domain-calls.ts';
import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import type { Heard } from './host-event-inbox.ts';
import type { HostFactsRead } from '../hosts/host-facts.ts';
import { HostLoadMeter } from './host-load.ts';
import { HostMinutes } from '../series/host-minutes.ts';
import { VmMemory } from '../vms/vm-memory.ts';
import type { HostSighting, VmSighting } from './vm-sighting.ts';
import { vmStatisticsIn } from './vm-statistics.ts';
import { parseVmXml } from '../vms/vm-xml.ts';

/** Per-vCPU numbers and the like are not asked for: they make the answer ten times longer. */
const GROUPS =
  domainStatsGroups.state |
  domainStatsGroups.cpuTotal |
  domainStatsGroups.balloon |
  domainStatsGroups.vcpu |
  domainStatsGroups.interface |
  domainStatsGroups.block;

const SHAPES_AT_ONCE = 64;
/** After so many in one burst, the XML of those switched on waits for the sweep: it tells ports and taps, and is half of a look's work. */
const BURST_BOOTS = 3;
/**
 * A turn to read XML: hosts that are slow go on without one, and hold up no other for longer. Who waits for a turn waits: were all 350 hosts to go in
 * when they have waited long enough, a machine or a fleet that is slow would get all at once what it can bear least.
 */
const TURN_MS = 1000;

interface Looking {
  readonly heard: Heard;
  /** Clock of the store. */
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

interface LookingAtHeard extends Looking {
  /** Many VMs are being started, one after the other. */
  readonly isBurst?: boolean;
}

interface Sweeping extends Looking {
  /** VMs that events point to and that will be looked at for that. */
  readonly awaited: () => Iterable<string>;
}

/** A look under way. */
interface Look {
  /** Looks are numbered as they begin: of two that tell of the same VM the later decides, whichever answer comes first. */
  readonly number: number;
  readonly beganAtMs: number;
}

/**
 * Looks at the VMs of one host and remembers of each what the next look needs. A sweep and a look at what events point to may be under way
 * at once. Of a VM that a later look tells of, or is called for, the earlier one says nothing.
 */
export class HostLook {
  readonly #hostId: string;
  readonly #longestIntervalMs: number;
  readonly #unreadable: (ref: DomainRef, error: unknown) => void;
  readonly #memories = new Map<string, VmMemory>();
  readonly #load = new HostLoadMeter();
  readonly #minutes: HostMinutes;
  /** Which VMs start with their host and which have a definition: both after a connection, then one of the two lists with each sweep. */
  #listDue: 'both' | 'autostart' | 'persistent' = 'both';
  #hostBoot: string;
  #startedAtMs: ReadonlyMap<string, number> = new Map();
  #lastAtMs = 0;
  #lastBeganAtMs = 0;
  #looks = 0;
  #burstBoots = 0;
  #changes = 0;
  /** VMs that were gone at a look, by its number: an answer that was under way then may still show them. */
  readonly #goneAt = new Map<string, number>();

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

  /** Another number whenever something about a VM may be other than before. */
  get changes(): number {
    return this.#changes;
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
    this.#listDue = 'both';
    for (const memory of this.#memories.values()) memory.shapeDue = true;
  }

  /** Takes note of what events say before the VMs are looked at. */
  hear(heard: Heard): void {
    this.#looks += 1;
    this.#changes += 1;
    for (const [uuid, ref] of heard.vms) {
      const memory = this.#memory(ref);
      memory.lookedAt = this.#looks;
      const bootedAtMs = heard.booted.get(uuid);
      if (bootedAtMs !== undefined) memory.booted(bootedAtMs);
      if (heard.reshaped.has(uuid)) memory.shapeDue = true;
      if (heard.defined.has(uuid)) memory.forgetDefinition();
      memory.agent = heard.agents.get(uuid) ?? memory.agent;
    }
  }

  /** Everything on the host: one bulk call for the statistics, and a handful of small ones. */
  async sweep(api: LibvirtApi, looking: Sweeping): Promise<HostSighting> {
    const { signal } = looking;
    const look = this.#begin(looking);
    const list = this.#listDue;
    const [stats, autostart, persistent, load] = await Promise.all([
      api.domains.allStatsBytes({ groups: GROUPS }, { signal }),
      list === 'persistent' ? undefined : api.domains.listAll(domainListFlags.autostart, { signal }),
      list === 'autostart' ? undefined : api.domains.listAll(domainListFlags.persistent, { signal }),
      this.#load.read(api, signal),
    ]);
    if (this.#listDue === list) this.#listDue = list === 'autostart' ? 'persistent' : 'autostart';
    const leftOut = this.#leftOut(looking, look);
    this.#remember(
      stats,
      { autostart: autostart && uuids(autostart), persistent: persistent && uuids(persistent) },
      leftOut,
    );
    const sighting = this.#sighted(stats, looking, { ...look, leftOut });
    this.#lastAtMs = sighting.atMs;
    this.#lastBeganAtMs = look.beganAtMs;
    const host = {
      memory_used_bytes: roundTo(load.memoryUsedBytes, 64 * 1024 ** 2),
      ...(load.cpuPercent === undefined ? {} : { cpu_used_percent: Math.round(load.cpuPercent) }),
    };
    const minutes = this.#minutes.swept(sighting.atMs, {
      cpuPercent: load.cpuPercent ?? null,
      memoryBytes: load.memoryUsedBytes,
    });
    return { ...sighting, whole: true, leftOut: [...leftOut], host, minutes };
  }

  /** Only the VMs that were heard of. */
  async at(api: LibvirtApi, looking: LookingAtHeard): Promise<HostSighting> {
    const { heard, signal, isBurst = false } = looking;
    this.#burstBoots = (isBurst ? this.#burstBoots : 0) + heard.booted.size;
    const areMany = isBurst && this.#burstBoots >= BURST_BOOTS;
    const domains = [...heard.vms.values()];
    const look = this.#begin(looking);
    if (domains.length === 0) return { ...this.#sighted([], looking, look), isHeard: true };
    const stats = await api.domains.allStatsBytes({ groups: GROUPS, domains }, { signal });
    const isDue = ({ domain }: DomainStatsBytes): boolean =>
      this.#memory(domain).shapeDue && !(areMany && heard.booted.has(domain.uuid));
    const due = stats.filter(isDue).slice(0, SHAPES_AT_ONCE);
    await Promise.all(
      due.map(async ({ domain }) => {
        const memory = this.#memory(domain);
        // A start changes neither: asked of each VM that was started, they were two calls of three.
        memory.autostart ??= await ifThere(api.domains.autostart(domain, { signal }));
        memory.persistent ??= await ifThere(api.domains.isPersistent(domain, { signal }));
        await this.#readShape(api, memory, signal);
        // One that has just started runs with what it was to start with.
        if (domain.id !== -1 && !heard.booted.has(domain.uuid)) await this.#readNext(api, memory, signal);
      }),
    );
    return { ...this.#sighted(stats, looking, look), isHeard: true };
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
      const leave = await reading.enterFor(TURN_MS, signal);
      try {
        await Promise.all(bundle.map(async (memory) => await this.#readShape(api, memory, signal)));
      } finally {
        leave();
      }
      // One that the last sweep left to another look was last seen before: as of the sweep it would be told to have run until then.
      const vms = bundle.flatMap((memory) =>
        memory.last === undefined || memory.shape === undefined || memory.seenAtMs !== this.#lastAtMs
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
    const asked = memory.askShape();
    const xml = await ifThere(api.domains.xml(memory.ref, 0, { signal }));
    if (xml === undefined) return;
    try {
      memory.reshape(parseVmXml(xml), asked);
      this.#changes += 1;
    } catch (error) {
      // One VM that cannot be read must not hide the others.
      memory.shapeDue = false;
      this.#unreadable(memory.ref, error);
    }
  }

  /** Somebody may have given one that runs another size for its next start: room for that is taken from now on. */
  async #readNext(api: LibvirtApi, memory: VmMemory, signal: AbortSignal): Promise<void> {
    const { inactive } = domainXmlFlags;
    const xml = await ifThere(api.domains.xml(memory.ref, inactive, { signal }));
    if (xml === undefined) return;
    try {
      const { vcpus, memoryBytes } = parseVmXml(xml);
      memory.next = { vcpus, memoryBytes };
      this.#changes += 1;
    } catch (error) {
      this.#unreadable(memory.ref, error);
    }
  }

  /** Of these the answer of a sweep says nothing: it may be older than what is known, or soon will be. */
  #leftOut({ awaited }: Sweeping, { number: own }: Look): ReadonlySet<string> {
    const leftOut = new Set(awaited());
    for (const [uuid, { lookedAt }] of this.#memories) if (lookedAt > own) leftOut.add(uuid);
    for (const [uuid, number] of this.#goneAt) {
      if (number > own) leftOut.add(uuid);
      else this.#goneAt.delete(uuid);
    }
    return leftOut;
  }

  #remember(
    stats: readonly DomainStatsBytes[],
    lists: { autostart: ReadonlySet<string> | undefined; persistent: ReadonlySet<string> | undefined },
    leftOut: ReadonlySet<string>,
  ): void {
    const present = new Set(stats.map(({ domain }) => domain.uuid));
    for (const uuid of this.#memories.keys())
      if (!present.has(uuid) && !leftOut.has(uuid)) this.#memories.delete(uuid);
    for (const { domain } of stats) {
      if (leftOut.has(domain.uuid)) continue;
      const memory = this.#memory(domain);
      memory.autostart = lists.autostart?.has(domain.uuid) ?? memory.autostart;
      memory.persistent = lists.persistent?.has(domain.uuid) ?? memory.persistent;
    }
  }

  #sighted(
    stats: readonly DomainStatsBytes[],
    looking: Looking,
    look: Look & { readonly leftOut?: ReadonlySet<string> },
  ): HostSighting {
    const { heard } = looking;
    const isLeftOut = (uuid: string): boolean =>
      look.leftOut?.has(uuid) === true || (this.#memories.get(uuid)?.lookedAt ?? 0) > look.number;
    const atMs = looking.nowMs();
    const vms: VmSighting[] = [];
    for (const { domain, stats: parameters } of stats) {
      if (isLeftOut(domain.uuid)) continue;
      const memory = this.#memory(domain);
      memory.lookedAt = look.number;
      const startedAtMs = this.#startedAtMs.get(domain.name);
      vms.push(
        memory.see(domain, vmStatisticsIn(parameters), { atMs, hostBoot: this.#hostBoot, startedAtMs }),
      );
    }
    this.#changes += 1;
    this.#minutes.add(vms);
    const present = uuids(stats.map(({ domain }) => domain));
    const gone = [...heard.vms.keys()].filter((uuid) => !present.has(uuid) && !isLeftOut(uuid));
    for (const uuid of gone) {
      this.#memories.delete(uuid);
      this.#goneAt.set(uuid, look.number);
    }
    return {
      ...nothingElse,
      hostId: this.#hostId,
      atMs,
      beganAtMs: look.beganAtMs,
      vms,
      // Whether it was undefined or was transient and stopped: it is gone for good, unless it moved.
      undefinedUuids: gone.filter((uuid) => !heard.departed.includes(uuid)),
      switchedOff: heard.switchedOff,
      events: heard.events,
    };
  }

  #begin({ nowMs }: Pick<Looking, 'nowMs'>): Look {
    this.#looks += 1;
    return { number: this.#looks, beganAtMs: nowMs() };
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
