import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeLab, labFromSetup } from '../../testing/lab/lab-in-test.ts';
import { startLabGuest } from '../../testing/lab/lab-guest.ts';
import type { LabGuest } from '../../testing/lab/lab-guest.ts';
import type { LabHost } from '../../testing/lab/lab-host.ts';
import type { Lab } from '../../testing/lab/lab.ts';
import { differentialReads } from '../../testing/libvirt/differential-reads.ts';
import { readProcedures, RecordingApi } from '../../testing/libvirt/recording-api.ts';
import { connectSsh } from '../ssh/ssh-connect.ts';
import type { SshConnection } from '../ssh/ssh-connection.ts';
import { dialHost } from './dialer.ts';
import { migrateFlags, shutdownFlags } from './flags.ts';
import { LibvirtConnection } from './libvirt-connection.ts';
import type { ProcedureName } from './procedures.ts';

const patience = { timeout: 120_000, interval: 250 };

describeLab('a real host over SSH', () => {
  let lab: Lab;
  let hosts: readonly [LabHost, LabHost];
  let guest: LabGuest;
  let address: string;
  const opened: { ssh: SshConnection; connection: LibvirtConnection }[] = [];

  async function connect(host: LabHost): Promise<LibvirtConnection> {
    const ssh = await connectSsh({
      host: host.address,
      port: host.port,
      user: host.user,
      auth: { kind: 'key', privateKey: host.privateKey },
      hostKey: { algorithm: 'ssh-ed25519', fingerprint: host.hostKeyFingerprint },
    });
    const connection = await LibvirtConnection.open({
      dial: dialHost((path, signal) => ssh.openUnixSocket(path, signal)),
    });
    opened.push({ ssh, connection });
    return connection;
  }

  /** virsh on the host itself; `LabHost.virsh` rejects with virsh's words. */
  function virshOn(host: LabHost) {
    return async (args: readonly string[]) => {
      const { stdout, stderr, code } = await host.tryExec(
        ['virsh', ...args].map((word) => `'${word}'`).join(' '),
      );
      return { stdout, stderr, exitCode: code };
    };
  }

  beforeAll(async () => {
    lab = labFromSetup();
    hosts = [lab.host('hv1'), lab.host('hv2')];
    guest = await startLabGuest(lab, hosts[0], { name: 'differential' });
    address = await guest.ready();
  });

  afterAll(async () => {
    for (const { ssh, connection } of opened) {
      await connection.close();
      await ssh.close();
    }
    await hosts[1].tryExec(
      'virsh -q destroy differential; virsh -q undefine differential; rm -f /var/lib/libvirt/images/differential*',
    );
    await guest.remove();
  });

  test('every read says what virsh says, the guest agent, leases, taps and filters included', async () => {
    const connection = await connect(hosts[0]);
    const dom = await connection.domains.lookupByName('differential');
    await expect
      .poll(async () => connection.guest.hostname(dom).catch((error: Error) => error.message), patience)
      .not.toMatch(/agent|not/i);
    const asked = new Set<ProcedureName>();
    const comparisons = await differentialReads(new RecordingApi(connection, asked), virshOn(hosts[0]));
    expect(comparisons.filter((one) => !one.agrees)).toEqual([]);
    expect(readProcedures().filter((name) => /nwfilter/i.test(name) && !asked.has(name))).toEqual([]);
    expect(comparisons.map((one) => one.read)).toEqual(
      expect.arrayContaining([
        'differential: domifaddr agent',
        'differential: guestinfo',
        'nwfilter-list',
        'pool-info default',
      ]),
    );
  });

  test('the agent tells who the guest is', async () => {
    const connection = await connect(hosts[0]);
    const dom = await connection.domains.lookupByName('differential');
    expect(await connection.guest.agentCommand(dom, { execute: 'guest-ping' })).toEqual({ return: {} });
    const interfaces = await connection.guest.interfaceAddresses(dom, 'agent');
    expect(interfaces.flatMap((one) => one.addresses.map((found) => found.address))).toContain(address);
    expect(Math.abs((await connection.guest.timeMs(dom)) - Date.now())).toBeLessThan(600_000);
    expect(await connection.guest.freeze(dom)).toBeGreaterThan(0);
    expect(await connection.guest.thaw(dom)).toBeGreaterThan(0);
  });

  test('moves to another host while it runs, is throttled, watched, and heard of there', async () => {
    const [source, target] = await Promise.all([connect(hosts[0]), connect(hosts[1])]);
    const dom = await source.domains.lookupByName('differential');
    const arrived = Promise.withResolvers<number>();
    await target.listen(['domainLifecycle'], (event) => {
      if (
        event.name === 'domainLifecycle' &&
        event.payload.dom.uuid === dom.uuid &&
        event.payload.event === 4
      )
        arrived.resolve(event.payload.detail);
    });
    await copyFile(
      join(hosts[0].imagesFolder, 'differential-seed.iso'),
      join(hosts[1].imagesFolder, 'differential-seed.iso'),
    );
    await source.jobs.setMaxDowntime(dom, 500);
    const query = new URLSearchParams({ keyfile: lab.privateKeyFile, no_verify: '1', no_tty: '1' });
    await source.jobs.migrate(dom, {
      targetUri: `qemu+ssh://${hosts[1].user}@${hosts[1].address}/system?${query.toString()}`,
      dataUri: `tcp://${hosts[1].address}`,
      flags: migrateFlags.nonSharedDisk | migrateFlags.persistDest | migrateFlags.undefineSource,
    });
    expect(await arrived.promise).toBe(1);
    expect((await target.domains.state(dom)).stateName).toBe('running');
    await expect(source.domains.lookupByUuid(dom.uuid)).rejects.toMatchObject({
      codeName: 'VIR_ERR_NO_DOMAIN',
    });
    // The bridges learn where its card is now.
    await expect.poll(async () => (await guest.ssh('hostname')).stdout.trim(), patience).toBe('differential');
  });

  test('shuts down when asked, and is heard of', async () => {
    const connection = await connect(hosts[1]);
    const dom = await connection.domains.lookupByName('differential');
    const stopped = Promise.withResolvers<number>();
    await connection.listen(['domainLifecycle'], (event) => {
      if (
        event.name === 'domainLifecycle' &&
        event.payload.dom.uuid === dom.uuid &&
        event.payload.event === 5
      )
        stopped.resolve(event.payload.detail);
    });
    await connection.domains.shutdown(dom, shutdownFlags.acpiPowerButton);
    expect(await stopped.promise).toBe(0);
    expect((await connection.domains.state(dom)).stateName).toBe('shutoff');
  });
});
