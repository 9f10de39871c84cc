import { createHash, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { afterEach, expect, test } from 'vitest';
import { startSshPeer, type SshPeer, type SshPeerOptions } from '../../testing/ssh-peer.ts';
import { HandshakeGate } from './handshake-gate.ts';
import { connectSsh } from './ssh-connect.ts';
import type { SshConnection } from './ssh-connection.ts';
import { generateSshKeyPair } from './ssh-key.ts';
import { sshDialer } from './ssh-pool.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function connected(
  options: SshPeerOptions,
  keepaliveMs = 60_000,
): Promise<{ peer: SshPeer; connection: SshConnection }> {
  const peer = await startSshPeer(options);
  cleanUps.push(async () => await peer.close());
  const auth = { kind: 'key', privateKey: generateSshKeyPair('test').privateKey } as const;
  const connection = await connectSsh({
    host: '127.0.0.1',
    port: peer.port,
    user: 'ops',
    auth,
    hostKey: peer.hostKey,
    gate: new HandshakeGate(),
    keepaliveMs,
  });
  cleanUps.push(async () => await connection.close());
  return { peer, connection };
}
const errorOf = async (stream: Duplex) =>
  await new Promise<unknown>((resolve) => stream.once('error', resolve));
const echo: NonNullable<SshPeerOptions['unixSocket']> = (_path, accept) => {
  const channel = accept();
  channel.pipe(channel);
};

test('a stream nobody holds yet fails with its connection, and the process goes on', async () => {
  const { peer, connection } = await connected({ unixSocket: echo });
  const stream = await connection.openUnixSocket('/run/some-sock');
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  for (const one of peer.connections) one.end();
  await closed;
  expect(stream.errored).toMatchObject({ kind: 'lost' });
});

test('a command gives its exit code and both outputs, and reads its input', async () => {
  const { connection } = await connected({
    command: (command, channel) => {
      channel.stderr.write(`ran ${command}`);
      channel.on('data', (chunk: Buffer) => channel.write(chunk.toString().toUpperCase()));
      channel.on('end', () => {
        channel.exit(7);
        channel.end();
      });
    },
  });
  expect(await connection.exec('shout', { stdin: 'hello' })).toEqual({
    code: 7,
    stdout: 'HELLO',
    stderr: 'ran shout',
  });
});

test.each([
  ['never ends', 'command-timed-out', { timeoutMs: 100 }, () => undefined],
  [
    'writes without end',
    'command-output-too-long',
    { maxOutputBytes: 1_000 },
    (channel: { write: (text: string) => boolean }) => channel.write('x'.repeat(5_000)),
  ],
])('a command that %s: %s', async (_, kind, options, behave) => {
  const { connection } = await connected({ command: (_command, channel) => void behave(channel) });
  await expect(connection.exec('work', options)).rejects.toMatchObject({ kind });
  expect(connection.isOpen).toBe(true);
});

test('a command that is given up rejects with the reason', async () => {
  const abort = new AbortController();
  const { connection } = await connected({ command: () => abort.abort(new Error('never mind')) });
  await expect(connection.exec('sleep', { signal: abort.signal })).rejects.toThrow('never mind');
});

test('no more commands run at once than a server opens sessions for', async () => {
  let now = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  const { connection } = await connected({
    command: (_command, channel) => {
      now += 1;
      most = Math.max(most, now);
      ends.push(() => {
        now -= 1;
        channel.exit(0);
        channel.end();
      });
    },
  });
  const results = Promise.all(Array.from({ length: 20 }, async () => await connection.exec('work')));
  for (let ended = 0; ended < 20; ended += 1) {
    await expect.poll(() => ends.length).toBeGreaterThan(0);
    ends.shift()?.();
  }
  expect((await results).map((result) => result.code)).toEqual(Array.from({ length: 20 }, () => 0));
  expect(most).toBeLessThanOrEqual(6);
});

test('32 MiB through a socket and back arrive unchanged', async () => {
  const { connection } = await connected({ unixSocket: echo });
  const stream = await connection.openUnixSocket('/run/echo');
  const sent = createHash('sha256');
  const received = createHash('sha256');
  async function* data() {
    for (let i = 0; i < 128; i += 1) {
      const chunk = randomBytes(256 * 1024);
      sent.update(chunk);
      yield chunk;
    }
  }
  await pipeline(data(), stream, received, { end: true }).catch((error: unknown) => {
    throw new Error('the stream broke', { cause: error });
  });
  expect(received.digest('hex')).toBe(sent.digest('hex'));
});

test('a reader that does not read stops the sender; when it reads, all is there', async () => {
  const total = 24 * 1024 * 1024;
  let written = 0;
  const { connection } = await connected({
    unixSocket: (_path, accept) => {
      const channel = accept();
      const fill = () => {
        while (written < total) {
          written += 65_536;
          if (!channel.write(Buffer.alloc(65_536))) return void channel.once('drain', fill);
        }
        channel.end();
      };
      fill();
    },
  });
  const stream = await connection.openUnixSocket('/run/source');
  // The other channel works meanwhile, so what is sent has had every chance to arrive.
  for (let i = 0; i < 20; i += 1) await connection.probe(10_000);
  expect(written).toBeLessThan(total / 2);
  let bytes = 0;
  for await (const chunk of stream) bytes += (chunk as Buffer).length;
  expect(bytes).toBe(total);
});

test('a connection that breaks tells every stream, every command and every listener, once', async () => {
  const { peer, connection } = await connected({ unixSocket: echo, command: () => undefined });
  const heard: unknown[] = [];
  connection.onClose((error) => heard.push(error));
  const [reading, writing] = await Promise.all([
    connection.openUnixSocket('/a'),
    connection.openUnixSocket('/b'),
  ]);
  const lost = expect.objectContaining({ kind: 'lost' }) as unknown;
  const command = expect(connection.exec('forever')).rejects.toEqual(lost);
  const errors = Promise.all([errorOf(reading), errorOf(writing)]);
  const write = new Promise((resolve) => writing.write(Buffer.alloc(8 * 1024 * 1024), resolve));
  for (const one of peer.connections) (one as unknown as { _sock: { destroy: () => void } })._sock.destroy();
  expect(await errors).toEqual([lost, lost]);
  expect(await write).toEqual(lost);
  await command;
  expect(heard).toEqual([lost]);
  await expect(connection.openUnixSocket('/a')).rejects.toEqual(lost);
  const late = new Promise((resolve) => connection.onClose(resolve));
  expect(await late).toEqual(lost);
});

test('closing is no loss: listeners hear no error, streams end with "closed"', async () => {
  const { connection } = await connected({ unixSocket: echo });
  const stream = await connection.openUnixSocket('/a');
  const error = errorOf(stream);
  const closed = new Promise((resolve) => connection.onClose(resolve));
  await connection.close();
  expect(await closed).toBeUndefined();
  expect(await error).toMatchObject({ kind: 'closed' });
  await expect(connection.exec('true')).rejects.toMatchObject({ kind: 'closed' });
  await connection.close();
});

test('destroying a stream closes its channel and leaves the connection', async () => {
  let ended = false;
  const { connection } = await connected({
    unixSocket: (_path, accept) => {
      accept()
        .on('close', () => (ended = true))
        .resume();
    },
  });
  const stream = await connection.openUnixSocket('/a');
  stream.on('error', () => undefined).destroy(new Error('enough'));
  await expect.poll(() => ended).toBe(true);
  expect(connection.isOpen).toBe(true);
});

test('a server that does not answer an opening is given up when the caller gives up', async () => {
  const { connection } = await connected({ unixSocket: () => undefined });
  const abort = new AbortController();
  const opening = connection.openUnixSocket('/a', abort.signal);
  abort.abort(new Error('too slow'));
  await expect(opening).rejects.toThrow('too slow');
});

test.each<[string, string, object]>([
  ['missing\n', '/run/x', { kind: 'socket-missing' }],
  [
    'denied libvirt\n',
    '/run/x',
    {
      kind: 'socket-permission-denied',
      message: expect.stringContaining('usermod -aG libvirt ops') as string,
    },
  ],
  ['idle\n', '/run/x', { kind: 'socket-refused' }],
  [
    'listening\n',
    '/run/x',
    {
      kind: 'forwarding-disabled',
      message: expect.stringContaining('nor is there virt-ssh-helper') as string,
    },
  ],
  ['helper virt-ssh-helper\nlistening\n', '/run/other', { kind: 'forwarding-disabled' }],
  ['Welcome to the menu. 1) exit', '/run/x', { kind: 'forwarding-disabled' }],
])('a refused socket of which the host says %j', async (words, path, expected) => {
  const { connection } = await connected({
    command: (_command, channel) => {
      channel.write(words);
      channel.exit(0);
      channel.end();
    },
  });
  await expect(connection.openUnixSocket(path)).rejects.toMatchObject(expected);
});

test('where nothing is forwarded a helper on the host is the stream, and is remembered', async () => {
  const commands: string[] = [];
  const { connection } = await connected({
    command: (command, channel) => {
      commands.push(command);
      if (command.startsWith('sh -c')) {
        channel.write('helper virt-ssh-helper\nhelper nc\nhelper nc-unix\nlistening\n');
        channel.exit(0);
        channel.end();
      } else channel.pipe(channel);
    },
  });
  for (let i = 0; i < 2; i += 1) {
    const stream = await connection.openUnixSocket('/run/libvirt/virtqemud-sock');
    stream.write('hello');
    expect(String(await new Promise((resolve) => stream.once('data', resolve)))).toBe('hello');
    stream.destroy();
  }
  expect(commands.filter((command) => !command.startsWith('sh -c'))).toEqual([
    "virt-ssh-helper 'qemu:///system?mode=direct'",
    "virt-ssh-helper 'qemu:///system?mode=direct'",
  ]);
  expect(commands).toHaveLength(3);
});

test('a daemon that comes back while the host is asked is reached as ever, by no helper', async () => {
  let refusals = 1;
  const commands: string[] = [];
  const { connection } = await connected({
    unixSocket: (_path, accept, reject) => (refusals-- > 0 ? reject() : void accept()),
    command: (command, channel) => {
      commands.push(command);
      channel.write('helper nc\nhelper nc-unix\nlistening\n');
      channel.exit(0);
      channel.end();
    },
  });
  const stream = await connection.openUnixSocket('/run/libvirt/libvirt-sock');
  expect(stream.destroyed).toBe(false);
  stream.destroy();
  expect(commands.filter((command) => !command.startsWith('sh -c'))).toEqual([]);
});

test.each<[said: string, error: object]>([
  [
    'nc: unix connect failed: Connection refused',
    {
      kind: 'socket-refused',
      mayRetry: true,
      message: expect.stringContaining('start the daemon') as string,
    },
  ],
  ["Failed to connect socket to '/run/x': No such file or directory", { kind: 'socket-missing' }],
  ['E connect(, AF=1 "/run/x", 8): Permission denied', { kind: 'socket-permission-denied' }],
  ['nc: something else', { kind: 'command-failed' }],
])('a helper that ends with "%s" says why, and is not remembered', async (said, error) => {
  let forwards = false;
  const { connection } = await connected({
    unixSocket: (_path, accept, reject) => (forwards ? void accept() : reject()),
    command: (command, channel) => {
      const isHelper = !command.startsWith('sh -c');
      if (isHelper) channel.stderr.write(`${said}\n`);
      else channel.write('helper nc\nhelper nc-unix\nlistening\n');
      channel.exit(isHelper ? 1 : 0);
      channel.close();
    },
  });
  const stream = await connection.openUnixSocket('/run/x');
  // It may have failed already: finished() tells that too, a listener for the event would wait for ever.
  await expect(finished(stream.resume())).rejects.toMatchObject(error);
  forwards = true;
  const next = await connection.openUnixSocket('/run/x');
  expect(next.destroyed).toBe(false);
  next.destroy();
});

test('a dialer goes on from a missing socket, not from a forbidden one', async () => {
  const says = (words: string): SshPeerOptions => ({
    unixSocket: (path, accept, reject) => (path === '/second' ? void accept() : reject()),
    command: (_command, channel) => {
      channel.write(words);
      channel.exit(0);
      channel.end();
    },
  });
  const missing = await connected(says('missing\n'));
  const stream = await sshDialer(missing.connection, ['/first', '/second'])(AbortSignal.timeout(60_000));
  expect(stream.destroyed).toBe(false);
  stream.destroy();
  const denied = await connected(says('denied libvirt\n'));
  await expect(
    sshDialer(async () => denied.connection, ['/first', '/second'])(AbortSignal.timeout(60_000)),
  ).rejects.toMatchObject({ kind: 'socket-permission-denied', facts: { what: '/first' } });
});
