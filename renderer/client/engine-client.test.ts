import { expect, test, vi } from 'vitest';
import type { CallerPipe, FromCaller, FromEngine } from '../../shared/contract/messages.ts';
import { CallError } from '../../shared/contract/call-error.ts';
import { ChangeWatch } from './change-watch.ts';
import { EngineClient } from './engine-client.ts';
import type { Transport } from './transport.ts';

/** The engine's end of one connection, played by the test. */
class Peer {
  readonly heard: FromCaller[] = [];
  private onMessage: ((message: FromEngine) => void) | undefined;
  private readonly onClose: (() => void)[] = [];

  readonly pipe: CallerPipe = {
    send: (message) => this.heard.push(message),
    onMessage: (listener) => {
      this.onMessage = listener;
      listener({ t: 'hello', protocol: 1, engine: 'e1', version: '1.0.0' });
    },
    onClose: (listener) => this.onClose.push(listener),
    close: () => {
      this.cut();
    },
  };

  say(message: FromEngine): void {
    this.onMessage?.(message);
  }

  cut(): void {
    for (const listener of this.onClose.splice(0)) listener();
  }

  of<T extends FromCaller['t']>(type: T): Extract<FromCaller, { t: T }>[] {
    return this.heard.filter((message): message is Extract<FromCaller, { t: T }> => message.t === type);
  }
}

async function connected(): Promise<{ client: EngineClient; peers: Peer[] }> {
  const peers: Peer[] = [];
  const transport: Transport = {
    kind: 'memory',
    connect: () => {
      const peer = new Peer();
      peers.push(peer);
      return Promise.resolve(peer.pipe);
    },
  };
  const client = new EngineClient(transport);
  client.start();
  await vi.waitFor(() => {
    expect(client.connection().state).toBe('live');
  });
  return { client, peers };
}

const peerAt = async (peers: Peer[], index: number): Promise<Peer> => {
  await vi.waitFor(() => {
    expect(peers.length).toBeGreaterThan(index);
  });
  return peers[index]!;
};

test('a call is answered by its id', async () => {
  const { client, peers } = await connected();
  const counts = client.query('tasks.taskCounts', {});
  const peer = await peerAt(peers, 0);
  const [call] = peer.of('call');
  expect(call).toMatchObject({ op: 'tasks.taskCounts', input: {} });
  peer.say({ t: 'result', id: call!.id, value: { queued: 0, running: 1, failed: 2 } });
  await expect(counts).resolves.toEqual({ queued: 0, running: 1, failed: 2 });
  client.close();
});

test('an error of the wire is thrown as it came', async () => {
  const { client, peers } = await connected();
  const call = client.command('fleet.vmStart', { vmId: 'vm1' });
  const peer = await peerAt(peers, 0);
  const error = {
    kind: 'refusal',
    code: 'not-now',
    sentence: 'acct-1 cannot be changed.',
    facts: {},
  } as const;
  peer.say({ t: 'error', id: peer.of('call')[0]!.id, error });
  await expect(call).rejects.toMatchObject({ wire: error });
  await expect(call).rejects.toBeInstanceOf(CallError);
  client.close();
});

test('a command cut off is sent again under the same key, so that its effect happens once', async () => {
  const { client, peers } = await connected();
  const started = client.command('fleet.vmStart', { vmId: 'vm1' });
  const first = await peerAt(peers, 0);
  first.cut();
  expect(client.connection().state).toBe('reconnecting');
  const second = await peerAt(peers, 1);
  await vi.waitFor(() => {
    expect(second.of('call')).toHaveLength(1);
  });
  expect(second.of('call')[0]!.key).toBe(first.of('call')[0]!.key);
  expect(second.of('call')[0]!.key).toBeTruthy();
  second.say({ t: 'result', id: second.of('call')[0]!.id, value: {} });
  await expect(started).resolves.toEqual({});
  client.close();
});

test('an aborted query is cancelled at the engine', async () => {
  const { client, peers } = await connected();
  const abort = new AbortController();
  const query = client.query('tasks.taskCounts', {}, abort.signal);
  abort.abort();
  await expect(query).rejects.toMatchObject({ wire: { kind: 'cancelled' } });
  const peer = await peerAt(peers, 0);
  expect(peer.of('cancel').map((message) => message.id)).toEqual(
    peer.of('call').map((message) => message.id),
  );
  client.close();
});

test('a resumable feed goes on after the last cursor it saw', async () => {
  const { client, peers } = await connected();
  const seen: string[] = [];
  client.subscribe(
    'system.changes',
    {},
    { continuation: 'resume', onItem: (change) => seen.push(change.key) },
  );
  const first = await peerAt(peers, 0);
  const { id } = first.of('subscribe')[0]!;
  first.say({ t: 'feed', id, item: { topic: 'vm', key: 'a' }, cursor: 'c7' });
  first.cut();
  const second = await peerAt(peers, 1);
  await vi.waitFor(() => {
    expect(second.of('subscribe')).toHaveLength(1);
  });
  expect(second.of('subscribe')[0]).toMatchObject({ op: 'system.changes', after: 'c7' });
  second.say({ t: 'feed', id, item: { topic: 'vm', key: 'b' }, cursor: 'c8' });
  expect(seen).toEqual(['a', 'b']);
  client.close();
});

test('after every connection the feeds are opened before the calls are sent, so that no change falls between', async () => {
  const { client, peers } = await connected();
  client.subscribe('system.changes', {}, { continuation: 'resume', onItem: () => undefined });
  const counts = client.query('tasks.taskCounts', {});
  counts.catch(() => undefined);
  (await peerAt(peers, 0)).cut();
  const second = await peerAt(peers, 1);
  await vi.waitFor(() => {
    expect(second.heard.map(({ t }) => t)).toEqual(['subscribe', 'call']);
  });
  client.close();
});

test('changes missed before the feed had said where it stands make everybody look again, and only then', async () => {
  const { client, peers } = await connected();
  const changes = new ChangeWatch(client);
  let looks = 0;
  changes.watch({ topics: ['vm'] }, () => (looks += 1));
  changes.start();
  (await peerAt(peers, 0)).cut();
  const position = { t: 'feed', item: { topic: '', key: '' }, cursor: 'c1' } as const;
  const subscribed = async (
    index: number,
  ): Promise<{ peer: Peer; id: number; after?: string | undefined }> => {
    const peer = await peerAt(peers, index);
    await vi.waitFor(() => {
      expect(peer.of('subscribe')).toHaveLength(1);
    });
    return { ...peer.of('subscribe')[0]!, peer };
  };
  const second = await subscribed(1);
  expect(second.after).toBeUndefined();
  second.peer.say({ ...position, id: second.id });
  expect(looks).toBe(1);
  second.peer.cut();
  const third = await subscribed(2);
  expect(third.after).toBe('c1');
  third.peer.say({ t: 'feed', id: third.id, item: { topic: 'vm', key: 'a' }, cursor: 'c2' });
  expect(looks).toBe(2);
  client.close();
});

test('a console ends with the connection instead of beginning anew', async () => {
  const { client, peers } = await connected();
  const ends: (string | null)[] = [];
  client.subscribe(
    'fleet.vmConsole',
    { vmId: 'v' },
    { onItem: () => undefined, onEnd: (error) => ends.push(error?.wire.kind ?? null) },
  );
  (await peerAt(peers, 0)).cut();
  expect(ends).toEqual(['disconnected']);
  const second = await peerAt(peers, 1);
  expect(second.of('subscribe')).toEqual([]);
  client.close();
});

test('credit is granted as items are taken, never for more than was sent', async () => {
  const { client, peers } = await connected();
  client.subscribe('system.changes', {}, { onItem: () => undefined });
  const peer = await peerAt(peers, 0);
  const { id, credit } = peer.of('subscribe')[0]!;
  for (let at = 0; at < credit; at += 1) peer.say({ t: 'feed', id, item: { topic: 'vm', key: 'x' } });
  expect(peer.of('credit').reduce((sum, message) => sum + message.more, 0)).toBe(credit);
  client.close();
});

test('an engine of another protocol is not talked to', async () => {
  const peer = new Peer();
  const client = new EngineClient({
    kind: 'memory',
    connect: () =>
      Promise.resolve({
        ...peer.pipe,
        onMessage: (listener) => {
          listener({ t: 'hello', protocol: 99, engine: 'e', version: '9.0.0' });
        },
      }),
  });
  client.start();
  await vi.waitFor(() => {
    expect(client.connection()).toEqual({ state: 'incompatible', version: '9.0.0' });
  });
});

/** A host whose connections say one thing each, the last of them again and again. */
function clientHearing(words: readonly FromEngine[]): { client: EngineClient; peers: Peer[] } {
  const peers: Peer[] = [];
  const client = new EngineClient({
    kind: 'memory',
    connect: () => {
      const peer = new Peer();
      const word = words[Math.min(peers.length, words.length - 1)]!;
      peers.push(peer);
      return Promise.resolve({
        ...peer.pipe,
        onMessage: (listener: (message: FromEngine) => void) => {
          peer.pipe.onMessage((message) => {
            listener(message.t === 'hello' ? word : message);
          });
        },
      });
    },
  });
  client.start();
  return { client, peers };
}
const hello = (store: string): FromEngine => ({ t: 'hello', protocol: 1, engine: 'e', version: '1', store });

test('another store than the one that answered first is asked nothing, and told of no action', async () => {
  const { client, peers } = clientHearing([hello('prague'), hello('brno')]);
  const first = await peerAt(peers, 0);
  await vi.waitFor(() => {
    expect(client.connection().state).toBe('live');
  });
  client.subscribe('system.changes', {}, { continuation: 'resume', onItem: () => undefined });
  const waiting = client.command('fleet.vmStart', { vmId: 'vm_1' }).catch((error: unknown) => error);
  first.cut();
  await vi.waitFor(() => {
    expect(client.connection()).toEqual({ state: 'another-store' });
  });
  expect(await waiting).toBeInstanceOf(CallError);
  await expect(client.command('fleet.vmStart', { vmId: 'vm_1' })).rejects.toThrow(/Another store answers/);
  expect(peers).toHaveLength(2);
  expect(peers[1]!.heard).toEqual([]);
});

test('the same store under a new engine goes on', async () => {
  const { client, peers } = clientHearing([hello('prague'), hello('prague')]);
  (await peerAt(peers, 0)).cut();
  await peerAt(peers, 1);
  await vi.waitFor(() => {
    expect(client.connection().state).toBe('live');
  });
  client.close();
});

test('an installation that cannot be opened says why, and is open as soon as it can be', async () => {
  const { client, peers } = clientHearing([
    { t: 'unavailable', sentence: 'The database is away.' },
    hello('prague'),
  ]);
  await vi.waitFor(() => {
    expect(client.connection()).toMatchObject({
      state: 'unavailable',
      sentence: 'The database is away.',
      wasLive: false,
    });
  });
  const counts = client.query('tasks.taskCounts', {});
  (await peerAt(peers, 0)).cut();
  const second = await peerAt(peers, 1);
  await vi.waitFor(() => {
    expect(second.of('call')).toHaveLength(1);
  });
  second.say({ t: 'result', id: second.of('call')[0]!.id, value: { queued: 0, running: 0, failed: 0 } });
  await expect(counts).resolves.toMatchObject({ queued: 0 });
  client.close();
});
