import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { cgroupNames } from './lab-cgroups.ts';
import { labLinks, sweepLabs, takeLabDown } from './lab-down.ts';
import { sshTo, startLabGuest, type LabGuest } from './lab-guest.ts';
import { describeLab, labFromSetup } from './lab-in-test.ts';
import { findLabRecord, isAlive, takingDown, updateLabRecord, type LabRecord } from './lab-record.ts';
import { startLab } from './lab-start.ts';
import { openLab, type Lab } from './lab.ts';
import { runProgram, tryProgram } from './program-run.ts';

const patience = { timeout: 60_000, interval: 50 };

/** Whatever a lab could leave on the machine. */
function tracesOf(record: LabRecord) {
  const commandLines = readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
    } catch {
      return [];
    }
  });
  return {
    record: findLabRecord(record.name),
    folder: existsSync(record.folder),
    links: labLinks(record.id),
    cgroups: cgroupNames((name) => name.startsWith(`innkeeper-lab-${record.id}-`)),
    mounts: readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(record.folder)),
    processes: commandLines.filter((line) => line.includes(`${record.folder}/`)),
    namespaces: readdirSync('/proc').filter((pid) => hostNameOf(pid) === `trace-of-${record.id}`),
  };
}
const noTraces = {
  record: undefined,
  folder: false,
  links: [],
  cgroups: [],
  mounts: [],
  processes: [],
  namespaces: [],
};

/** A process of a lab host is known by the environment no process outside has. */
function hostNameOf(pid: string): string | undefined {
  try {
    const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    const id = /innkeeper-lab-(\d+)-/.exec(groups)?.[1];
    return id === undefined ? undefined : `trace-of-${id}`;
  } catch {
    return undefined;
  }
}

/** What a TCP client of port 22 sees within 2 s. */
async function knock(address: string): Promise<'answers' | 'refused' | 'no answer'> {
  return await new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 2_000 });
    const settle = (word: 'answers' | 'refused' | 'no answer') => {
      socket.destroy();
      resolve(word);
    };
    socket.once('data', () => settle('answers'));
    socket.once('timeout', () => settle('no answer'));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      settle(error.code === 'ECONNREFUSED' ? 'refused' : 'no answer'),
    );
  });
}

function recordOf(lab: Lab): LabRecord {
  const record = findLabRecord(lab.name);
  if (!record) throw new Error(`${lab.name} has no record`);
  return record;
}

describeLab('a lab', () => {
  let lab: Lab;
  beforeAll(() => {
    lab = labFromSetup();
  });

  test('has two real hypervisors with a pool, a bridge and a libvirt of their own', async () => {
    const seen = await Promise.all(
      lab.hosts.map(async (host) => ({
        hostname: (await host.virsh(['hostname'])).trim(),
        pool: await host.virsh(['pool-info', 'default']),
        bridge: await host.exec('ip -4 -o addr show br0'),
        uuid: /<uuid>(.*)<\/uuid>/.exec(await host.virsh(['capabilities']))?.[1],
        kinds: [...(await host.virsh(['capabilities'])).matchAll(/<domain type='(\w+)'/g)].map(
          ([, kind]) => kind,
        ),
      })),
    );
    expect(seen.map((host) => host.hostname)).toEqual(['hv1', 'hv2']);
    expect(seen[0]?.pool).toMatch(/State: +running/);
    expect(seen[0]?.bridge).toContain(lab.hosts[0]?.address);
    expect(seen[0]?.uuid).not.toBe(seen[1]?.uuid);
    expect(new Set(seen.flatMap((host) => host.kinds))).toEqual(new Set(['qemu']));
  });

  test('tells the host key that sshd shows', async () => {
    const [host] = lab.hosts;
    const shown = await runProgram('sh', [
      '-c',
      `ssh-keyscan -t ed25519 ${host?.address} 2>/dev/null | ssh-keygen -lf -`,
    ]);
    expect(shown).toContain(`${host?.hostKeyFingerprint} `);
  });

  test.each([
    ['root', 'allowed'],
    ['ops', 'allowed'],
    ['visitor', 'denied'],
    ['noforward', 'allowed'],
  ])('%s logs in with the key and is %s on the socket of libvirt', async (user, expected) => {
    const [host] = lab.hosts;
    const settings = [
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-o',
      'LogLevel=ERROR',
    ];
    const { code, stdout, stderr } = await tryProgram('ssh', [
      '-i',
      lab.privateKeyFile,
      ...settings,
      `${user}@${host?.address}`,
      'virsh -c qemu:///system uri',
    ]);
    expect({ code, said: stdout.trim() || stderr }).toMatchObject(
      expected === 'allowed'
        ? { code: 0, said: 'qemu:///system' }
        : { code: 1, said: expect.stringContaining('Permission denied') as string },
    );
  });

  test('cut: no answer at all; uncut: answers again', async () => {
    const host = lab.host('hv2');
    await host.cut();
    expect(await knock(host.address)).toBe('no answer');
    await host.uncut();
    await expect.poll(() => knock(host.address), patience).toBe('answers');
  });

  test('crash: gone at once, its disks keep what was written; start: back', async () => {
    const host = lab.host('hv2');
    await host.exec('echo kept > /var/lib/libvirt/images/kept; echo lost > /run/lost');
    await host.crash();
    expect(host.isUp()).toBe(false);
    expect(await knock(host.address)).toBe('no answer');
    await expect(host.virsh(['list'])).rejects.toThrow('lab host hv2 is down; start it first');
    await host.start();
    expect(
      await host.exec(
        'cat /var/lib/libvirt/images/kept; ls /run/lost 2>/dev/null || echo none; rm /var/lib/libvirt/images/kept',
      ),
    ).toBe('kept\nnone\n');
    await expect.poll(() => host.virsh(['pool-list', '--name']), patience).toContain('default');
    await expect.poll(() => knock(host.address), patience).toBe('answers');
  });

  test('libvirtd is killed and started without the host', async () => {
    const host = lab.host('hv1');
    const before = await host.exec('cat /run/libvirtd.pid');
    await host.killLibvirtd();
    await expect(host.virsh(['uri'])).rejects.toThrow(/Failed to connect|Connection refused/);
    expect(await knock(host.address)).toBe('answers');
    await host.restartLibvirtd();
    expect(await host.virsh(['uri'])).toContain('qemu:///system');
    expect(await host.exec('cat /run/libvirtd.pid')).not.toBe(before);
    expect(host.readLog()).toContain('libvirt version: ');
  });
});

describeLab('the mini guest', () => {
  let lab: Lab;
  let guest: LabGuest;
  beforeAll(async () => {
    lab = labFromSetup();
    const key = readFileSync(`${lab.privateKeyFile}.pub`, 'utf8').trim();
    const userData = [
      '#cloud-config',
      'hostname: asked-name',
      'ssh_authorized_keys:',
      `  - ${key}`,
      'runcmd:',
      `  - [ sh, -c, "echo 'first boot' > /root/first" ]`,
      '  - echo second >> /root/first',
    ];
    guest = await startLabGuest(lab, lab.host('hv1'), {
      name: 'probe',
      diskMib: 512,
      userData: userData.join('\n'),
    });
    await guest.ready();
  });
  afterAll(async () => await guest?.remove());

  test('takes name, key and first-boot commands from a NoCloud seed', async () => {
    expect((await guest.ssh('hostname')).stdout).toBe('asked-name\n');
    await expect
      .poll(async () => (await guest.ssh('cat /root/first')).stdout, patience)
      .toBe('first boot\nsecond\n');
  });

  test('has a root file system as large as its disk', async () => {
    const kib = Number((await guest.ssh("df -k / | awk 'NR==2 {print $2}'")).stdout);
    expect(kib).toBeGreaterThan(450 * 1024);
  });

  test('answers through the guest agent', async () => {
    await vi.waitFor(
      async () => expect(await guest.agent('guest-get-osinfo')).toMatchObject({ id: 'innkeeper-mini' }),
      patience,
    );
    const interfaces = JSON.stringify(await guest.agent('guest-network-get-interfaces'));
    expect(interfaces).toContain(guest.mac);
    expect(interfaces).toContain(await guest.ready());
    expect(await guest.agent('guest-get-host-name')).toEqual({ 'host-name': 'asked-name' });
  });

  test('shuts down when its power button is pressed', async () => {
    await lab.host('hv1').virsh(['shutdown', 'probe', '--mode', 'acpi']);
    await expect.poll(() => lab.host('hv1').virsh(['domstate', 'probe']), patience).toContain('shut off');
  });

  test('takes a static address and a plain script', async () => {
    const address = `${lab.subnet}.60`;
    const key = readFileSync(`${lab.privateKeyFile}.pub`, 'utf8').trim();
    const fixed = await startLabGuest(lab, lab.host('hv2'), {
      name: 'fixed',
      userData: `#!/bin/sh\necho "${key}" >> /root/.ssh/authorized_keys\necho ran > /root/script\n`,
      networkConfig: `version: 2\nethernets:\n  eth0:\n    addresses: [${address}/24]\n    routes:\n      - to: 0.0.0.0/0\n        via: ${lab.subnet}.1\n`,
    });
    try {
      await expect
        .poll(
          async () => (await sshTo(lab, address, 'cat /root/script; ip route | head -1')).stdout,
          patience,
        )
        .toBe(`ran\ndefault via ${lab.subnet}.1 dev eth0 \n`);
    } finally {
      await fixed.remove();
    }
  });
});

describeLab('labs side by side', () => {
  const started: Lab[] = [];
  afterAll(async () => {
    for (const lab of started) await lab.down();
  });

  test('have their own subnets and hosts, and one goes without the other', async () => {
    const [one, two] = await Promise.all([startLab({ hosts: 1 }), startLab({ hosts: 2 })]);
    started.push(one, two);
    const record = recordOf(one);
    expect(one.subnet).not.toBe(two.subnet);
    expect(one.hosts[0]?.hostKeyFingerprint).not.toBe(two.hosts[0]?.hostKeyFingerprint);
    await one.down();
    expect(tracesOf(record)).toEqual(noTraces);
    expect((await two.host('hv2').virsh(['uri'])).trim()).toBe('qemu:///system');
    await two.down();
  });

  test('refuse a name and a subnet that are taken', async () => {
    const lab = await startLab({ hosts: 1 });
    started.push(lab);
    await expect(startLab({ hosts: 1, name: lab.name })).rejects.toThrow(
      `a lab named ${lab.name} is up already`,
    );
    await expect(startLab({ hosts: 1, subnet: lab.subnet })).rejects.toThrow(
      `subnet ${lab.subnet}.0/24 is in use`,
    );
    await lab.down();
  });

  test('a lab goes with all it made, guests and old servers too', async () => {
    const lab = await startLab({ hosts: 1 });
    started.push(lab);
    const record = recordOf(lab);
    await startLabGuest(lab, lab.host('hv1'), { name: 'left' });
    const vps = await lab.addVps('vps1');
    expect(await vps.exec('hostname')).toBe('vps1\n');
    expect(openLab(lab.name).hosts.map((host) => host.name)).toEqual(['hv1', 'vps1']);
    expect(tracesOf(record)).toMatchObject({
      folder: true,
      namespaces: expect.arrayContaining([expect.any(String)]) as string[],
    });
    await lab.down();
    expect(tracesOf(record)).toEqual(noTraces);
    await lab.down();
  });

  test('who waits to take a lab down leaves alone the one that has taken its id since', async () => {
    const lab = await startLab({ hosts: 1 });
    started.push(lab);
    const record = recordOf(lab);
    const other = Promise.withResolvers<void>();
    const taking = takingDown(record.id, async () => await other.promise);
    const waiting = takeLabDown(record);
    await expect.poll(() => waitsForLock(record.id), patience).toBe(true);
    updateLabRecord({ ...record, run: 'a later lab' });
    other.resolve();
    await Promise.all([taking, waiting]);
    expect((await lab.host('hv1').virsh(['uri'])).trim()).toBe('qemu:///system');
    updateLabRecord(record);
    await lab.down();
    expect(tracesOf(record)).toEqual(noTraces);
  });

  test('a lab whose owner is killed goes by itself', async () => {
    const { record, kill } = await labOfAnotherProcess();
    kill();
    await expect.poll(() => tracesOf(record), patience).toEqual(noTraces);
  });

  test('a lab that lost owner and keeper is swept', async () => {
    const { record, kill, keeper } = await labOfAnotherProcess();
    process.kill(keeper(), 'SIGKILL');
    kill();
    await expect.poll(() => record.owner !== null && isAlive(record.owner), patience).toBe(false);
    expect(tracesOf(record).folder).toBe(true);
    expect(await sweepLabs()).toContain(record.name);
    expect(tracesOf(record)).toEqual(noTraces);
  });
});

/** Whether somebody waits to take down the lab of this id (proc_locks(5)). */
function waitsForLock(id: number): boolean {
  const lock = `/run/innkeeper-lab/${id}.lock`;
  if (!existsSync(lock)) return false;
  const place = new RegExp(` -> FLOCK .*:${statSync(lock).ino} `);
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .some((line) => place.test(line));
}

async function labOfAnotherProcess() {
  const name = `other-${process.pid}`;
  const code = `const { startLab } = await import(${JSON.stringify(join(import.meta.dirname, 'lab-start.ts'))}); await startLab({ hosts: 1, name: '${name}' }); console.log('up'); setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (status) => reject(new Error(`the other process ended with ${status}`)));
  });
  const record = findLabRecord(name);
  if (!record) throw new Error('the other process has no lab');
  const isKeeper = (pid: string) =>
    existsSync(`/proc/${pid}/cmdline`) &&
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`\0${record.run}\0`);
  return {
    record,
    kill: () => child.kill('SIGKILL'),
    keeper: () => Number(readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && isKeeper(pid))),
  };
}
