import { inspect } from 'node:util';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { startSshPeer, type SshPeer, type SshPeerOptions } from '../../testing/ssh-peer.ts';
import { HandshakeGate } from './handshake-gate.ts';
import { connectSsh, type SshOptions } from './ssh-connect.ts';
import { SshError, type SshErrorKind } from './ssh-error.ts';
import { generateSshKeyPair } from './ssh-key.ts';
import type { SshAuth } from './ssh-target.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const peerOf = async (options: SshPeerOptions = {}): Promise<SshPeer> => {
  const peer = await startSshPeer(options);
  cleanUps.push(async () => await peer.close());
  return peer;
};
const key = generateSshKeyPair('test').privateKey;
const optionsFor = (peer: SshPeer, more: Partial<SshOptions> = {}): SshOptions => ({
  host: '127.0.0.1',
  port: peer.port,
  user: 'root',
  auth: { kind: 'key', privateKey: key },
  hostKey: peer.hostKey,
  gate: new HandshakeGate(),
  ...more,
});
const connect = async (options: SshOptions) => {
  const connection = await connectSsh(options);
  cleanUps.push(async () => await connection.close());
  return connection;
};
const failureOf = async (attempt: Promise<unknown>): Promise<SshError> => {
  const error = await attempt.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SshError)) throw error;
  return error;
};
/** A TCP server that is no SSH server. */
const tcpServer = async (answer: (socket: Socket) => void): Promise<number> => {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    answer(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
};

test('pinned host, known key: in; the connection tells the key it saw', async () => {
  const peer = await peerOf();
  const connection = await connect(optionsFor(peer));
  expect(connection).toMatchObject({
    where: `127.0.0.1:${peer.port}`,
    user: 'root',
    hostKeys: [peer.hostKey],
    isOpen: true,
  });
});

test('a host with several keys is asked for the one it is known by', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs1',
    format: 'pem',
  }) as string;
  const ed25519 = generateSshKeyPair('host').privateKey;
  const knownByRsa = await peerOf({ hostKeys: [rsa, ed25519] });
  expect(knownByRsa.hostKey.algorithm).toBe('ssh-rsa');
  expect((await connect(optionsFor(knownByRsa))).hostKeys).toEqual([knownByRsa.hostKey]);
  const knownByEd25519 = await peerOf({ hostKeys: [ed25519, rsa] });
  expect((await connect(optionsFor(knownByEd25519))).hostKeys).toEqual([knownByEd25519.hostKey]);
});

test('nothing is offered to a host that is not known', async () => {
  let asked = 0;
  const peer = await peerOf({ authenticate: () => (asked += 1) });
  const password: SshAuth = { kind: 'password', password: 'secret-word' };
  const { hostKey: _, ...unpinned } = optionsFor(peer, { auth: password });
  const unknown = await failureOf(connectSsh(unpinned));
  expect(unknown).toMatchObject({ kind: 'host-key-unknown', hostKey: peer.hostKey });
  const changed = await failureOf(
    connectSsh(
      optionsFor(peer, {
        auth: password,
        hostKey: { algorithm: 'ssh-ed25519', fingerprint: 'SHA256:another' },
      }),
    ),
  );
  expect(changed.kind).toBe('host-key-changed');
  expect(changed.message).toContain('SHA256:another');
  expect(changed.message).toContain(peer.hostKey.fingerprint);
  const other = { ...unpinned, acceptedFingerprints: new Set(['SHA256:another']) };
  expect((await failureOf(connectSsh(other))).kind).toBe('host-key-unknown');
  expect(asked).toBe(0);
});

test('a key that somebody has confirmed is taken at first sight, and never in place of one that is pinned', async () => {
  const peer = await peerOf();
  const acceptedFingerprints = new Set([peer.hostKey.fingerprint]);
  const { hostKey: _, ...unpinned } = optionsFor(peer);
  expect((await connect({ ...unpinned, acceptedFingerprints })).hostKeys).toEqual([peer.hostKey]);
  const pinned = {
    ...unpinned,
    acceptedFingerprints,
    hostKey: { algorithm: 'ssh-ed25519', fingerprint: 'SHA256:old' },
  };
  expect((await failureOf(connectSsh(pinned))).kind).toBe('host-key-changed');
});

test.each<[string, SshErrorKind, SshAuth, NonNullable<SshPeerOptions['authenticate']>]>([
  [
    'wrong password',
    'password-wrong',
    { kind: 'password', password: 'secret-word' },
    (context) => context.reject(['publickey', 'password', 'keyboard-interactive']),
  ],
  [
    'no passwords taken',
    'password-not-allowed',
    { kind: 'password', password: 'secret-word' },
    (context) => context.reject(['publickey']),
  ],
  [
    'key not known',
    'auth-failed',
    { kind: 'key', privateKey: key },
    (context) => context.reject(['publickey']),
  ],
  [
    'second factor',
    'second-factor-needed',
    { kind: 'key', privateKey: key },
    (context) =>
      context.method === 'publickey' ? context.reject(['keyboard-interactive'], true) : context.reject(),
  ],
  [
    'no agent',
    'agent-unavailable',
    { kind: 'agent', socketPath: '/nonexistent/agent.sock' },
    (context) => context.reject(['publickey']),
  ],
  ['not a key', 'key-unreadable', { kind: 'key', privateKey: 'hello' }, (context) => context.accept()],
  [
    'a public key',
    'key-unreadable',
    { kind: 'key', privateKey: generateSshKeyPair('x').publicKey },
    (context) => context.accept(),
  ],
])('%s: %s, and no secret in what is said', async (_, kind, auth, authenticate) => {
  const peer = await peerOf({ authenticate });
  const error = await failureOf(connectSsh(optionsFor(peer, { auth })));
  expect(error.kind).toBe(kind);
  expect(inspect(error, { depth: 10 })).not.toMatch(/secret-word|PRIVATE KEY/);
});

test('a wrong password is tried once: a second failure could lock the user out', async () => {
  const methods: string[] = [];
  const peer = await peerOf({
    authenticate: (context) => {
      methods.push(context.method);
      context.reject(['password', 'keyboard-interactive']);
    },
  });
  await failureOf(connectSsh(optionsFor(peer, { auth: { kind: 'password', password: 'wrong' } })));
  expect(methods).toEqual(['password']);
});

test('a password is also given to servers that ask for it as keyboard-interactive', async () => {
  const peer = await peerOf({
    authenticate: (context) => {
      if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
      context.prompt([{ prompt: 'Password: ', echo: false }], (answers) =>
        answers?.[0] === 'right' ? context.accept() : context.reject(),
      );
    },
  });
  expect((await connect(optionsFor(peer, { auth: { kind: 'password', password: 'right' } }))).isOpen).toBe(
    true,
  );
  expect(
    (await failureOf(connectSsh(optionsFor(peer, { auth: { kind: 'password', password: 'wrong' } })))).kind,
  ).toBe('password-wrong');
});

test.each<[string, SshErrorKind, (socket: Socket) => void]>([
  ['a server of another protocol', 'not-ssh', (socket) => socket.end('220 mail.example ESMTP\r\n')],
  ['a server that never says a word', 'timed-out', () => undefined],
  ['a server that dies in mid-handshake', 'lost', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
  [
    'a server that sends noise in mid-handshake',
    'lost',
    (socket) => socket.write(`SSH-2.0-OpenSSH_9.2\r\n${'\xff'.repeat(4_000)}`, 'latin1'),
  ],
])('%s: %s', async (_, kind, answer) => {
  const port = await tcpServer(answer);
  const peer = await peerOf();
  const error = await failureOf(
    connectSsh({ ...optionsFor(peer), port, connectTimeoutMs: kind === 'timed-out' ? 200 : 20_000 }),
  );
  expect(error.kind).toBe(kind);
  expect(error.message).toContain(`127.0.0.1:${port}`);
});

test('a port nobody listens on: refused', async () => {
  const peer = await peerOf();
  const options = optionsFor(peer);
  await peer.close();
  expect((await failureOf(connectSsh(options))).kind).toBe('refused');
});

test('a host that turns connections away is asked again until it lets us in', async () => {
  const peer = await peerOf();
  let knocks = 0;
  const port = await tcpServer((socket) => {
    knocks += 1;
    if (knocks <= 2) return socket.end(knocks === 1 ? '' : 'Exceeded MaxStartups\r\n');
    const behind = new (socket.constructor as typeof Socket)();
    behind.connect(peer.port, '127.0.0.1');
    behind.on('error', () => undefined);
    socket.pipe(behind).pipe(socket);
  });
  expect((await connect({ ...optionsFor(peer), port })).isOpen).toBe(true);
  expect(knocks).toBe(3);
});

test('an abort ends the attempt with its reason, and nothing stays open', async () => {
  const abort = new AbortController();
  const peer = await peerOf({ authenticate: () => abort.abort(new Error('changed my mind')) });
  await expect(connectSsh(optionsFor(peer, { signal: abort.signal }))).rejects.toThrow('changed my mind');
  await expect.poll(() => peer.connections.size).toBe(0);
  await expect(connectSsh(optionsFor(peer, { signal: abort.signal }))).rejects.toThrow('changed my mind');
});

test('of 60 log-ins at once no more than 4 shake hands with one host at a time', async () => {
  const peer = await peerOf();
  const gate = new HandshakeGate({ perHost: 4, inAll: 16 });
  const connections = await Promise.all(
    Array.from(
      { length: 60 },
      async () => await connect(optionsFor(peer, { gate, connectTimeoutMs: 60_000 })),
    ),
  );
  expect(connections.every((connection) => connection.isOpen)).toBe(true);
  expect(peer.handshakes).toMatchObject({ total: 60, now: 0 });
  expect(peer.handshakes.most).toBeLessThanOrEqual(4);
});
