import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LibvirtError } from '../../../platform/libvirt/libvirt-errors.ts';
import type { EntryGate } from '../../../platform/ssh/entry-gate.ts';
import type { LibvirtApi } from '../../../platform/libvirt/libvirt-api.ts';
import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import type { HostLook } from './host-look.ts';
import { ifThere } from './host-look.ts';
import type { VmMemory } from '../vms/vm-memory.ts';

/** An agent that hangs is given up by the daemon after this, so it never keeps one of our few places at the host for long. */
const AGENT_SECONDS = 5;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const KNOWN_PAUSE_MS = 600_000;
const IDLE_MS = 500;
/** A turn lasts at least so long: after a start of ours there are 56,000 guests to ask, and sweeps come first. */
const TURN_PAUSE_MS = 40;
/** A turn is over after this: guests that do not answer hold up no other for longer. */
const TURN_MS = 150;
/** While sweeps wait for one another guests are not asked, but no longer than this: then everything is late anyway. */
const CROWDED_MS = 10_000;
const CROWDED_PAUSE_MS = 250;
/** libvirt lists at most 16,384 domains. */
const TURNS_KEPT = 32_768;
const ADDRESSES_OF_A_NIC = 32;
const OS_LENGTH = 80;

interface Turn {
  boot: string;
  dueAt: number;
  pauseMs: number;
  agentAsked: boolean;
}

/**
 * Asks guests for what only they know: addresses and operating system, one VM at a time, so that it never stands in the way
 * of the host's statistics. Asked often after a boot, rarely once it is known.
 */
export class GuestFacts {
  readonly #api: LibvirtApi;
  readonly #look: HostLook;
  readonly #learnt: (ref: DomainRef) => void;
  readonly #asking: EntryGate;
  readonly #isCrowded: () => boolean;
  readonly #unanswered: (ref: DomainRef, error: unknown) => void;
  readonly #turns = new Map<string, Turn>();
  readonly #stopping = new AbortController();
  /** Until when nobody is due, as long as nothing changes. */
  #quiet = { changes: -1, untilMs: 0 };

  constructor(parts: {
    api: LibvirtApi;
    look: HostLook;
    /** Something new is known of a VM. */
    learnt: (ref: DomainRef) => void;
    unanswered: (ref: DomainRef, error: unknown) => void;
    /** Lets in those of all hosts who ask a guest: sweeps come first. */
    asking: EntryGate;
    /** Whether sweeps wait for one another. */
    isCrowded: () => boolean;
  }) {
    this.#unanswered = parts.unanswered;
    this.#api = parts.api;
    this.#look = parts.look;
    this.#learnt = parts.learnt;
    this.#asking = parts.asking;
    this.#isCrowded = parts.isCrowded;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async run(ended: AbortSignal, isFree: () => boolean): Promise<void> {
    const signal = AbortSignal.any([ended, this.#stopping.signal]);
    while (!signal.aborted) {
      await this.#giveWay(signal);
      const memory = isFree() ? this.#next() : undefined;
      if (memory === undefined) await sleep(IDLE_MS, undefined, { signal }).catch(() => undefined);
      else await this.#askInTurn(memory, signal).catch((error: unknown) => this.#put(memory, error));
    }
  }

  async #askInTurn(memory: VmMemory, signal: AbortSignal): Promise<void> {
    const leave = await this.#asking.enterFor(TURN_MS, signal);
    try {
      await this.#ask(memory, signal);
      await sleep(TURN_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    } finally {
      leave();
    }
  }

  async #giveWay(signal: AbortSignal): Promise<void> {
    for (let ms = 0; ms < CROWDED_MS && this.#isCrowded() && !signal.aborted; ms += CROWDED_PAUSE_MS)
      await sleep(CROWDED_PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }

  #next(): VmMemory | undefined {
    const now = performance.now();
    // Nothing has changed since nobody was due: 350 hosts ask this all the time.
    if (this.#look.changes === this.#quiet.changes && now < this.#quiet.untilMs) return undefined;
    this.#quiet = { changes: this.#look.changes, untilMs: now + KNOWN_PAUSE_MS };
    let first: { memory: VmMemory; dueAt: number } | undefined;
    // VMs that are gone leave their turns behind.
    if (this.#turns.size > TURNS_KEPT) this.#turns.clear();
    for (const memory of this.#look.memories()) {
      if (memory.last?.state !== 'running' && memory.last?.state !== 'blocked') continue;
      const { dueAt } = this.#turn(memory);
      this.#quiet.untilMs = Math.min(this.#quiet.untilMs, dueAt);
      if (dueAt <= now && (first === undefined || dueAt < first.dueAt)) first = { memory, dueAt };
    }
    return first?.memory;
  }

  #turn(memory: VmMemory): Turn {
    const { uuid } = memory.ref;
    const boot = memory.last?.boot ?? '';
    const known = this.#turns.get(uuid);
    // A new boot, or an agent that has just come up, is news.
    if (known !== undefined && known.boot === boot && known.agentAsked === (memory.agent === true))
      return known;
    const turn = { boot, dueAt: 0, pauseMs: FIRST_PAUSE_MS, agentAsked: memory.agent === true };
    this.#turns.set(uuid, turn);
    return turn;
  }

  async #ask(memory: VmMemory, signal: AbortSignal): Promise<void> {
    const turn = this.#turn(memory);
    const found = await this.#addresses(memory, signal);
    const os = memory.agent === true ? await this.#os(memory, signal) : undefined;
    const isNews = !sameAddresses(found, memory.addresses) || (os !== undefined && os !== memory.os);
    if (found.size > 0) memory.addresses = found;
    memory.os = os ?? memory.os;
    const isKnown = found.size > 0;
    turn.pauseMs = isKnown ? KNOWN_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, turn.pauseMs * 2);
    turn.dueAt = performance.now() + turn.pauseMs;
    if (isNews) this.#learnt(memory.ref);
  }

  /** What a guest does not answer, or answers with nonsense, is asked again later. */
  #put(memory: VmMemory, error: unknown): void {
    const turn = this.#turn(memory);
    turn.pauseMs = Math.min(LONGEST_PAUSE_MS, turn.pauseMs * 2);
    turn.dueAt = performance.now() + turn.pauseMs;
    if (!this.#stopping.signal.aborted) this.#unanswered(memory.ref, error);
  }

  /** By MAC. The guest itself knows best, then the DHCP server of the host, then whom the host has talked to. */
  async #addresses(memory: VmMemory, signal: AbortSignal): Promise<Map<string, string[]>> {
    if (memory.agent === true) {
      const told = await this.#agentAddresses(memory.ref, signal);
      if (told.size > 0) return told;
    }
    for (const source of ['lease', 'arp'] as const) {
      const found = await unlessUnsupported(
        this.#api.guest.interfaceAddresses(memory.ref, source, { signal }),
      );
      const addresses = byMac(
        (found ?? []).map((nic) => ({ mac: nic.mac, addresses: nic.addresses.map((one) => one.address) })),
      );
      if (addresses.size > 0) return addresses;
    }
    return new Map();
  }

  async #agentAddresses(ref: DomainRef, signal: AbortSignal): Promise<Map<string, string[]>> {
    const answer = await this.#agent(ref, 'guest-network-get-interfaces', signal);
    const nics = Array.isArray(answer) ? (answer as AgentInterface[]) : [];
    return byMac(
      nics.map((nic) => ({
        mac: nic['hardware-address'] ?? null,
        addresses: (nic['ip-addresses'] ?? []).map((one) => one['ip-address'] ?? ''),
      })),
    );
  }

  async #os(memory: VmMemory, signal: AbortSignal): Promise<string | undefined> {
    if (memory.os !== undefined && memory.os !== '') return memory.os;
    const answer = (await this.#agent(memory.ref, 'guest-get-osinfo', signal)) as
      | { 'pretty-name'?: string }
      | undefined;
    const name = answer?.['pretty-name'];
    return typeof name === 'string' ? printable(name).slice(0, OS_LENGTH) : undefined;
  }

  async #agent(ref: DomainRef, execute: string, signal: AbortSignal): Promise<unknown> {
    const answer = await unlessUnsupported(
      this.#api.guest.agentCommand(ref, { execute }, AGENT_SECONDS, { signal }),
    );
    return (answer as { return?: unknown } | null | undefined)?.return;
  }
}

interface AgentInterface {
  readonly 'hardware-address'?: string;
  readonly 'ip-addresses'?: readonly { readonly 'ip-address'?: string }[];
}

/** What comes from a guest is written by whoever owns it. */
function printable(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '');
}

/** Without loopback and link-local addresses, which nobody can reach the guest by. */
function byMac(nics: readonly { mac: string | null; addresses: readonly string[] }[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { mac, addresses } of nics) {
    const useful = addresses
      .filter((address) => isIP(address) !== 0 && !/^(127\.|169\.254\.|::1$|fe80:)/i.test(address))
      .slice(0, ADDRESSES_OF_A_NIC);
    if (mac !== null && useful.length > 0) found.set(mac.toLowerCase(), useful);
  }
  return found;
}

function sameAddresses(
  one: ReadonlyMap<string, readonly string[]>,
  other: ReadonlyMap<string, readonly string[]> | undefined,
): boolean {
  if (one.size !== (other?.size ?? 0)) return false;
  return [...one].every(([mac, addresses]) => other?.get(mac)?.join() === addresses.join());
}

/** The agent is away, the source is not offered: nothing is known this way. */
async function unlessUnsupported<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await ifThere(answer);
  } catch (error) {
    if (error instanceof LibvirtError) return undefined;
    throw error;
  }
}
