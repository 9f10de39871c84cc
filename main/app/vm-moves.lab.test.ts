import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { MoveRow } from '../../shared/domains/moves/moves-contract.ts';
import { startLabGuest, type LabGuest } from '../testing/lab/lab-guest.ts';
import type { LabHost } from '../testing/lab/lab-host.ts';
import { describeLab, labFromSetup } from '../testing/lab/lab-in-test.ts';
import type { Lab } from '../testing/lab/lab.ts';
import { startEngine, type Engine } from './build-engine.ts';
import { readSettings } from './settings/settings.ts';

const soon = { timeout: 120_000, interval: 50 };
const NAME = 'mover';

describeLab('a VM moves between real hosts', () => {
  let lab: Lab;
  let hv1: LabHost;
  let hv2: LabHost;
  let guest: LabGuest;
  let engine: Engine;
  let folder = '';
  let vmId = '';
  const hostIds = new Map<string, string>();

  async function value<T>(op: string, input: unknown = {}): Promise<T> {
    const called = await engine.call(op, input);
    if (!called.ok) throw new Error(`${op}: ${JSON.stringify(called.error)}`);
    return called.value as T;
  }

  const idOf = (host: LabHost): string => hostIds.get(host.name) ?? '';
  const moveOf = async (moveId: string): Promise<MoveRow> => await value('moves.moveGet', { moveId });
  const begin = async (to: LabHost): Promise<string> =>
    (await value<{ moveId: string }>('moves.vmMove', { vmId, hostId: idOf(to) })).moveId;
  const ended = async (moveId: string): Promise<MoveRow> => {
    await vi.waitFor(async () => expect((await moveOf(moveId)).endedAt).not.toBeNull(), soon);
    return await moveOf(moveId);
  };
  /** Domains, and files of its name, as the host itself has them. */
  const on = async (host: LabHost): Promise<string> => {
    const state = await host.tryExec(`virsh -q domstate ${NAME} 2>/dev/null || echo none`);
    const files = await host.exec(`ls /var/lib/libvirt/images | grep ^${NAME} || true`);
    // What was copied is called after its move and its drive.
    const names = files.split('\n').map((name) => name.replace(/\.m[0-9a-z]{8}-[a-z]+/, ''));
    return [state.stdout.trim(), ...names.filter(Boolean)].join(' ');
  };
  const there = `running ${NAME}-seed.iso ${NAME}.qcow2`;

  beforeAll(async () => {
    lab = labFromSetup();
    [hv1, hv2] = [lab.host('hv1'), lab.host('hv2')];
    folder = mkdtempSync(join(tmpdir(), 'innkeeper-moves-'));
    guest = await startLabGuest(lab, hv1, { name: NAME });
    engine = await startEngine({
      settings: readSettings({
        environment: { HOME: folder, INNKEEPER_STORE: `sqlite:${join(folder, 'store.sqlite')}` },
      }),
      hostKind: 'worker',
      logToFile: true,
    });
    for (const host of [hv1, hv2]) {
      const auth = { kind: 'key', privateKey: host.privateKey };
      const door = {
        name: host.name,
        address: host.address,
        auth,
        acceptedFingerprint: host.hostKeyFingerprint,
      };
      hostIds.set(host.name, (await value<{ hostId: string }>('fleet.hostAdd', door)).hostId);
    }
    await guest.ready();
    await vi.waitFor(async () => {
      const { rows } = await value<{ rows: { id: string; name: string }[] }>('fleet.vmList', { query: NAME });
      vmId = rows[0]?.id ?? '';
      expect(await value<{ disks: unknown[] }>('fleet.vmGet', { vmId })).toMatchObject({
        disks: [{ target: 'vda' }, { target: 'hdc' }],
      });
    }, soon);
    // Neither host holds a key for the other from here on.
    for (const host of [hv1, hv2]) await host.exec('mv /root/.ssh/id_ed25519 /root/.ssh/put-aside');
  }, 240_000);

  /** Gives hosts certificates of a new authority, each for its own address, where QEMU looks for them. */
  async function certify(hosts: readonly LabHost[]): Promise<void> {
    const ca = mkdtempSync(join(folder, 'ca-'));
    const openssl = (...words: string[]): void =>
      void execFileSync('openssl', words, { cwd: ca, stdio: 'pipe' });
    const key = ['-newkey', 'rsa:2048', '-nodes'];
    openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=lab');
    for (const host of hosts) {
      openssl('req', ...key, '-keyout', 'key.pem', '-out', 'asked.pem', '-subj', `/CN=${host.name}`);
      writeFileSync(join(ca, 'names'), `subjectAltName=IP:${host.address},DNS:${host.name}\n`);
      openssl(
        'x509',
        '-req',
        '-in',
        'asked.pem',
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '2',
        '-extfile',
        'names',
        '-out',
        'cert.pem',
      );
      const text = (name: string): string => readFileSync(join(ca, name), 'utf8');
      const files = {
        'ca-cert.pem': text('ca.pem'),
        'server-cert.pem': text('cert.pem'),
        'client-cert.pem': text('cert.pem'),
        'server-key.pem': text('key.pem'),
        'client-key.pem': text('key.pem'),
      };
      const writes = Object.entries(files).map(
        ([name, pem]) => `cat >/etc/pki/qemu/${name} <<'PEM'\n${pem}PEM`,
      );
      await host.exec(`mkdir -p /etc/pki/qemu\n${writes.join('\n')}`);
    }
  }

  afterAll(async () => {
    await engine?.stop();
    for (const host of [hv1, hv2]) {
      await host.tryExec('mv /root/.ssh/put-aside /root/.ssh/id_ed25519');
      await host.tryExec(
        `virsh -q destroy ${NAME}; virsh -q undefine ${NAME}; rm -f /var/lib/libvirt/images/${NAME}*`,
      );
      await host.virsh(['pool-refresh', 'default']);
    }
    rmSync(folder, { recursive: true, force: true });
  });

  test('there and back with its disk while it pings, hardly missing one', { timeout: 300_000 }, async () => {
    await guest.ssh(`ping -i 0.2 ${lab.subnet}.1 >/tmp/ping 2>&1 </dev/null & echo $! >/tmp/pid`);
    const fits = await value<{ rows: { host: string; fits: boolean; problems: unknown[] }[] }>(
      'moves.vmMoveFits',
      { vmId },
    );
    expect(fits.rows.find((row) => row.host === 'hv2')).toMatchObject({ fits: true, problems: [] });
    const moves: MoveRow[] = [];
    for (const [to, from] of [
      [hv2, hv1],
      [hv1, hv2],
    ] as const) {
      const move = await ended(await begin(to));
      expect(move).toMatchObject({ state: 'done', note: '', storage: 'copy', live: true });
      expect([await on(to), await on(from)]).toEqual([there, 'none']);
      moves.push(move);
    }
    // However quick the moves were, enough to tell one lost from many.
    await expect
      .poll(async () => Number((await guest.ssh('grep -c seq= /tmp/ping')).stdout), { timeout: 120_000 })
      .toBeGreaterThan(40);
    await guest.ssh('kill $(cat /tmp/pid)');
    const answered = (await guest.ssh('cat /tmp/ping')).stdout.matchAll(/seq=(\d+)/g);
    const seen = [...answered].map(([, number]) => Number(number));
    const sent = Math.max(...seen) + 1;
    const lost = sent - seen.length;
    process.stdout.write(
      `${sent} pings, ${lost} lost; stood still for ${moves.map((move) => `${move.downtimeMs} ms`).join(' and ')}; took ${moves
        .map((move) => `${Date.parse(move.endedAt ?? '') - Date.parse(move.beganAt ?? '')} ms`)
        .join(' and ')}\n`,
    );
    // What was on its way at the moment of the switch.
    expect(lost).toBeLessThanOrEqual(sent / 10);
    // A few hundred milliseconds on a machine that has time.
    for (const move of moves) expect(move.downtimeMs).toBeLessThan(15_000);
  });

  test(
    'the daemon it moves to is killed: it runs on where it was, and moves once that is back',
    { timeout: 300_000 },
    async () => {
      const caps = { perHost: 2, perLink: 1, mibPerSecond: 0 };
      await value('moves.moveCapsSet', { ...caps, mibPerSecond: 8 });
      const moveId = await begin(hv2);
      await vi.waitFor(async () => expect((await moveOf(moveId)).doneBytes).toBeGreaterThan(0), soon);
      await hv2.killLibvirtd();
      expect((await hv1.virsh(['domstate', NAME])).trim()).toBe('running');
      expect((await guest.ssh('hostname')).stdout.trim()).toBe(NAME);
      await value('moves.moveCapsSet', caps);
      await hv2.restartLibvirtd();
      expect(await ended(moveId)).toMatchObject({ state: 'done', note: '' });
      expect([await on(hv2), await on(hv1)]).toEqual([there, 'none']);
      expect((await guest.ssh('hostname')).stdout.trim()).toBe(NAME);
    },
  );

  test('encrypted, once both hosts have a certificate of one authority', { timeout: 300_000 }, async () => {
    const [from, to] = (await on(hv2)) === there ? [hv2, hv1] : [hv1, hv2];
    const caps = { perHost: 2, perLink: 1, mibPerSecond: 0 };
    await value('moves.moveCapsSet', { ...caps, encrypt: true });
    const problems = async (): Promise<string[]> => {
      const { rows } = await value<{ rows: { host: string; problems: { check: string }[] }[] }>(
        'moves.vmMoveFits',
        { vmId },
      );
      return (rows.find((row) => row.host === to.name)?.problems ?? []).map(({ check }) => check);
    };
    expect(await problems()).toEqual(['encryption', 'encryption']);
    await certify([hv1, hv2]);
    for (const host of [hv1, hv2]) await value('fleet.hostRefresh', { hostId: idOf(host) });
    await vi.waitFor(async () => expect(await problems()).toEqual([]), soon);
    expect(await ended(await begin(to))).toMatchObject({
      state: 'done',
      note: '',
      live: true,
      storage: 'copy',
    });
    expect([await on(to), await on(from)]).toEqual([there, 'none']);
    expect((await guest.ssh('hostname')).stdout.trim()).toBe(NAME);
    // With a certificate of somebody else it is refused, and runs on where it is.
    await certify([from]);
    expect(await ended(await begin(from))).toMatchObject({ state: 'failed' });
    expect([await on(to), await on(from)]).toEqual([there, 'none']);
    await value('moves.moveCapsSet', { ...caps, encrypt: false });
    for (const host of [hv1, hv2]) await host.exec('rm -rf /etc/pki/qemu');
  });

  test('its host is evacuated and held, and comes back', { timeout: 300_000 }, async () => {
    const [from, to] = (await on(hv2)) === there ? [hv2, hv1] : [hv1, hv2];
    const hostId = idOf(from);
    await value('moves.hostEvacuate', { hostId });
    await vi.waitFor(async () => {
      const evacuation = await value('moves.evacuationGet', { hostId });
      expect(evacuation).toMatchObject({ maintenance: 'maintenance', vmsLeft: 0, blocked: [] });
    }, soon);
    expect([await on(to), await on(from)]).toEqual([there, 'none']);
    expect((await guest.ssh('hostname')).stdout.trim()).toBe(NAME);
    await value('moves.hostBringBack', { hostId });
  });
});
