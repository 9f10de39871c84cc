import { beforeEach, describe, expect, test } from 'vitest';
import { LibvirtApi } from '../../../platform/libvirt/libvirt-api.ts';
import { decodeWhole } from '../../../platform/libvirt/xdr-codecs.ts';
import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import {
  typedParameterBytes,
  type TypedParameterBytes,
} from '../../../platform/libvirt/xdr-typed-parameter-bytes.ts';
import { typed } from '../../../platform/libvirt/xdr-typed-parameters.ts';
import { XdrWriter } from '../../../platform/libvirt/xdr-writer.ts';
import { EntryGate } from '../../../platform/ssh/entry-gate.ts';
import { HostEventInbox, type Heard } from './host-event-inbox.ts';
import { HostLook } from './host-look.ts';

const RUNNING = 1;
const PAUSED = 3;
const signal = new AbortController().signal;
const ref = (n: number) => ({ uuid: `uuid-${n}`, name: `vm${n}`, id: n });

interface Told {
  readonly retStats: { dom: DomainRef; params: TypedParameterBytes }[];
}

function answer(states: Readonly<Record<number, number>>): Told {
  const codec = typedParameterBytes(8);
  const retStats = Object.entries(states).map(([n, state]) => {
    const writer = new XdrWriter();
    codec.encode(writer, { 'state.state': typed.int(state) });
    return { dom: ref(Number(n)), params: decodeWhole(codec, writer.finish(), 'stats') };
  });
  return { retStats };
}

/** The rest of what a look asks. */
const others: Readonly<Record<string, object>> = {
  connectListAllDomains: { domains: [] },
  nodeGetCpuStats: { nparams: 0 },
  nodeGetMemoryStats: { nparams: 0 },
  domainGetAutostart: { autostart: false },
  domainIsPersistent: { persistent: true },
  domainGetXmlDesc: {
    xml: '<domain><uuid>11111111-1111-4111-8111-111111111111</uuid><memory>1024</memory><vcpu>1</vcpu></domain>',
  },
};

/** A host whose answers to the bulk call come when the test wants, whichever was asked first. */
class SlowHost extends LibvirtApi {
  readonly #asked: ((told: Told) => void)[] = [];
  readonly calls: string[] = [];

  override async call(name: string): Promise<never> {
    this.calls.push(name);
    const told = others[name] ?? (await new Promise<Told>((resolve) => this.#asked.push(resolve)));
    return told as never;
  }

  override async openStream(): Promise<never> {
    throw new Error('a look opens no stream');
  }

  /** Answers the call that was the `at`th to be asked. */
  tell(at: number, states: Readonly<Record<number, number>>): void {
    this.#asked[at]?.(answer(states));
  }

  tellLast(states: Readonly<Record<number, number>>): void {
    this.tell(this.#asked.length - 1, states);
  }
}

let host: SlowHost;
let look: HostLook;
beforeEach(() => {
  host = new SlowHost();
  look = new HostLook({ hostId: 'hv1', longestIntervalMs: 1000, unreadable: () => undefined });
});

const heardOf = (...ns: number[]): Heard => {
  const inbox = new HostEventInbox(
    () => 0,
    () => undefined,
  );
  for (const n of ns) inbox.touch(ref(n));
  return inbox.empty();
};
const sweep = (awaited: readonly number[] = [], atMs = 0) =>
  look.sweep(host, {
    heard: heardOf(),
    nowMs: () => atMs,
    awaited: () => awaited.map((n) => ref(n).uuid),
    signal,
  });
const lookAt = (...ns: number[]) => {
  const heard = heardOf(...ns);
  look.hear(heard);
  return look.at(host, { heard, nowMs: () => 0, signal });
};
const states = (sighting: Awaited<ReturnType<typeof sweep>>) =>
  sighting.vms.map(({ name, state }) => `${name} ${state}`);

test('what an event pointed to is told while a sweep is under way, which then says nothing of it', async () => {
  const sweeping = sweep();
  const looking = lookAt(1);
  host.tell(1, { 1: PAUSED });
  const heard = await looking;
  expect(heard).toMatchObject({ whole: false, isHeard: true });
  expect(states(heard)).toEqual(['vm1 paused']);
  // Asked before: it may be what was so before the event.
  host.tell(0, { 1: RUNNING, 2: RUNNING });
  const swept = await sweeping;
  expect(states(swept)).toEqual(['vm2 running']);
  expect(swept).toMatchObject({ whole: true, leftOut: ['uuid-1'] });
  expect(look.memoryOf('uuid-1')?.last?.state).toBe('paused');
});

test('a look that was called for decides even when its answer comes after that of the sweep', async () => {
  const sweeping = sweep();
  const looking = lookAt(1);
  host.tell(0, { 1: RUNNING, 2: RUNNING });
  expect(states(await sweeping)).toEqual(['vm2 running']);
  host.tell(1, { 1: PAUSED });
  expect(states(await looking)).toEqual(['vm1 paused']);
});

test('a sweep that began after a look decides, whichever answers first', async () => {
  const looking = lookAt(1);
  const sweeping = sweep();
  host.tell(1, { 1: RUNNING });
  expect(states(await sweeping)).toEqual(['vm1 running']);
  host.tell(0, {});
  const heard = await looking;
  // It was not there yet when the look was answered; by now it is known to be.
  expect(heard).toMatchObject({ vms: [], undefinedUuids: [] });
  expect(look.memoryOf('uuid-1')?.last?.state).toBe('running');
});

test('what an event waits to be looked at for is left to that look, gone or there', async () => {
  const sweeping = sweep([1, 3]);
  host.tell(0, { 1: RUNNING, 2: RUNNING });
  expect(await sweeping).toMatchObject({ vms: [{ name: 'vm2' }], leftOut: ['uuid-1', 'uuid-3'] });
});

test('a VM that was removed does not come back with the answer of a sweep that began before', async () => {
  const first = sweep();
  host.tell(0, { 1: RUNNING, 2: RUNNING });
  await first;
  const sweeping = sweep();
  const looking = lookAt(1);
  host.tell(2, {});
  expect(await looking).toMatchObject({ vms: [], undefinedUuids: ['uuid-1'] });
  host.tell(1, { 1: RUNNING, 2: RUNNING });
  expect(states(await sweeping)).toEqual(['vm2 running']);
  expect(look.memoryOf('uuid-1')).toBeUndefined();
  // The next one is asked after that: a VM of the same UUID there then is there.
  const next = sweep();
  host.tell(3, { 1: RUNNING, 2: RUNNING });
  expect(states(await next)).toEqual(['vm1 running', 'vm2 running']);
});

test('XML that is read after a sweep says nothing of a VM that the sweep left to another look', async () => {
  const first = sweep();
  host.tellLast({ 1: RUNNING, 2: RUNNING });
  await first;
  // The host was away for an hour; something was heard of the first VM, which may be off by now.
  look.forgetShapes();
  const swept = sweep([1], 3_600_000);
  host.tellLast({ 1: RUNNING, 2: RUNNING });
  expect(states(await swept)).toEqual(['vm2 running']);
  const told: unknown[] = [];
  for await (const sighting of look.readDueShapes(host, new EntryGate(1), signal))
    told.push([sighting.atMs, states(sighting)]);
  expect(told).toEqual([[3_600_000, ['vm2 running']]]);
});

describe('what is asked of each VM that was switched on', () => {
  /** A look at VMs of which these events came, all of them running; gives what was asked besides. */
  async function lookAfter(event: 'started' | 'defined', ns: readonly number[], isBurst: boolean) {
    const inbox = new HostEventInbox(
      () => 0,
      () => undefined,
    );
    const number = event === 'started' ? 2 : 0;
    for (const n of ns)
      inbox.take({
        name: 'domainLifecycle',
        payload: { callbackID: 1, dom: ref(n), event: number, detail: 0 },
      });
    const heard = inbox.empty();
    look.hear(heard);
    const before = host.calls.length;
    const looking = look.at(host, { heard, nowMs: () => 0, isBurst, signal });
    host.tellLast(Object.fromEntries(ns.map((n) => [n, RUNNING])));
    await looking;
    return host.calls.slice(before + 1).toSorted();
  }

  const all = ['domainGetAutostart', 'domainGetXmlDesc', 'domainIsPersistent'];

  test('what goes with its definition is asked once, and anew when that was written', async () => {
    expect(await lookAfter('started', [1], false)).toEqual(all);
    expect(await lookAfter('started', [1], false)).toEqual(['domainGetXmlDesc']);
    // And the definition of its next start, which may be of another size.
    expect(await lookAfter('defined', [1], false)).toEqual([...all, 'domainGetXmlDesc'].toSorted());
  });

  test('the XML of many that are switched on one after the other waits for the sweep', async () => {
    const first = sweep();
    host.tellLast({ 1: RUNNING, 2: RUNNING, 3: RUNNING });
    await first;
    const reading = new EntryGate(1);
    for await (const _ of look.readDueShapes(host, reading, signal));
    expect(await lookAfter('started', [1, 2], true)).toEqual(['domainGetXmlDesc', 'domainGetXmlDesc']);
    expect(await lookAfter('started', [1, 2, 3], true)).toEqual([]);
    host.calls.length = 0;
    for await (const _ of look.readDueShapes(host, reading, signal));
    expect(host.calls).toEqual(Array(3).fill('domainGetXmlDesc'));
  });
});
