import { finished } from 'node:stream/promises';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { LabHost } from '../../testing/lab/lab-host.ts';
import { describeLab, labFromSetup } from '../../testing/lab/lab-in-test.ts';
import type { Lab } from '../../testing/lab/lab.ts';
import { runProgram } from '../../testing/lab/program-run.ts';
import { connectSsh, type SshOptions } from './ssh-connect.ts';
import type { SshConnection } from './ssh-connection.ts';
import { SshError, type SshErrorKind } from './ssh-error.ts';
import { connectWithPasswordOnce, installPublicKey } from './ssh-key-install.ts';
import { generateSshKeyPair } from './ssh-key.ts';
import { SshPool, sshDialer } from './ssh-pool.ts';

const libvirtSocket = '/run/libvirt/libvirt-sock';
const patience = { timeout: 60_000, interval: 50 };

describeLab('ssh to a real host', () => {
  let lab: Lab;
  let hv1: LabHost;
  let hv2: LabHost;
  const opened: SshConnection[] = [];

  beforeAll(() => {
    lab = labFromSetup();
    hv1 = lab.host('hv1');
    hv2 = lab.host('hv2');
  });
  afterEach(async () => {
    await hv1.uncut();
    for (const connection of opened.splice(0)) await connection.close();
  });

  const optionsFor = (host: LabHost, more: Partial<SshOptions> = {}): SshOptions => ({
    host: host.address,
    user: 'root',
    auth: { kind: 'key', privateKey: host.privateKey },
    hostKey: { algorithm: 'ssh-ed25519', fingerprint: host.hostKeyFingerprint },
    ...more,
  });
  const connect = async (options: SshOptions) => {
    const connection = await connectSsh(options);
    opened.push(connection);
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

  test('an unknown host tells its key; confirmed, it is let in', async () => {
    const { hostKey: _, ...unpinned } = optionsFor(hv1);
    const error = await failureOf(connectSsh(unpinned));
    expect(error.kind).toBe('host-key-unknown');
    expect(error.message).toContain(hv1.hostKeyFingerprint);
    const connection = await connect({ ...unpinned, ...(error.hostKey ? { hostKey: error.hostKey } : {}) });
    expect(await connection.exec('hostname')).toEqual({ code: 0, stdout: 'hv1\n', stderr: '' });
  });

  test('another key than the pinned one is refused with both fingerprints', async () => {
    const error = await failureOf(
      connectSsh(
        optionsFor(hv1, { hostKey: { algorithm: 'ssh-ed25519', fingerprint: hv2.hostKeyFingerprint } }),
      ),
    );
    expect(error.kind).toBe('host-key-changed');
    expect(error.message).toContain(hv1.hostKeyFingerprint);
    expect(error.message).toContain(hv2.hostKeyFingerprint);
  });

  test.each<[string, SshErrorKind, (lab: Lab, host: LabHost) => Partial<SshOptions>]>([
    [
      'wrong password',
      'password-wrong',
      () => ({ user: 'ops', auth: { kind: 'password', password: 'not it' } }),
    ],
    [
      'password where only keys are taken',
      'password-not-allowed',
      () => ({ user: 'root', auth: { kind: 'password', password: 'any' } }),
    ],
    [
      'key the host does not know',
      'auth-failed',
      () => ({ auth: { kind: 'key', privateKey: generateSshKeyPair('other').privateKey } }),
    ],
    ['user the host does not know', 'auth-failed', () => ({ user: 'nobody-such' })],
    ['no such machine', 'unreachable', ({ subnet }) => ({ host: `${subnet}.99` })],
    ['no such name', 'name-unknown', () => ({ host: 'no-such-host.invalid' })],
    ['nothing on that port', 'refused', () => ({ port: 23 })],
    [
      'agent that is not there',
      'agent-unavailable',
      () => ({ auth: { kind: 'agent', socketPath: '/nonexistent/agent' } }),
    ],
  ])('%s: %s', async (_, kind, change) => {
    const error = await failureOf(
      connectSsh({ ...optionsFor(hv1), ...change(lab, hv1), connectTimeoutMs: 20_000 }),
    );
    expect(error.kind).toBe(kind);
    expect(error.message).not.toMatch(/not it|BEGIN/);
  });

  test('a host cut from the network ends in a time-out, not in a wait without end', async () => {
    await hv1.cut();
    const error = await failureOf(connectSsh(optionsFor(hv1, { connectTimeoutMs: 1_000 })));
    expect(error.kind).toMatch(/^(timed-out|unreachable)$/);
  });

  test('a connection whose host is cut is lost by keepalive, and its streams with it', async () => {
    const connection = await connect(optionsFor(hv1, { keepaliveMs: 200 }));
    const stream = await connection.openUnixSocket(libvirtSocket);
    const streamEnded = new Promise<Error | null>((resolve) => stream.once('error', resolve));
    const connectionEnded = new Promise<SshError | undefined>((resolve) => connection.onClose(resolve));
    await hv1.cut();
    expect(await connectionEnded).toMatchObject({ kind: 'lost' });
    expect(await streamEnded).toMatchObject({ kind: 'lost' });
    expect(connection.isOpen).toBe(false);
    expect((await failureOf(connection.exec('true'))).kind).toBe('lost');
  });

  test('a probe finds out at once that the host is gone', async () => {
    const connection = await connect(optionsFor(hv1));
    expect(await connection.probe(10_000)).toBe(true);
    await hv1.cut();
    expect(await connection.probe(300)).toBe(false);
    expect(connection.isOpen).toBe(false);
  });

  test('password once: our key is added, once, and is what is used from then on', async () => {
    const pair = generateSshKeyPair('console');
    const { auth: _, ...rest } = optionsFor(hv1, { user: 'ops' });
    const connection = await connectWithPasswordOnce({
      ...rest,
      password: lab.ops.password,
      privateKey: pair.privateKey,
    });
    opened.push(connection);
    expect((await connection.exec('whoami')).stdout).toBe('ops\n');
    await hv1.exec('printf "# no newline at the end" >> /home/ops/.ssh/authorized_keys');
    await installPublicKey(connection, pair.publicKey);
    const other = generateSshKeyPair('another');
    await installPublicKey(connection, other.publicKey);
    const lines = (await hv1.exec('cat /home/ops/.ssh/authorized_keys')).trimEnd().split('\n');
    expect(lines.filter((line) => line === pair.publicKey)).toHaveLength(1);
    expect(lines.at(-1)).toBe(other.publicKey);
    expect(await hv1.exec('stat -c %a /home/ops/.ssh/authorized_keys')).toBe('600\n');
  });

  test('a key with a passphrase, and one in the agent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'innkeeper-ssh-'));
    const agent = spawn('ssh-agent', ['-D', '-a', join(folder, 'agent')], { stdio: 'ignore' });
    try {
      await runProgram('ssh-keygen', [
        '-q',
        '-t',
        'ed25519',
        '-N',
        'open sesame',
        '-C',
        'locked',
        '-f',
        join(folder, 'key'),
      ]);
      const privateKey = await runProgram('cat', [join(folder, 'key')]);
      const root = await connect(optionsFor(hv1));
      await installPublicKey(root, (await runProgram('cat', [join(folder, 'key.pub')])).trim());
      const withPassphrase = (passphrase?: string) =>
        optionsFor(hv1, {
          auth: { kind: 'key', privateKey, ...(passphrase === undefined ? {} : { passphrase }) },
        });
      expect((await failureOf(connectSsh(withPassphrase()))).kind).toBe('passphrase-needed');
      expect((await failureOf(connectSsh(withPassphrase('wrong')))).kind).toBe('passphrase-wrong');
      expect((await (await connect(withPassphrase('open sesame'))).exec('echo in')).stdout).toBe('in\n');
      const inAgent = optionsFor(hv1, { auth: { kind: 'agent', socketPath: join(folder, 'agent') } });
      await expect
        .poll(async () => (await failureOf(connectSsh(inAgent))).kind, patience)
        .toBe('auth-failed');
      await runProgram('env', [
        `SSH_AUTH_SOCK=${join(folder, 'agent')}`,
        'ssh-add',
        '-q',
        hv1.privateKeyFile,
      ]);
      expect((await (await connect(inAgent)).exec('echo in')).stdout).toBe('in\n');
    } finally {
      agent.kill();
      rmSync(folder, { recursive: true });
    }
  });

  test.each<[string, string, SshErrorKind]>([
    ['visitor', libvirtSocket, 'socket-permission-denied'],
    ['visitor', '/root/secret.sock', 'socket-permission-denied'],
    ['root', '/run/libvirt/nothing-sock', 'socket-missing'],
    ['noforward', '/run/libvirt/nothing-sock', 'socket-missing'],
  ])('%s on %s: %s', async (user, path, kind) => {
    const connection = await connect(optionsFor(hv1, { user }));
    const error = await failureOf(connection.openUnixSocket(path));
    expect(error.kind).toBe(kind);
    if (kind === 'socket-permission-denied')
      expect(error.message).toContain(`usermod -aG ${path.startsWith('/root') ? 'root' : 'libvirt'} visitor`);
  });

  test('a socket left by a dead daemon is told from one that is forbidden', async () => {
    const connection = await connect(optionsFor(hv1));
    await hv1.killLibvirtd();
    try {
      expect((await failureOf(connection.openUnixSocket(libvirtSocket))).kind).toBe('socket-refused');
    } finally {
      await hv1.restartLibvirtd();
    }
  });

  test.each(['root', 'ops', 'noforward'])('%s talks to libvirt through the socket', async (user) => {
    const connection = await connect(optionsFor(hv1, { user }));
    expect(await askLibvirt(await connection.openUnixSocket(libvirtSocket))).toBe(authList);
  });

  test('the dialer takes the first socket that is there', async () => {
    const connection = await connect(optionsFor(hv1));
    const dial = sshDialer(connection, ['/run/libvirt/virtqemud-sock', libvirtSocket]);
    expect(await askLibvirt(await dial(AbortSignal.timeout(60_000)))).toBe(authList);
    const nowhere = sshDialer(connection, ['/run/libvirt/a-sock', '/run/libvirt/b-sock']);
    expect((await failureOf(nowhere(AbortSignal.timeout(60_000)))).message).toContain('/run/libvirt/a-sock');
  });

  test('TCP of the host: its own sshd, a port nobody has, a user who may not', async () => {
    const connection = await connect(optionsFor(hv1));
    const stream = await connection.openTcp(hv1.address, 22);
    const [greeting] = (await new Promise((resolve) =>
      stream.once('data', (chunk: Buffer) => resolve([chunk.toString()])),
    )) as [string];
    expect(greeting).toMatch(/^SSH-2.0-OpenSSH/);
    stream.destroy();
    expect(await failureOf(connection.openTcp('127.0.0.1', 9))).toMatchObject({
      kind: 'port-refused',
      facts: { what: '127.0.0.1:9' },
    });
    const noforward = await connect(optionsFor(hv1, { user: 'noforward' }));
    expect((await failureOf(noforward.openTcp('127.0.0.1', 22))).kind).toBe('forwarding-disabled');
  });

  test('through a jump host: each key is checked, and the failing hop is named', async () => {
    const jump = optionsFor(hv1, { user: 'ops' });
    const connection = await connect(optionsFor(hv2, { jumps: [jump] }));
    expect((await connection.exec('hostname; echo $SSH_CONNECTION')).stdout).toMatch(
      new RegExp(`^hv2\n${hv1.address.replaceAll('.', '\\.')} `),
    );
    expect(connection.hostKeys.map((key) => key.fingerprint)).toEqual([
      hv1.hostKeyFingerprint,
      hv2.hostKeyFingerprint,
    ]);
    const wrongJump = { ...jump, hostKey: { algorithm: 'ssh-ed25519', fingerprint: hv2.hostKeyFingerprint } };
    expect(await failureOf(connectSsh(optionsFor(hv2, { jumps: [wrongJump] })))).toMatchObject({
      kind: 'host-key-changed',
      facts: { where: hv1.address },
    });
    expect(await failureOf(connectSsh(optionsFor(hv2, { port: 23, jumps: [jump] })))).toMatchObject({
      kind: 'port-refused',
    });
    const ended = new Promise((resolve) => connection.onClose(resolve));
    await hv1.cut();
    expect(await connection.probe(300)).toBe(false);
    await ended;
  });

  test('40 log-ins at once: none is refused', async () => {
    const connections = await Promise.all(
      Array.from({ length: 40 }, async () => await connect(optionsFor(hv1, { connectTimeoutMs: 60_000 }))),
    );
    expect(connections.filter((connection) => connection.isOpen)).toHaveLength(40);
  });

  test('a pool makes one connection for all who ask, and another when it is lost', async () => {
    const pool = new SshPool();
    try {
      const ask = async () => await pool.connection('hv1', () => optionsFor(hv1));
      const [one, two] = await Promise.all([ask(), ask()]);
      expect(one).toBe(two);
      await hv1.exec('pkill -f "sshd: [r]oot"');
      await expect.poll(() => one?.isOpen, patience).toBe(false);
      expect(await (await ask()).exec('echo again')).toMatchObject({ stdout: 'again\n' });
    } finally {
      await pool.close();
    }
  });

  test('all hosts cut: it is said once that the network is down', async () => {
    const pool = new SshPool();
    const said: boolean[] = [];
    pool.network.onChange((isDown) => said.push(isDown));
    const dial = async (host: LabHost) =>
      await pool.connection(host.name, () => optionsFor(host, { connectTimeoutMs: 1_000, keepaliveMs: 200 }));
    try {
      const connections = await Promise.all([dial(hv1), dial(hv2)]);
      await Promise.all([hv1.cut(), hv2.cut()]);
      await expect.poll(() => connections.some((connection) => connection.isOpen), patience).toBe(false);
      const errors = await Promise.all([failureOf(dial(hv1)), failureOf(dial(hv2))]);
      expect(errors.map((error) => error.kind)).toEqual(['network-down', 'network-down']);
      await Promise.all([hv1.uncut(), hv2.uncut()]);
      await expect
        .poll(
          async () =>
            await dial(hv1).then(
              (connection) => connection.isOpen,
              () => false,
            ),
          patience,
        )
        .toBe(true);
      expect(said).toEqual([true, false]);
    } finally {
      await Promise.all([hv1.uncut(), hv2.uncut()]);
      await pool.close();
    }
  });

  test('64 MiB through a command arrive whole', async () => {
    const connection = await connect(optionsFor(hv1));
    const stream = await connection.openCommand('head -c 67108864 /dev/zero');
    let bytes = 0;
    for await (const chunk of stream) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(67_108_864);
    const failing = await connection.openCommand('echo "disk full" >&2; exit 3');
    // It may have failed already: finished() tells that too, a listener for the event would wait for ever.
    await expect(finished(failing.resume())).rejects.toMatchObject({
      kind: 'command-failed',
      facts: { detail: 'disk full' },
    });
  });
});

/**
 * One libvirt call by hand: REMOTE_PROC_AUTH_LIST (program 0x20008086, version 1, procedure 66), the first any client makes. The answer lists one
 * mechanism, 0 (none): length 36, the same header with type 1 (reply), status 0, count 1, mechanism 0.
 */
const authList =
  '00000024' +
  '20008086' +
  '00000001' +
  '00000042' +
  '00000001' +
  '00000000' +
  '00000000' +
  '00000001' +
  '00000000';
async function askLibvirt(stream: Duplex): Promise<string> {
  stream.write(
    Buffer.from(
      '0000001c' + '20008086' + '00000001' + '00000042' + '00000000' + '00000000' + '00000000',
      'hex',
    ),
  );
  let answer = '';
  for await (const chunk of stream) {
    answer += (chunk as Buffer).toString('hex');
    if (answer.length >= authList.length) break;
  }
  stream.destroy();
  return answer;
}
