import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedItem } from '../../../platform/libvirt/event-feed.ts';
import type { LibvirtApi } from '../../../platform/libvirt/libvirt-api.ts';
import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import { HostEventInbox, type Heard } from './host-event-inbox.ts';
import type { HostLook } from './host-look.ts';
import { Pause } from '../hosts/host-pause.ts';
import type { HostSighting } from './vm-sighting.ts';

/** Events come in bursts (a start is three of them): one look for all. */
const EVENT_PAUSE_MS = 60;
/** Right after such a look, when a hundred VMs are started one after the other: still soon for whoever watches. */
const NEXT_PAUSE_MS = 300;
/** So long after a look the next one is such: they are a burst. */
const BURST_MS = 1_000;
/** What is put off because of a burst is put off no longer: on some hosts something happens every second. */
const BURST_LASTS_MS = 30_000;
/** What guests tell of themselves can wait a little. */
const NEWS_PAUSE_MS = 2_000;

export interface HostEventWatchParts {
  readonly look: HostLook;
  /** Clock of the store. */
  readonly nowMs: () => number;
  readonly record: (sighting: HostSighting) => Promise<void>;
  readonly departed: (uuids: readonly string[]) => void;
  /** Events told of pools or networks, or were lost. */
  readonly told: (heard: Pick<Heard, 'facts' | 'resync'>) => void;
  /** Milliseconds until events may be looked at; 0 is now. */
  readonly readyInMs: () => number;
  /** Throws what must end the watch. */
  readonly failed: (error: unknown) => void;
}

/**
 * Looks at the VMs that events point to, beside the sweeps and not in turn with them: what somebody has just done to a VM waits neither for
 * the answer of its host's sweep nor for that to be stored. Which of the two decides about a VM is known to the look.
 */
export class HostEventWatch {
  readonly #parts: HostEventWatchParts;
  readonly #inbox: HostEventInbox;
  readonly #pause = new Pause();
  readonly #news = new Map<string, DomainRef>();
  #newsDue: NodeJS.Timeout | undefined;
  #hasFailed = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #burstBeganAt = Number.NEGATIVE_INFINITY;
  /** Looks, one right after the other. */
  #inRow = 0;

  constructor(parts: HostEventWatchParts) {
    this.#parts = parts;
    this.#inbox = new HostEventInbox(parts.nowMs, (uuid) => parts.look.bootOf(uuid));
  }

  take(event: FeedItem): void {
    this.#inbox.take(event);
    this.wake();
  }

  /** Something else than an event says that a VM is worth a look. */
  touch(ref: DomainRef): void {
    this.#inbox.touch(ref);
  }

  /** The same of what guests tell, some of it together. */
  learn(ref: DomainRef): void {
    this.#news.set(ref.uuid, ref);
    this.#newsDue ??= setTimeout(() => {
      this.#newsDue = undefined;
      for (const one of this.#news.values()) this.#inbox.touch(one);
      this.#news.clear();
      this.wake();
    }, NEWS_PAUSE_MS);
  }

  wake(): void {
    this.#pause.wake();
  }

  /** VMs that were heard of and not looked at yet: a sweep leaves them to that look, which also knows what happened. */
  awaited(): Iterable<string> {
    return this.#inbox.uuids();
  }

  /** Look follows on look, as when all VMs of the host are started: what nobody waits for can wait. */
  isBurst(): boolean {
    const now = performance.now();
    const isRecent = now - this.#lookedAt < BURST_MS && now - this.#burstBeganAt < BURST_LASTS_MS;
    return isRecent && this.#inRow > 1;
  }

  /** What a sweep that begins now takes along: that events were lost, and all that was heard if looks at it have failed. */
  takeForSweep(): Heard {
    return this.#hasFailed ? this.#inbox.empty() : this.#inbox.emptyOfResync();
  }

  putBack(heard: Heard): void {
    this.#inbox.putBack(heard);
  }

  /** Until the signal aborts. */
  async run(api: LibvirtApi, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const readyInMs = this.#parts.readyInMs();
      if (this.#inbox.isEmpty) await this.#pause.for(Number.POSITIVE_INFINITY, signal);
      else if (readyInMs > 0) await this.#pause.for(readyInMs, signal);
      else await this.#lookAtHeard(api, signal);
    }
  }

  stop(): void {
    clearTimeout(this.#newsDue);
    this.#newsDue = undefined;
  }

  async #lookAtHeard(api: LibvirtApi, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const isNext = now - this.#lookedAt < BURST_MS;
    if (!isNext) {
      this.#burstBeganAt = now;
      this.#inRow = 0;
    }
    await sleep(isNext ? NEXT_PAUSE_MS : EVENT_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    this.#lookedAt = performance.now();
    this.#inRow += 1;
    const heard = this.#inbox.empty();
    this.#parts.told(heard);
    const { look, nowMs, record, departed } = this.#parts;
    try {
      look.hear(heard);
      await record(await look.at(api, { heard, nowMs, isBurst: this.isBurst(), signal }));
      departed(heard.departed);
      this.#hasFailed = false;
    } catch (error) {
      this.#inbox.putBack(heard);
      this.#hasFailed = true;
      if (!signal.aborted) this.#parts.failed(error);
    }
  }
}
