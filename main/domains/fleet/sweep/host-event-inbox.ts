import {
  agentStateName,
  ioErrorActionName,
  lifecycleDetailName,
  lifecycleEventName,
  watchdogActionName,
} from '../../../platform/libvirt/enum-names.ts';
import type { FeedItem, Resync } from '../../../platform/libvirt/event-feed.ts';
import type { HostEvent } from '../../../platform/libvirt/event-hub.ts';
import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import type { HostSighting, VmEventSighting } from './vm-sighting.ts';

/** What events have made known since it was last emptied. */
export interface Heard {
  /** VMs to look at, with the name and number the event gave. */
  readonly vms: ReadonlyMap<string, DomainRef>;
  /** Of these, those whose XML may have changed. */
  readonly reshaped: ReadonlySet<string>;
  /** Of these, those whose definition was written: only then, or by a call nobody is told of, is autostart another. */
  readonly defined: ReadonlySet<string>;
  readonly undefinedUuids: readonly string[];
  readonly switchedOff: HostSighting['switchedOff'];
  readonly events: readonly VmEventSighting[];
  readonly booted: ReadonlyMap<string, number>;
  readonly agents: ReadonlyMap<string, boolean>;
  /** Pools or networks changed. */
  readonly facts: boolean;
  /** Events were lost: everything has to be read again. */
  readonly resync: boolean;
  /** VMs that left this host by moving to another. */
  readonly departed: readonly string[];
}

type Writable = {
  vms: Map<string, DomainRef>;
  reshaped: Set<string>;
  defined: Set<string>;
  undefinedUuids: Set<string>;
  switchedOff: { uuid: string; atMs: number; boot: string }[];
  events: VmEventSighting[];
  booted: Map<string, number>;
  agents: Map<string, boolean>;
  facts: boolean;
  resync: boolean;
  departed: string[];
};

/** Collects the events of one host until somebody has time for them. Bounded by the number of VMs, but for what is to be kept. */
export class HostEventInbox {
  readonly #nowMs: () => number;
  readonly #bootOf: (uuid: string) => string | undefined;
  #heard: Writable = empty();

  /** `nowMs` is the store's clock; `bootOf` names the boot a VM is known to be in. */
  constructor(nowMs: () => number, bootOf: (uuid: string) => string | undefined) {
    this.#nowMs = nowMs;
    this.#bootOf = bootOf;
  }

  get isEmpty(): boolean {
    const { vms, undefinedUuids, events, facts, resync, departed } = this.#heard;
    return vms.size + undefinedUuids.size + events.length + departed.length === 0 && !facts && !resync;
  }

  /** VMs something was heard of. */
  uuids(): Iterable<string> {
    return this.#heard.vms.keys();
  }

  /** That events were lost, if so, and nothing else of what was heard. */
  emptyOfResync(): Heard {
    const { resync } = this.#heard;
    this.#heard.resync = false;
    return { ...empty(), undefinedUuids: [], resync };
  }

  empty(): Heard {
    const heard = this.#heard;
    this.#heard = empty();
    return { ...heard, undefinedUuids: [...heard.undefinedUuids] };
  }

  /** What could not be written comes back, before what was heard meanwhile. */
  putBack(heard: Heard): void {
    const later = this.#heard;
    this.#heard = {
      vms: new Map([...heard.vms, ...later.vms]),
      reshaped: new Set([...heard.reshaped, ...later.reshaped]),
      defined: new Set([...heard.defined, ...later.defined]),
      undefinedUuids: new Set([...heard.undefinedUuids, ...later.undefinedUuids]),
      switchedOff: [...heard.switchedOff, ...later.switchedOff],
      events: [...heard.events, ...later.events],
      booted: new Map([...heard.booted, ...later.booted]),
      agents: new Map([...heard.agents, ...later.agents]),
      facts: heard.facts || later.facts,
      resync: heard.resync || later.resync,
      departed: [...heard.departed, ...later.departed],
    };
  }

  /** Something else than an event says that a VM is worth a look. */
  touch(ref: DomainRef): void {
    this.#heard.vms.set(ref.uuid, ref);
  }

  take(item: FeedItem): void {
    if (isResync(item)) this.#heard.resync = true;
    else if ('dom' in item.payload) this.#domainEvent(item as DomainEvent);
    else this.#heard.facts = true;
  }

  #domainEvent(event: DomainEvent): void {
    const { dom } = event.payload;
    this.#heard.vms.set(dom.uuid, dom);
    switch (event.name) {
      case 'domainLifecycle':
        return this.#lifecycle(dom, event.payload);
      case 'domainReboot':
        return this.#tell(dom, 'rebooted', '');
      case 'domainWatchdog':
        return this.#tell(dom, 'watchdog', watchdogActionName(event.payload.action));
      case 'domainIoErrorReason':
        return this.#tell(dom, 'io-error', ioErrorWords(event.payload));
      case 'domainAgentLifecycle': {
        const connected = agentStateName(event.payload.state) === 'connected';
        this.#heard.agents.set(dom.uuid, connected);
        return this.#tell(dom, connected ? 'agent-connected' : 'agent-disconnected', '');
      }
      case 'domainDeviceAdded':
      case 'domainDeviceRemoved':
      case 'domainDiskChange':
      case 'domainTrayChange':
      case 'domainBlockJob2':
        this.#heard.reshaped.add(dom.uuid);
        return;
      default:
        return;
    }
  }

  #lifecycle(dom: DomainRef, { event, detail }: { event: number; detail: number }): void {
    const word = lifecycleEventName(event);
    const why = lifecycleDetailName(event, detail);
    const atMs = this.#nowMs();
    this.#tell(dom, word, why);
    if (word === 'defined' || word === 'started' || word === 'stopped') this.#heard.reshaped.add(dom.uuid);
    if (word === 'started') this.#heard.booted.set(dom.uuid, atMs);
    if (word === 'defined') {
      this.#heard.defined.add(dom.uuid);
      this.#heard.undefinedUuids.delete(dom.uuid);
    }
    if (word === 'undefined') this.#heard.undefinedUuids.add(dom.uuid);
    if (word !== 'stopped') return;
    this.#heard.booted.delete(dom.uuid);
    if (why === 'migrated') this.#heard.departed.push(dom.uuid);
    const boot = this.#bootOf(dom.uuid);
    if (boot !== undefined && boot !== '') this.#heard.switchedOff.push({ uuid: dom.uuid, atMs, boot });
  }

  #tell(dom: DomainRef, event: string, detail: string): void {
    this.#heard.events.push({ uuid: dom.uuid, atMs: this.#nowMs(), event, detail });
  }
}

type DomainEvent = Extract<HostEvent, { payload: { dom: DomainRef } }>;

function isResync(item: FeedItem): item is Resync {
  return item.name === 'resync';
}

function ioErrorWords(payload: {
  srcPath: string;
  devAlias: string;
  action: number;
  reason: string;
}): string {
  const what = payload.srcPath || payload.devAlias;
  const reason = payload.reason === '' ? '' : `: ${payload.reason}`;
  return `${what}${reason}, ${ioErrorActionName(payload.action)}`;
}

function empty(): Writable {
  return {
    vms: new Map(),
    reshaped: new Set(),
    defined: new Set(),
    undefinedUuids: new Set(),
    switchedOff: [],
    events: [],
    booted: new Map(),
    agents: new Map(),
    facts: false,
    resync: false,
    departed: [],
  };
}
