import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedItem } from '../../platform/libvirt/event-feed.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { DomainRef } from '../../platform/libvirt/xdr-objects.ts';
import { HostEventInbox, type Heard } from './host-event-inbox.ts';
import type { HostLook } from './host-look.ts';
import { Pause } from './host-pause.ts';
import type { HostSighting } from './vm-sighting.ts';

/** Events come in bursts (a start is three of them): one look for all. */
const EVENT_PAUSE_MS = 60;
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
    await sleep(EVENT_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const heard = this.#inbox.empty();
    this.#parts.told(heard);
    const { look, nowMs, record, departed } = this.#parts;
    try {
      look.hear(heard);
      await record(await look.at(api, { heard, nowMs, signal }));
      departed(heard.departed);
      this.#hasFailed = false;
    } catch (error) {
      this.#inbox.putBack(heard);
      this.#hasFailed = true;
      if (!signal.aborted) this.#parts.failed(error);
    }
  }
}
