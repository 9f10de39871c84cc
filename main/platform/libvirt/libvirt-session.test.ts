import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startBytePeer } from '../../testing/libvirt/byte-peer.ts';
import type { BytePeer, PeerConnection } from '../../testing/libvirt/byte-peer.ts';
import type { FeedItem } from './event-feed.ts';
import { eventMessages } from './event-messages.ts';
import { LibvirtConnectionLost } from './libvirt-errors.ts';
import { LibvirtSession } from './libvirt-session.ts';
import type { LibvirtSessionOptions, SessionState } from './libvirt-session.ts';
import { encodeMessage, messageTypes, programs } from './message-frame.ts';
import type { ReconnectPolicy } from './reconnect-pause.ts';

let server: BytePeer;
beforeAll(async () => {
  server = await startBytePeer();
});
afterAll(() => server.stop());

const guest = { name: 'vm1', uuid: '11111111-2222-4333-8444-555555555555', id: 1 };

function session(options: Partial<LibvirtSessionOptions> = {}) {
  const states: SessionState[] = [];
  const reconnect = { firstMs: 20, mostMs: 40, random: () => 0.5 };
  const one = new LibvirtSession({
    dial: server.dial,
    events: ['domainLifecycle'],
    reconnect,
    onState: (state) => states.push(state),
    ...options,
  });
  const items: FeedItem[] = [];
  const reading = (async () => {
    for await (const item of one.events) items.push(item);
  })();
  onTestFinished(() => one.close());
  return { session: one, states, items, reading };
}

async function welcome(peer: PeerConnection, callbackID: number): Promise<void> {
  await peer.welcome();
  peer.reply(
    await peer.call('connectDomainEventCallbackRegisterAny'),
    'connectDomainEventCallbackRegisterAny',
    { callbackID },
  );
}

function sendEvent(peer: PeerConnection, event: number): void {
  const header = {
    program: programs.remote,
    version: 1,
    procedure: eventMessages.domainLifecycle.number,
    type: messageTypes.message,
    serial: 0,
    status: 0,
  };
  peer.socket.write(
    encodeMessage(header, eventMessages.domainLifecycle.payload, {
      callbackID: 1,
      dom: guest,
      event,
      detail: 0,
    }),
  );
}

const patience = { timeout: 60_000 };

const lifecycle = (event: number) => ({
  name: 'domainLifecycle',
  payload: { callbackID: 1, dom: guest, event, detail: 0 },
});

describe('a session', () => {
  test('connects, loses, dials again, registers its events again and says that some may be missing', async () => {
    const { session: one, states, items } = session();
    one.start();
    const first = await server.accept();
    await welcome(first, 1);
    await vi.waitFor(() => expect(one.state.state).toBe('connected'));
    sendEvent(first, 2);
    await vi.waitFor(() => expect(items).toEqual([lifecycle(2)]));

    first.socket.destroy();
    await vi.waitFor(() => expect(states.map((state) => state.state)).toContain('lost'));
    await expect(one.host.hostname()).rejects.toBeInstanceOf(LibvirtConnectionLost);

    const second = await server.accept();
    await welcome(second, 9);
    await vi.waitFor(() => expect(one.state.state).toBe('connected'));
    sendEvent(second, 5);
    await vi.waitFor(() =>
      expect(items).toEqual([lifecycle(2), { name: 'resync', reason: 'reconnected' }, lifecycle(5)]),
    );
    expect(states.map((state) => state.state)).toEqual([
      'connecting',
      'connected',
      'lost',
      'connecting',
      'connected',
    ]);

    const answer = one.host.hostname();
    second.reply(await second.call('connectGetHostname'), 'connectGetHostname', { hostname: 'host2' });
    expect(await answer).toBe('host2');
  });

  test('keeps trying a host that cannot be dialled, with growing pauses, and says why', async () => {
    const { session: one, states } = session({ dial: () => Promise.reject(new Error('no route to host')) });
    one.start();
    await vi.waitFor(() =>
      expect(states.filter((state) => state.state === 'lost').length).toBeGreaterThanOrEqual(3),
    );
    const losses = states.filter((state) => state.state === 'lost');
    expect(
      losses
        .slice(0, 3)
        .map(({ reason, attempt, nextAttemptMs }) => [reason.message, attempt, nextAttemptMs]),
    ).toEqual([
      ['no route to host', 1, 30],
      ['no route to host', 2, 30],
      ['no route to host', 3, 30],
    ]);
    await expect(one.domains.listAll()).rejects.toThrow('The host is not connected. no route to host');
  });

  test('retryNow does not wait for the end of the pause', async () => {
    let attempts = 0;
    const dial = () => {
      attempts += 1;
      return Promise.reject(new Error('down'));
    };
    const { session: one } = session({ dial, reconnect: { firstMs: 3_600_000, mostMs: 3_600_000 } });
    one.start();
    await vi.waitFor(() => expect(one.state.state).toBe('lost'));
    one.retryNow();
    await vi.waitFor(() => expect(attempts).toBe(2));
  });

  test('closing ends everything: the connection, the pause, the feed', async () => {
    const { session: one, reading } = session();
    one.start();
    const peer = await server.accept();
    await welcome(peer, 1);
    await vi.waitFor(() => expect(one.state.state).toBe('connected'));
    const closing = one.close();
    peer.reply(await peer.call('connectClose'), 'connectClose', undefined);
    await closing;
    await reading;
    expect(one.state).toEqual({ state: 'closed' });
  });

  test('closing while it dials gives up the dialling', async () => {
    const { session: one, states } = session();
    one.start();
    await server.accept();
    await one.close();
    expect(states.map((state) => state.state)).toEqual(['connecting', 'closed']);
  });

  test('closing does not wait for a host that has fallen silent over the events', async () => {
    const { session: one, states } = session();
    one.start();
    const peer = await server.accept();
    await peer.welcome();
    await peer.call('connectDomainEventCallbackRegisterAny');
    const began = performance.now();
    await one.close();
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(states.map((state) => state.state)).toEqual(['connecting', 'closed']);
  });

  /** A host that takes each connection for `holdMs` and then breaks it. */
  async function breaking(reconnect: ReconnectPolicy, holdMs: number) {
    const host = await startBytePeer();
    const one = session({ dial: host.dial, reconnect });
    onTestFinished(() => host.stop());
    one.session.start();
    for (let round = 0; round < 3; round += 1) {
      const peer = await host.accept();
      await welcome(peer, 1);
      await vi.waitFor(() => expect(one.session.state.state).toBe('connected'), patience);
      const connectedAt = performance.now();
      await vi.waitFor(() => expect(performance.now() - connectedAt).toBeGreaterThan(holdMs), patience);
      peer.socket.destroy();
    }
    const losses = () => one.states.flatMap((state) => (state.state === 'lost' ? [state.nextAttemptMs] : []));
    await vi.waitFor(() => expect(losses().length).toBeGreaterThanOrEqual(3), patience);
    return losses().slice(0, 3);
  }

  test('a host that breaks every connection is given longer and longer pauses', async () => {
    const policy = { firstMs: 1, mostMs: 3_600_000, random: () => 1 };
    expect(await breaking(policy, 0)).toEqual([2, 4, 8]);
  });

  test('a host whose connection lasted is dialled again soon, each time', async () => {
    const policy = { firstMs: 2, mostMs: 40, random: () => 1 };
    expect(await breaking(policy, 80)).toEqual([2, 2, 2]);
  });

  test('a reader that is too slow is told to read the host afresh, and the queue stays small', async () => {
    const one = new LibvirtSession({ dial: server.dial, events: ['domainLifecycle'], eventCapacity: 3 });
    onTestFinished(() => one.close());
    one.start();
    const peer = await server.accept();
    await welcome(peer, 1);
    for (let event = 0; event < 5; event += 1) sendEvent(peer, event);
    const answer = vi.waitFor(async () => one.host.hostname());
    peer.reply(await peer.call('connectGetHostname'), 'connectGetHostname', { hostname: 'h' });
    await answer;
    const items: FeedItem[] = [];
    for await (const item of one.events) {
      items.push(item);
      if (items.length === 2) break;
    }
    expect(items).toEqual([{ name: 'resync', reason: 'overflow' }, lifecycle(4)]);
  });
});
