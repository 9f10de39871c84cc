import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runProgram, tryProgram } from '../lab/program-run.ts';
import { startPracticeFleet } from './practice-fleet.ts';
import type { PracticeFleet } from './practice-fleet.ts';
import type { PracticeHost } from './practice-host.ts';

const patience = { timeout: 60_000, interval: 20 };
let fleet: PracticeFleet;
let host: PracticeHost;
let folder: string;
const processes = new Set<() => void>();

beforeAll(async () => {
  fleet = await startPracticeFleet({ hosts: 1, vms: 20, seed: 3, bootMs: 300 });
  host = fleet.hosts[0]!;
  folder = mkdtempSync(join(tmpdir(), 'practice-test-'));
});
afterAll(async () => {
  for (const end of processes) end();
  await fleet?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const uri = (): string => `qemu+unix:///system?socket=${host.socketPath}`;
const virsh = async (...args: string[]): Promise<string> =>
  await runProgram('virsh', ['-q', '-c', uri(), ...args]);
const refusal = async (...args: string[]): Promise<string> =>
  (await tryProgram('virsh', ['-q', '-c', uri(), ...args])).stderr;

/** virsh that goes on: its output as it comes, and a hand on its keyboard. */
function virshAtWork(...args: string[]): {
  output: () => string;
  type: (text: string) => void;
  end: () => void;
} {
  // `script` gives it the terminal that virsh console insists on.
  const command = ['virsh', '-q', '-c', `'${uri()}'`, ...args].join(' ');
  const child = spawn('script', ['-qfec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
  let heard = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text));
  child.stdin.on('error', () => undefined);
  const end = (): void => void child.kill('SIGKILL');
  processes.add(end);
  return { output: () => heard, type: (text) => void child.stdin.write(text), end };
}

const names = async (...filter: string[]): Promise<string[]> =>
  (await virsh('list', '--name', ...filter)).split('\n').filter(Boolean);

describe('virsh on a practice host', () => {
  test.each([
    ['version', [], /Running hypervisor: QEMU 7\.2/],
    ['hostname', [], /^hv-waw-01/],
    ['uri', [], /^qemu\+unix:\/\/\/system/],
    ['nodeinfo', [], /CPU model: +x86_64[^]*NUMA cell\(s\): +2/],
    ['nodecpustats', [], /user: +\d+[^]*idle: +\d+/],
    ['nodememstats', [], /total *: +\d+ KiB[^]*free *: +\d+ KiB/],
    ['capabilities', [], /<model>EPYC-Rome<\/model>[^]*<domain type='kvm'\/>/],
    ['domcapabilities', [], /<domainCapabilities>[^]*<backup supported='yes'\/>/],
    ['pool-list', ['--all'], /default +active +yes/],
    ['pool-info', ['default'], /Capacity: +[\d.]+ TiB[^]*Available:/],
    ['pool-dumpxml', ['default'], /<path>\/var\/lib\/libvirt\/images<\/path>/],
    ['vol-list', ['default'], /acct-\d+\.qcow2 +\/var\/lib\/libvirt\/images\/acct-\d+\.qcow2/],
    ['net-list', ['--all'], /default +active +yes +yes/],
    ['net-dumpxml', ['default'], /<bridge name='virbr0' stp='on' delay='0'\/>/],
    ['net-dhcp-leases', ['default'], /ipv4 +192\.168\.122\.\d+\/24/],
    ['iface-list', [], /br0 +active/],
    ['nodedev-list', ['net'], /net_br0_/],
    ['nwfilter-list', [], /clean-traffic/],
    ['nwfilter-dumpxml', ['clean-traffic'], /<filterref filter='no-ip-spoofing'\/>/],
  ])('%s %j', async (command, args, expected) => {
    expect(await virsh(command, ...args)).toMatch(expected);
  });

  test('lists all VMs: most run, one is paused, some are off', async () => {
    expect(await names('--all')).toHaveLength(20);
    expect((await names('--state-running')).length).toBeGreaterThan(12);
    expect(await names('--state-paused')).toHaveLength(1);
    expect((await names('--inactive')).length).toBeGreaterThan(0);
  });

  test('an old daemon’s question it does not know is refused in libvirt’s words', async () => {
    expect(await refusal('secret-define', '/dev/null')).toContain('this function is not supported');
  });
});

describe('a VM under virsh', () => {
  let running: string;
  let off: string;
  beforeAll(async () => {
    running = (await names('--state-running'))[0]!;
    off = (await names('--inactive'))[0]!;
  });

  test.each([
    [
      'dumpxml',
      /<alias name='virtio-disk0'\/>[^]*<source path='\/dev\/pts\/\d+'\/>[^]*<graphics type='vnc' port='\d+'/,
    ],
    ['dominfo', /State: +running[^]*Persistent: +yes/],
    ['domblklist', /vda +\/var\/lib\/libvirt\/images\/acct-/],
    ['domiflist', /vnet\d+ +(bridge|network)/],
    ['dommemstat', /actual \d+[^]*unused \d+[^]*rss \d+/],
    ['domifaddr --source agent', /eth0 +52:54:00(:[0-9a-f]{2}){3} +ipv4 +[\d.]+\/\d+/],
    ['domtime', /Time: \d{10}/],
    ['domhostname', /^acct-/],
    ['domfsinfo', / \/ +vda1 +ext4/],
    ['guestinfo', /os\.pretty-name +: \S/],
    ['domjobinfo', /Job type: +None/],
    ['vcpucount', /maximum +config +\d+[^]*current +live +\d+/],
    ['desc --title', /\S/],
  ])('%s', async (command, expected) => {
    const [name, ...rest] = command.split(' ');
    expect(await virsh(name!, running, ...rest)).toMatch(expected);
  });

  test('domstats: forty parameters and more, and they grow', async () => {
    const read = async (): Promise<Map<string, string>> =>
      new Map(
        [...(await virsh('domstats', running)).matchAll(/ {2}(\S+)=(.*)/g)].map(([, key, value]) => [
          key!,
          value!,
        ]),
      );
    const first = await read();
    expect(first.size).toBeGreaterThanOrEqual(40);
    await vi.waitFor(async () => {
      const second = await read();
      expect([...second.keys()]).toEqual([...first.keys()]);
      for (const key of ['cpu.time', 'net.0.rx.bytes', 'block.0.wr.bytes'])
        expect(Number(second.get(key))).toBeGreaterThan(Number(first.get(key)));
    }, patience);
  });

  test('screenshot is a PNG of 640 × 400 that decodes', async () => {
    const file = join(folder, 'screen.png');
    await virsh('screenshot', running, file);
    const image = readFileSync(file);
    expect(image.subarray(1, 4).toString('latin1')).toBe('PNG');
    expect([image.readUInt32BE(16), image.readUInt32BE(20)]).toEqual([640, 400]);
  });

  test('is started, suspended, resumed, shut down and destroyed, with the events of a real daemon', async () => {
    const events = virshAtWork('event', '--all', '--loop');
    await vi.waitFor(
      () => expect([...host.machine.connections].some((one) => one.registrations.size > 20)).toBe(true),
      patience,
    );
    await virsh('start', off);
    await vi.waitFor(
      () => expect(events.output()).toContain("state: 'connected' reason: 'channel event'"),
      patience,
    );
    await virsh('suspend', off);
    expect(await virsh('domstate', off, '--reason')).toContain('paused (user)');
    await virsh('resume', off);
    await virsh('reboot', off);
    await vi.waitFor(() => expect(events.output()).toContain("'reboot'"), patience);
    await virsh('shutdown', off);
    await vi.waitFor(
      async () => expect(await virsh('domstate', off, '--reason')).toContain('shut off (shutdown)'),
      patience,
    );
    await virsh('start', off, '--paused');
    await virsh('destroy', off);
    await vi.waitFor(() => {
      const seen = [...events.output().matchAll(/event '(\S+)' for domain '\S+': ([^\r\n]*)/g)];
      expect(seen.filter(([, kind]) => kind === 'lifecycle').map(([, , detail]) => detail)).toEqual([
        'Resumed Unpaused',
        'Started Booted',
        'Suspended Paused',
        'Resumed Unpaused',
        'Shutdown Finished after guest request',
        'Stopped Shutdown',
        'Started Booted',
        'Shutdown Finished after host request',
        'Stopped Destroyed',
      ]);
    }, patience);
    events.end();
  });

  test('console: a login, a shell that answers, and only one person at a time', async () => {
    const console_ = virshAtWork('console', running);
    await vi.waitFor(() => expect(console_.output()).toContain('login:'), patience);
    console_.type('root\r');
    await vi.waitFor(() => expect(console_.output()).toContain('Password:'), patience);
    console_.type('anything\r');
    await vi.waitFor(() => expect(console_.output()).toContain(`root@${running}:~#`), patience);
    console_.type('uptime\r');
    await vi.waitFor(() => expect(console_.output()).toContain('load average:'), patience);
    const second = virshAtWork('console', running);
    await vi.waitFor(() => expect(second.output()).toContain('Active console session exists'), patience);
    console_.end();
  });

  test('a volume goes up and comes down byte for byte, and is in the pool’s accounts', async () => {
    const bytes = Buffer.from(
      Array.from({ length: 700_001 }, (_, index) => (index * 31 + (index >> 8)) & 0xff),
    );
    const [up, down] = [join(folder, 'up'), join(folder, 'down')];
    writeFileSync(up, bytes);
    await virsh('vol-create-as', 'default', 'data.raw', String(bytes.length), '--format', 'raw');
    await virsh('vol-upload', 'data.raw', up, '--pool', 'default');
    await virsh('vol-clone', 'data.raw', 'copy.raw', '--pool', 'default');
    await virsh('vol-download', 'copy.raw', down, '--pool', 'default');
    expect(readFileSync(down).equals(bytes)).toBe(true);
    expect(host.machine.pool('default').volume('copy.raw').allocationBytes).toBeGreaterThanOrEqual(
      bytes.length,
    );
    await virsh('vol-delete', 'data.raw', '--pool', 'default');
    expect(await refusal('vol-info', 'data.raw', '--pool', 'default')).toContain(
      'no storage vol with matching',
    );
  });

  test('disks are plugged in and out, and refused where the place is taken', async () => {
    await virsh('vol-create-as', 'default', 'extra.qcow2', '1G', '--format', 'qcow2');
    const path = '/var/lib/libvirt/images/extra.qcow2';
    await virsh('attach-disk', running, path, 'vdx', '--subdriver', 'qcow2', '--live');
    expect(await virsh('domblklist', running)).toContain(path);
    expect(await refusal('attach-disk', running, path, 'vdx', '--subdriver', 'qcow2', '--live')).toContain(
      "target 'vdx' duplicated",
    );
    await virsh('detach-disk', running, 'vdx', '--live');
    expect(await virsh('domblklist', running)).not.toContain(path);
    expect(await virsh('dumpxml', running, '--inactive')).not.toContain('vdx');
  });
});

describe('over SSH', () => {
  const ssh = async (command: string, port = host.ssh.port): Promise<string> =>
    await runProgram('ssh', [
      '-F',
      '/dev/null',
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      `UserKnownHostsFile=${join(folder, 'known_hosts')}`,
      '-o',
      'LogLevel=ERROR',
      '-i',
      fleet.clientKey.file,
      '-p',
      String(port),
      'root@127.0.0.1',
      command,
    ]);

  test('OpenSSH gets in with the key and sees the fingerprint that was announced', async () => {
    expect(await ssh('hostname')).toBe('hv-waw-01\n');
    const seen = await runProgram('ssh-keygen', ['-lf', join(folder, 'known_hosts')]);
    expect(seen).toContain(fleet.describe().hosts[0]!.fingerprint);
  });

  test('virsh gets to the daemon through it', async () => {
    const address = `qemu+ssh://root@127.0.0.1:${host.ssh.port}/system?keyfile=${fleet.clientKey.file}&no_verify=1`;
    expect(await runProgram('virsh', ['-q', '-c', address, 'list', '--all'])).toContain('acct-');
  });
});

describe('VNC', () => {
  test('the port in the XML speaks RFB 3.8 and sends a picture', async () => {
    const running = (await names('--state-running'))[0]!;
    const port = Number(/<graphics type='vnc' port='(\d+)'/.exec(await virsh('dumpxml', running))![1]);
    const socket = connect({ host: '127.0.0.1', port });
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    const bytes = (): Buffer => Buffer.concat(received);
    await vi.waitFor(() => expect(bytes().toString('latin1')).toBe('RFB 003.008\n'), patience);
    socket.write('RFB 003.008\n');
    socket.write(Buffer.from([1, 1]));
    // 12 version, 2 security, 4 result, 24 and the name of the screen.
    const named = 12 + 2 + 4 + 24 + `QEMU (${running})`.length;
    await vi.waitFor(() => expect(bytes()).toHaveLength(named), patience);
    expect([bytes().readUInt16BE(18), bytes().readUInt16BE(20)]).toEqual([640, 400]);
    socket.write(Buffer.from([3, 0, 0, 0, 0, 0, 2, 128, 1, 144]));
    await vi.waitFor(() => expect(bytes()).toHaveLength(named + 16 + 640 * 400 * 4), patience);
    expect(new Set(bytes().subarray(named + 16))).toEqual(new Set([0, 170]));
    socket.destroy();
  });
});
