import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemSockets } from '../../platform/libvirt/dialer.ts';
import { LibvirtConnection } from '../../platform/libvirt/libvirt-connection.ts';
import { LibvirtError } from '../../platform/libvirt/libvirt-errors.ts';
import { connectSsh, type SshOptions } from '../../platform/ssh/ssh-connect.ts';
import type { SshConnection } from '../../platform/ssh/ssh-connection.ts';
import { SshError } from '../../platform/ssh/ssh-error.ts';
import { connectWithPasswordOnce } from '../../platform/ssh/ssh-key-install.ts';
import { generateSshKeyPair } from '../../platform/ssh/ssh-key.ts';
import { sshDialer } from '../../platform/ssh/ssh-pool.ts';
import type { PracticeFault } from './practice-fault.ts';
import { startPracticeFleet } from './practice-fleet.ts';
import type { PracticeFleet } from './practice-fleet.ts';
import type { PracticeHost } from './practice-host.ts';

const patience = { timeout: 60_000, interval: 20 };
let fleet: PracticeFleet;
let host: PracticeHost;
const opened: { close: () => Promise<void> }[] = [];

beforeEach(async () => {
  fleet = await startPracticeFleet({ hosts: 2, vms: 8, bootMs: 150 });
  host = fleet.hosts[0]!;
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (one) => await one.close()));
  await fleet.stop();
});

const optionsFor = (one: PracticeHost, more: Partial<SshOptions> = {}): SshOptions => ({
  host: '127.0.0.1',
  port: one.ssh.port,
  user: 'root',
  auth: { kind: 'key', privateKey: fleet.clientKey.privateKey },
  hostKey: { algorithm: 'ssh-ed25519', fingerprint: one.ssh.fingerprint },
  connectTimeoutMs: 2_000,
  keepaliveMs: 100,
  ...more,
});
const enter = async (more: Partial<SshOptions> = {}): Promise<SshConnection> => {
  const connection = await connectSsh(optionsFor(host, more));
  opened.push(connection);
  return connection;
};
const libvirt = async (ssh: SshConnection): Promise<LibvirtConnection> => {
  const connection = await LibvirtConnection.open({
    dial: sshDialer(() => Promise.resolve(ssh), systemSockets),
  });
  opened.push(connection);
  return connection;
};
const kindOf = async (attempt: Promise<unknown>): Promise<string> => {
  const error = await attempt.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (error instanceof SshError) return error.kind;
  if (error instanceof LibvirtError) return error.codeName;
  throw error;
};

describe('Innkeeper’s own SSH and libvirt on a practice host', () => {
  test('come in by key, find the daemon where a real host has it, and read it', async () => {
    const connection = await libvirt(await enter());
    expect(await connection.host.hostname()).toBe(host.name);
    expect(await connection.domains.listAll()).toHaveLength(4);
  });

  test('come in by password once, and from then on by a key of their own', async () => {
    const { privateKey } = generateSshKeyPair('innkeeper');
    const { auth: _, ...rest } = optionsFor(host);
    const connection = await connectWithPasswordOnce({ ...rest, password: fleet.password, privateKey });
    opened.push(connection);
    expect((await connection.exec('hostname')).stdout).toBe(`${host.name}\n`);
  });

  test('go through another practice host', async () => {
    const connection = await enter({ jumps: [optionsFor(fleet.hosts[1]!)] });
    expect((await connection.exec('hostname')).stdout).toBe(`${host.name}\n`);
  });

  test('reach the screen of a VM at the port its XML names', async () => {
    const connection = await enter();
    const [vm] = [...host.machine.vms.values()].filter((one) => one.isRunning);
    const stream = await connection.openTcp('127.0.0.1', vm!.live!.vncPort!);
    const greeting = await new Promise<string>((resolve) =>
      stream.once('data', (chunk: Buffer) => resolve(String(chunk))),
    );
    expect(greeting).toBe('RFB 003.008\n');
    stream.destroy();
  });
});

describe('faults, as Innkeeper sees them', () => {
  test.each<[PracticeFault, string]>([
    [{ kind: 'refuse' }, 'refused'],
    [{ kind: 'power-cut' }, 'refused'],
    [{ kind: 'auth-fail' }, 'auth-failed'],
    [{ kind: 'silent' }, 'timed-out'],
  ])('%j: logging in fails with %s, and works again when healed', async (fault, kind) => {
    await host.fault(fault);
    expect(await kindOf(connectSsh(optionsFor(host)))).toBe(kind);
    await host.fault({ kind: 'heal' });
    expect((await (await enter()).exec('hostname')).code).toBe(0);
  });

  test('change-host-key: the pinned key no longer fits', async () => {
    const before = optionsFor(host);
    await host.fault({ kind: 'change-host-key' });
    expect(await kindOf(connectSsh(before))).toBe('host-key-changed');
    await enter();
  });

  test.each<[PracticeFault, string]>([
    [{ kind: 'kill-daemon' }, 'socket-refused'],
    [{ kind: 'no-permission' }, 'socket-permission-denied'],
  ])('%j: the daemon is away with %s, SSH is not', async (fault, kind) => {
    const ssh = await enter();
    const connection = await libvirt(ssh);
    await host.fault(fault);
    expect((await connection.ended).lossCause).toBe('closed-by-host');
    expect(await kindOf(ssh.openUnixSocket('/run/libvirt/libvirt-sock'))).toBe(kind);
    await host.fault({ kind: 'heal' });
    expect(await (await libvirt(ssh)).host.hostname()).toBe(host.name);
  });

  test('drop: the connection is lost, the next one is welcome', async () => {
    const ssh = await enter();
    const lost = new Promise<SshError | undefined>((resolve) => ssh.onClose(resolve));
    await host.fault({ kind: 'drop' });
    expect((await lost)?.kind).toBe('lost');
    await enter();
  });

  test('silent: an open connection is found dead by its keepalive', async () => {
    const ssh = await enter();
    const lost = new Promise<SshError | undefined>((resolve) => ssh.onClose(resolve));
    await host.fault({ kind: 'silent' });
    expect((await lost)?.kind).toBe('lost');
  });

  test('slow: every answer takes its time', async () => {
    const connection = await libvirt(await enter());
    await host.fault({ kind: 'slow', delayMs: 300 });
    const began = performance.now();
    await connection.host.hostname();
    expect(performance.now() - began).toBeGreaterThanOrEqual(290);
  });

  test('crash-vm: the guest is gone and the host says so', async () => {
    const connection = await libvirt(await enter());
    const [vm] = [...host.machine.vms.values()].filter((one) => one.isRunning);
    const details: number[] = [];
    await connection.listen(['domainLifecycle'], (event) => {
      if (event.name === 'domainLifecycle' && event.payload.dom.uuid === vm!.uuid)
        details.push(event.payload.detail);
    });
    await host.fault({ kind: 'crash-vm', vm: vm!.name });
    await vi.waitFor(() => expect(details).toEqual([2]), patience);
    expect(await connection.domains.state(vm!.ref)).toMatchObject({
      stateName: 'shutoff',
      reasonName: 'crashed',
    });
  });

  test('pool-full: an upload ends with the words of a full disk', async () => {
    const connection = await libvirt(await enter());
    const pool = await connection.storage.lookupPoolByName('default');
    const xml = `<volume><name>big</name><capacity>1048576</capacity><allocation>0</allocation></volume>`;
    const volume = await connection.storage.createVolume(pool, xml);
    await host.fault({ kind: 'pool-full' });
    expect((await connection.storage.poolInfo(pool)).availableBytes).toBe(0);
    const upload = connection.storage.uploadVolume(volume, {}, [Buffer.alloc(1_048_576)]);
    await expect(upload).rejects.toThrow('No space left on device');
    expect(await kindOf(connection.storage.createVolume(pool, xml.replace('big', 'more')))).toBe(
      'VIR_ERR_SYSTEM_ERROR',
    );
  });

  test('agent-silent: the daemon gives up on the guest after its five seconds', async () => {
    const connection = await libvirt(await enter());
    const [vm] = [...host.machine.vms.values()].filter((one) => one.isRunning);
    await host.fault({ kind: 'agent-silent', vm: vm!.name });
    expect(await kindOf(connection.guest.hostname(vm!.ref))).toBe('VIR_ERR_AGENT_UNRESPONSIVE');
  });

  test('clock-off: the host tells another time', async () => {
    await host.fault({ kind: 'clock-off', offsetMs: -3_600_000 });
    const told = Number((await (await enter()).exec('date +%s')).stdout) * 1_000;
    expect(Math.abs(told - (Date.now() - 3_600_000))).toBeLessThan(60_000);
  });

  test('power-cut: guests marked for it start with the host', async () => {
    const marked = [...host.machine.vms.values()].filter((vm) => vm.autostart);
    await host.fault({ kind: 'power-cut' });
    expect(marked.every((vm) => vm.live === null)).toBe(true);
    await host.fault({ kind: 'heal' });
    expect(marked.every((vm) => vm.isRunning)).toBe(true);
  });
});

test('as a process of its own: one line of JSON, faults by control line, gone when its input ends', async () => {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'practice-process.ts'), '--hosts', '1', '--vms', '3'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const lines: unknown[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  await vi.waitFor(() => expect(lines).toHaveLength(1), patience);
  const { hosts } = lines[0] as { hosts: { name: string; port: number }[] };
  expect(hosts).toMatchObject([{ name: 'hv-waw-01', vms: 3 }]);
  child.stdin.write(`${JSON.stringify({ host: 'hv-waw-01', fault: { kind: 'crash-vm' } })}\n`);
  child.stdin.write(`${JSON.stringify({ host: 'elsewhere', fault: { kind: 'drop' } })}\n`);
  await vi.waitFor(() => expect(lines).toHaveLength(3), patience);
  expect(lines.slice(1)).toEqual(
    expect.arrayContaining([
      { ok: true },
      { ok: false, error: expect.stringContaining('no practice host elsewhere') as string },
    ]),
  );
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.stdin.end();
  expect(await gone).toBe(0);
});
