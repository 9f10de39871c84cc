import { generateKeyPairSync } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openStore } from '../../../platform/store/store-open.ts';
import { fleetForTest, fleetTestSchema, type FleetForTest } from '../../../testing/fleet-for-test.ts';
import type { LabHost } from '../../../testing/lab/lab-host.ts';
import { describeLab, labFromSetup } from '../../../testing/lab/lab-in-test.ts';
import type { DoorInput } from './host-door.ts';

type Door = Partial<DoorInput> & Pick<DoorInput, 'auth'>;

describeLab('the door of a real host', () => {
  let fleet: FleetForTest;
  let hv1: LabHost;
  let folder: string;

  beforeAll(async () => {
    hv1 = labFromSetup().host('hv1');
    folder = mkdtempSync(join(tmpdir(), 'innkeeper-keys-'));
    const store = await openStore({
      address: 'sqlite::memory:',
      schema: fleetTestSchema,
      program: { name: 'Innkeeper', version: '1.0.0' },
    });
    fleet = fleetForTest(store);
  });
  afterAll(async () => {
    await fleet.close();
    await fleet.store.close();
    rmSync(folder, { recursive: true });
  });

  const key = () => ({ kind: 'key' as const, privateKey: hv1.privateKey });
  const at = (door: Door) => ({ address: hv1.address, acceptedFingerprint: hv1.hostKeyFingerprint, ...door });
  const lockedKey = (passphrase: string): string => {
    const file = join(folder, `key-${passphrase}`);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', file]);
    return readFileSync(file, 'utf8');
  };
  const strangersKey = (): string => lockedKey('').toString();

  const cases: readonly [string, () => Door, string, Record<string, unknown>][] = [
    [
      'a key nobody confirmed',
      () => ({ auth: key(), acceptedFingerprint: undefined }) as never,
      'host-key-unknown',
      {},
    ],
    [
      'another key than the one confirmed',
      () => ({ auth: key(), acceptedFingerprint: 'SHA256:AAAA' }),
      'host-key-changed',
      { pinned: 'SHA256:AAAA' },
    ],
    [
      'a key that is not let in',
      () => ({ auth: { kind: 'key', privateKey: strangersKey() } }),
      'auth-failed',
      { user: 'root' },
    ],
    [
      'a wrong password',
      () => ({ user: 'ops', auth: { kind: 'password', password: 'wrong' } }),
      'auth-failed',
      { user: 'ops', detail: 'the password is wrong' },
    ],
    [
      'a password where none are taken',
      () => ({ user: 'root', auth: { kind: 'password', password: 'any' } }),
      'auth-failed',
      { user: 'root' },
    ],
    [
      'a locked key without its passphrase',
      () => ({ auth: { kind: 'key', privateKey: lockedKey('secret1') } }),
      'passphrase-needed',
      {},
    ],
    [
      'a locked key with another passphrase',
      () => ({ auth: { kind: 'key', privateKey: lockedKey('secret2'), passphrase: 'guess' } }),
      'passphrase-wrong',
      {},
    ],
    ['a key that is none', () => ({ auth: { kind: 'key', privateKey: 'hello' } }), 'key-malformed', {}],
    [
      'a public key',
      () => {
        const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
        return {
          auth: { kind: 'key', privateKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
        };
      },
      'key-malformed',
      {},
    ],
    [
      'an address nobody has',
      () => ({ auth: key(), address: `${labFromSetup().subnet}.250` }),
      'host-unreachable',
      {},
    ],
    [
      'a port nobody listens on',
      () => ({ auth: key(), port: 2 }),
      'host-unreachable',
      { detail: 'nothing listens on that port' },
    ],
    ['a name nobody knows', () => ({ auth: key(), address: 'no-such-host.invalid' }), 'host-unreachable', {}],
    [
      'a user who may not open the socket',
      () => ({ user: 'visitor', auth: key() }),
      'socket-forbidden',
      { user: 'visitor' },
    ],
    [
      'a socket that is not there',
      () => ({ auth: key(), socketPath: '/run/none' }),
      'libvirt-missing',
      { detail: 'there is no socket /run/none' },
    ],
    [
      'a jump host that is off',
      () => ({ auth: key(), jump: [`root@${labFromSetup().subnet}.250:22`] }),
      'jump-failed',
      { jump: expect.stringMatching(/\.250$/) as unknown },
    ],
  ];

  test.each(cases)('refuses %s', async (_name, door, code, facts) => {
    const refused = await fleet.call('hostProbe', at(door()));
    expect(refused).toMatchObject({ ok: false, code, facts });
    expect(JSON.stringify(refused)).not.toMatch(/wrong'|secret\d|guess|BEGIN/);
  });

  test('says that there is no agent', async () => {
    const socket = process.env['SSH_AUTH_SOCK'];
    delete process.env['SSH_AUTH_SOCK'];
    expect(await fleet.call('hostProbe', at({ auth: { kind: 'agent' } }))).toMatchObject({
      ok: false,
      code: 'agent-missing',
    });
    if (socket !== undefined) process.env['SSH_AUTH_SOCK'] = socket;
  });

  test('says that a host that was cut off does not answer', async () => {
    await hv1.cut();
    try {
      expect(await fleet.call('hostProbe', at({ auth: key() }))).toMatchObject({
        ok: false,
        code: 'host-unreachable',
      });
    } finally {
      await hv1.uncut();
    }
  });

  test('goes through a jump host, with the same key', async () => {
    const hv2 = labFromSetup().host('hv2');
    const door = { address: hv2.address, auth: key(), jump: [`root@${hv1.address}`] };
    expect(
      await fleet.call('hostProbe', { ...door, acceptedFingerprint: hv1.hostKeyFingerprint }),
    ).toMatchObject({
      code: 'host-key-unknown',
      facts: { fingerprint: hv2.hostKeyFingerprint, address: hv2.address },
    });
    const both = `${hv1.hostKeyFingerprint},${hv2.hostKeyFingerprint}`;
    expect(await fleet.call('hostProbe', { ...door, acceptedFingerprint: both })).toMatchObject({
      ok: true,
      value: { hostname: 'hv2' },
    });
  });

  test('adds a host with a password once, and comes back with the key of its own', async () => {
    const { ops } = labFromSetup();
    const door = at({ user: ops.user, auth: { kind: 'password', password: ops.password } });
    const added = await fleet.call('hostAdd', door);
    expect(added).toMatchObject({ ok: true, value: { name: 'hv1' } });
    const row = await fleet.tables.selectFrom('host').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ auth_kind: 'own-key', sealed_auth: null });
    const secrets = await fleet.tables.selectFrom('fleet_secret').selectAll().execute();
    expect(JSON.stringify([row, secrets])).not.toContain(ops.password);
    expect(JSON.stringify(secrets)).not.toContain('PRIVATE KEY');
    const names = await fleet.parts.connections.withHost(
      row.id,
      new AbortController().signal,
      async ({ session }) => await session.host.hostname(),
    );
    expect(names).toBe('hv1');
    expect(await fleet.call('hostAdd', door)).toMatchObject({ code: 'host-known', facts: { name: 'hv1' } });
    const other = { ...door, address: labFromSetup().host('hv2').address, name: 'hv1' };
    expect(await fleet.call('hostAdd', other)).toMatchObject({ code: 'name-taken', facts: { name: 'hv1' } });
    expect(await fleet.call('hostRemove', { hostId: row.id, confirmName: 'hv2' })).toMatchObject({
      code: 'name-differs',
    });
    expect(await fleet.call('hostRemove', { hostId: row.id, confirmName: 'hv1' })).toMatchObject({
      ok: true,
    });
    expect(await fleet.call('hostGet', { hostId: row.id })).toMatchObject({ code: 'no-such-host' });
    await vi.waitFor(() => expect(fleet.parts.connections.connected()).toEqual([]), { timeout: 60_000 });
  });
});
