import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryGate } from '../../../platform/ssh/entry-gate.ts';
import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import {
  LibvirtConnectionLost,
  LibvirtError,
  LibvirtTimeout,
} from '../../../platform/libvirt/libvirt-errors.ts';
import type { SessionState } from '../../../platform/libvirt/libvirt-session.ts';
import type { Log } from '../../../platform/log/log.ts';
import { LeaseLost, StoreError } from '../../../platform/store/store-error.ts';
import { GuestFacts } from './guest-facts.ts';
import type { Heard } from './host-event-inbox.ts';
import type { HostConnections } from './host-connections.ts';
import type { HostLink } from './host-link.ts';
import { HostEventWatch } from './host-event-watch.ts';
import { readFactsOf } from '../hosts/host-facts-over-link.ts';
import { HostLook } from './host-look.ts';
import { Pause } from '../hosts/host-pause.ts';
import { sentenceOf, standingOfSession, type HostStanding } from '../hosts/host-state.ts';
import { factColumns, type HostRecord } from '../hosts/host-store.ts';
import { MeasuredApi } from './measured-api.ts';
import type { StoreClock } from '../hosts/store-clock.ts';
import type { HostSighting } from './vm-sighting.ts';

export interface HostWatchSettings {
  /** Between two sweeps of a host. */
  readonly sweepMs: number;
  /** A sweep that takes longer makes the host `slow`. */
  readonly slowMs: number;
  /** Between two readings of what rarely changes: pools, networks, versions. */
  readonly factsMs: number;
  /** Between two times that what a VM used is written down while nothing about it changes, see `mayWait` in usage-accrual.ts. */
  readonly countEveryMs: number;
}

export const defaultWatchSettings: HostWatchSettings = {
  sweepMs: 30_000,
  slowMs: 5_000,
  factsMs: 300_000,
  countEveryMs: 120_000,
};

/** What the watch of a host is given; all writing is guarded with the duty's token. */
export interface HostWatchParts {
  readonly hostId: string;
  /** As the store has it. */
  readonly standing: HostStanding;
  readonly connections: HostConnections;
  /** Lets in those who ask guests, of all hosts. */
  readonly asking: EntryGate;
  /** The same for those who read XML: what 350 hosts send at once after a start would fill the memory. */
  readonly reading: EntryGate;
  /** The same for those who sweep: after a night asleep all are due at once. */
  readonly sweeping: EntryGate;
  readonly clock: StoreClock;
  readonly log: Log;
  readonly settings: HostWatchSettings;
  readonly record: (sighting: HostSighting) => Promise<void>;
  readonly recordHost: (hostId: string, columns: Partial<HostRecord>) => Promise<void>;
  /** The host is no longer heard: told to its VMs. */
  readonly recordLost: (hostId: string, lost: { atMs: number; reason: string }) => Promise<void>;
  /** These VMs have left for another host. */
  readonly departed: (uuids: readonly string[]) => void;
}

/**
 * After a connection every guest of a host tells what it is, for as long; where there are more than this, that goes with the next sweep:
 * looks at single VMs of 350 hosts would leave no time for the sweeps.
 */
const FLOOD_MS = 300_000;
const FLOOD_VMS = 20;
/** A sweep's turn: hosts that are slower go on without one, and hold up no other for longer. */
const SWEEP_TURN_MS = 1000;
const STORE_PAUSE_MS = 1000;

/**
 * Keeps watch over one host: one connection, a sweep now and then, a look at what events point to in between, everything
 * written to the store in the order it was seen. Nothing here waits for another host.
 */
export class HostWatch {
  readonly hostId: string;
  readonly #parts: HostWatchParts;
  readonly #events: HostEventWatch;
  readonly #look: HostLook;
  #session: SessionState = { state: 'connecting', attempt: 1 };
  #standing: HostStanding;
  #recorded: HostStanding;
  #connectingSince = performance.now();
  #connectedAt = 0;
  #connectMs = 0;
  #factsDueAt = 0;
  #sweepDueAt = 0;
  #notBefore = 0;
  /** Since the connection stands. */
  #isSwept = false;
  readonly #rest = new Pause();

  constructor(parts: HostWatchParts) {
    this.hostId = parts.hostId;
    this.#parts = parts;
    this.#standing = parts.standing;
    this.#recorded = parts.standing;
    this.#look = new HostLook({
      hostId: parts.hostId,
      longestIntervalMs: Math.max(180_000, 3 * parts.settings.sweepMs),
      unreadable: (ref, error) =>
        parts.log.warn('The XML of a VM cannot be read.', { host: parts.hostId, vm: ref.name, error }),
    });
    this.#events = new HostEventWatch({
      look: this.#look,
      nowMs: () => parts.clock.nowMs(),
      record: parts.record,
      departed: parts.departed,
      told: (heard) => this.#told(heard),
      // Before the first sweep of a connection nothing is known that they could change.
      readyInMs: () =>
        this.#session.state === 'connected' && this.#isSwept
          ? Math.max(0, this.#notBefore - performance.now())
          : Number.POSITIVE_INFINITY,
      failed: (error) => {
        this.#failed(error);
        this.#rest.wake();
      },
    });
  }

  /** Until the signal aborts. Rejects when the duty is lost. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const link = this.#parts.connections.hold(this.hostId);
      try {
        await this.#follow(link, signal);
      } finally {
        link.release();
      }
      // The way to the host was closed because it changed: take the new one.
      if (!signal.aborted) await sleep(20);
    }
  }

  /** Reads the host anew, now. */
  refresh(): void {
    this.#factsDueAt = 0;
    this.#sweepDueAt = 0;
    this.#notBefore = 0;
    this.#link?.retryNow();
    this.#wake();
  }

  /** Sweeps the host now, whenever it was due. */
  sweepNow(): void {
    this.#sweepDueAt = 0;
    this.#wake();
  }

  /** Looks whether VMs that left another host have come to this one. */
  lookFor(uuids: readonly string[]): void {
    for (const uuid of uuids) {
      const ref = this.#look.refOf(uuid);
      if (ref !== undefined) this.#events.touch(ref);
    }
    this.#wake();
  }

  #wake(): void {
    this.#rest.wake();
    this.#events.wake();
  }

  #learn(ref: DomainRef): void {
    const isFlood = performance.now() - this.#connectedAt < FLOOD_MS && this.#look.size > FLOOD_VMS;
    if (!isFlood) this.#events.learn(ref);
  }

  #link: HostLink | undefined;

  async #follow(link: HostLink, signal: AbortSignal): Promise<void> {
    this.#link = link;
    const guests = new GuestFacts({
      api: link.session,
      look: this.#look,
      learnt: (ref) => this.#learn(ref),
      asking: this.#parts.asking,
      isCrowded: () => this.#parts.sweeping.isCrowded,
      unanswered: (ref, error) =>
        this.#parts.log.debug('A guest did not answer.', { host: this.hostId, vm: ref.name, error }),
    });
    const stopState = link.onState((state) => this.#enter(state));
    const stopEvents = link.onEvent((event) => this.#events.take(event));
    this.#enter(link.session.state);
    const isFree = (): boolean => this.#session.state === 'connected' && !this.#events.isBurst();
    const asking = guests.run(signal, isFree);
    const over = new AbortController();
    const following = AbortSignal.any([signal, over.signal]);
    // Whichever ends first, or fails, ends the other.
    const both = [this.#sweepOn(link, following), this.#events.run(link.session, following)].map(
      async (one) => await one.finally(() => over.abort()),
    );
    try {
      await Promise.all(both);
    } finally {
      await Promise.allSettled(both);
      stopState();
      stopEvents();
      guests.stop();
      this.#events.stop();
      this.#link = undefined;
      await asking;
    }
  }

  async #sweepOn(link: HostLink, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#session.state !== 'closed') {
      await this.#once(link, signal);
      await this.#pause(signal);
    }
  }

  #enter(state: SessionState): void {
    if (state.state === 'connecting') this.#connectingSince = performance.now();
    if (state.state === 'connected' && this.#session.state !== 'connected') {
      this.#connectedAt = performance.now();
      this.#connectMs = Math.round(this.#connectedAt - this.#connectingSince);
      this.#factsDueAt = 0;
      this.#sweepDueAt = 0;
      this.#isSwept = false;
      this.#look.forgetShapes();
    }
    this.#session = state;
    this.#standing = standingOfSession(state) ?? this.#standing;
    this.#wake();
  }

  /** Whatever is due, once. */
  async #once(link: HostLink, signal: AbortSignal): Promise<void> {
    try {
      if (performance.now() < this.#notBefore) return;
      await this.#tellStanding();
      if (this.#session.state !== 'connected') return;
      if (this.#factsDueAt <= performance.now()) await this.#readFacts(link, signal);
      if (this.#sweepDueAt <= performance.now()) await this.#sweep(link, signal);
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  async #tellStanding(): Promise<void> {
    const standing = this.#standing;
    if (standing.state === this.#recorded.state && standing.reason === this.#recorded.reason) return;
    const atMs = this.#parts.clock.nowMs();
    const since = standing.state === this.#recorded.state ? {} : { state_since_at_ms: atMs };
    const { state, reason, code = '', shownKey } = standing;
    const shown_host_key = shownKey === undefined ? null : JSON.stringify(shownKey);
    await this.#parts.recordHost(this.hostId, { state, reason, reason_code: code, shown_host_key, ...since });
    const wasHeard = this.#recorded.state === 'connected' || this.#recorded.state === 'slow';
    if (wasHeard && standing.state !== 'connected' && standing.state !== 'slow') {
      await this.#parts.recordLost(this.hostId, { atMs, reason: standing.reason });
    }
    this.#recorded = standing;
  }

  async #readFacts(link: HostLink, signal: AbortSignal): Promise<void> {
    const facts = await readFactsOf(link, signal);
    this.#look.hostIs(facts);
    await this.#parts.recordHost(this.hostId, factColumns(facts));
    this.#factsDueAt = performance.now() + this.#parts.settings.factsMs;
  }

  async #sweep(link: HostLink, signal: AbortSignal): Promise<void> {
    const dueAt = this.#sweepDueAt;
    await this.#parts.clock.adjust();
    const leave = await this.#parts.sweeping.enterFor(SWEEP_TURN_MS, signal);
    const began = performance.now();
    // From here on whoever wants another sweep gets one.
    this.#sweepDueAt = nextSweepAt({ hostId: this.hostId, dueAt, began }, this.#parts.settings.sweepMs);
    const api = new MeasuredApi(link.session);
    const heard = this.#events.takeForSweep();
    const late = setTimeout(
      () => this.#isSlow(api, this.#parts.settings.slowMs),
      this.#parts.settings.slowMs,
    );
    try {
      this.#look.hear(heard);
      if (heard.facts || heard.resync) this.#factsDueAt = 0;
      const swept = await this.#look.sweep(api, {
        heard,
        nowMs: () => this.#parts.clock.nowMs(),
        awaited: () => this.#events.awaited(),
        signal,
      });
      leave();
      const host = { ...swept.host, seen_at_ms: swept.atMs, timings: this.#timings(api, began) };
      await this.#parts.record({ ...swept, host });
      this.#isSwept = true;
      this.#parts.departed(heard.departed);
    } catch (error) {
      this.#events.putBack(heard);
      throw error;
    } finally {
      leave();
      clearTimeout(late);
      this.#events.wake();
    }
    for await (const sighting of this.#look.readDueShapes(link.session, this.#parts.reading, signal))
      await this.#parts.record(sighting);
    await this.#tellStanding();
  }

  /** What the sweep that began then took, told as `timings` of the contract; sets whether the host is slow. */
  #timings(api: MeasuredApi, began: number): string {
    const sweepMs = Math.round(performance.now() - began);
    if (sweepMs > this.#parts.settings.slowMs) this.#isSlow(api, sweepMs);
    else this.#standing = { state: 'connected', reason: '' };
    const { name, ms } = api.slowest;
    return JSON.stringify({ connectMs: this.#connectMs, sweepMs, slowestCall: name, slowestCallMs: ms });
  }

  /** Events point to more than VMs, or some were lost. */
  #told({ facts, resync }: Pick<Heard, 'facts' | 'resync'>): void {
    if (facts || resync) this.#factsDueAt = 0;
    if (resync) {
      this.#sweepDueAt = 0;
      this.#look.forgetShapes();
    }
    if (facts || resync) this.#rest.wake();
  }

  #isSlow(api: MeasuredApi, tookMs: number): void {
    const { name, ms } = api.slowest;
    const words = `Collecting it took ${(tookMs / 1000).toFixed(1)} s`;
    const reason =
      name === '' ? `${words}.` : `${words}; the slowest call was ${name} with ${(ms / 1000).toFixed(1)} s.`;
    if (this.#session.state === 'connected') this.#standing = { state: 'slow', reason };
    // The loop waits for the host: told from here, in its turn.
    void this.#tellStanding().catch(() => undefined);
  }

  #failed(error: unknown): void {
    // The session itself says when it is lost.
    if (error instanceof LibvirtConnectionLost) return;
    if (error instanceof StoreError) {
      this.#parts.log.warn('What a host says cannot be written; trying again.', { host: this.hostId, error });
      this.#notBefore = performance.now() + STORE_PAUSE_MS;
      this.#sweepDueAt = 0;
      return;
    }
    if (error instanceof LibvirtError || error instanceof LibvirtTimeout) {
      this.#parts.log.warn('A host did not answer as it should.', { host: this.hostId, error });
      if (this.#session.state === 'connected') this.#standing = { state: 'slow', reason: sentenceOf(error) };
      this.#notBefore = performance.now() + STORE_PAUSE_MS;
      return;
    }
    if (error instanceof LeaseLost) throw error;
    // A bug, of ours or of the host: it must not stop the other hosts.
    this.#parts.log.error('A host could not be collected.', { host: this.hostId, error });
    this.#notBefore = performance.now() + this.#parts.settings.sweepMs;
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const isUp = this.#session.state === 'connected';
    const dueAt = isUp ? Math.min(this.#sweepDueAt, this.#factsDueAt) : now + this.#parts.settings.sweepMs;
    const isTold =
      this.#standing.state === this.#recorded.state && this.#standing.reason === this.#recorded.reason;
    const untilMs = Math.max(isTold ? dueAt : now, this.#notBefore) - now;
    await this.#rest.for(untilMs, signal);
  }
}

/**
 * When a host is swept next. One that was swept out of its turn, as all are after a start or a night asleep, gets a turn of its own within the
 * time between two sweeps: else they would all come at once for ever. One that was late is not late the next time for that.
 */
function nextSweepAt(swept: { hostId: string; dueAt: number; began: number }, sweepMs: number): number {
  const { hostId, dueAt, began } = swept;
  if (dueAt === 0) return began + sweepMs * shareOf(hostId);
  return Math.max(dueAt + sweepMs, began + sweepMs / 2);
}

/** Above 0 and up to 1, the same for the same text, spread evenly over many. */
function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return ((hash >>> 0) + 1) / 2 ** 32;
}
