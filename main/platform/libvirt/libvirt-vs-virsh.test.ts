import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differentialReads } from '../../testing/libvirt/differential-reads.ts';
import { LibvirtConnection } from './libvirt-connection.ts';
import type { ProcedureName } from './procedures.ts';
import { startPrivateLibvirtd } from '../../testing/libvirt/private-libvirtd.ts';
import type { PrivateLibvirtd } from '../../testing/libvirt/private-libvirtd.ts';
import { readProcedures, RecordingApi } from '../../testing/libvirt/recording-api.ts';
import { directoryPoolXml, trialGuestXml, volumeXml } from '../../testing/libvirt/trial-guest.ts';

let daemon: PrivateLibvirtd;

beforeAll(async () => {
  daemon = await startPrivateLibvirtd();
});

afterAll(async () => {
  await daemon.stop();
});

const asked = new Set<ProcedureName>();

async function expectAgreement(connection: LibvirtConnection, uri: string): Promise<string[]> {
  const recording = new RecordingApi(connection, asked);
  const comparisons = await differentialReads(recording, (args) => daemon.virsh(uri, args));
  expect(comparisons.filter((one) => !one.agrees)).toEqual([]);
  return comparisons.map((one) => one.read);
}

describe('every read says what virsh says', () => {
  // Hundreds of times virsh, on whatever else the machine is doing.
  const PATIENCE = { timeout: 180_000 };

  test('on the test driver', PATIENCE, async () => {
    await using connection = await LibvirtConnection.open({ dial: daemon.dial, uri: 'test:///default' });
    const reads = await expectAgreement(connection, 'test:///default');
    expect(reads).toContain('test: dumpxml');
    expect(reads).toContain('net-dumpxml default');
  });

  test(
    'on QEMU, with a running guest, a shut-off one, snapshots, a checkpoint, a pool with volumes and a network',
    PATIENCE,
    async () => {
      const uri = 'qemu:///session';
      await using connection = await LibvirtConnection.open({ dial: daemon.dial, uri });
      const pool = await connection.storage.createTransientPool(
        directoryPoolXml({ name: 'disks', path: join(daemon.folder, 'd', 'disks') }),
        1,
      );
      const capacityBytes = 64 * 1_024 * 1_024;
      const running = await connection.storage.createVolume(
        pool,
        volumeXml({ name: 'running.qcow2', capacityBytes }),
      );
      const stopped = await connection.storage.createVolume(
        pool,
        volumeXml({ name: 'stopped.qcow2', capacityBytes }),
      );
      await connection.storage.createVolume(
        pool,
        volumeXml({ name: 'plain.raw', capacityBytes, format: 'raw' }),
      );
      await connection.networks.define(
        `<network><name>isolated</name><uuid>00000000-1111-4222-8333-444444444444</uuid><bridge name='ikbr9'/><ip address='10.9.8.1' prefix='24'/></network>`,
      );

      const one = await connection.domains.define(
        trialGuestXml({
          name: 'running',
          uuid: '11111111-2222-4333-8444-555555555555',
          diskPath: running.key,
        }),
      );
      const two = await connection.domains.define(
        trialGuestXml({
          name: 'stopped',
          uuid: '22222222-2222-4333-8444-555555555555',
          diskPath: stopped.key,
        }),
      );
      await connection.snapshots.create(two, `<domainsnapshot><name>before</name></domainsnapshot>`);
      await connection.snapshots.create(two, `<domainsnapshot><name>after</name></domainsnapshot>`);
      await connection.domains.setMetadata(two, 'description', {
        value: 'a guest <that> sleeps & dreams',
        flags: 2,
      });
      await connection.domains.start(one);
      await connection.checkpoints.create(one, `<domaincheckpoint><name>monday</name></domaincheckpoint>`);

      const reads = await expectAgreement(connection, uri);
      expect(reads).toEqual(
        expect.arrayContaining([
          'running: domstats',
          'running: domblkinfo vda',
          'running: checkpoint-dumpxml monday',
          'stopped: snapshot-dumpxml after',
          'vol-info physical plain.raw',
        ]),
      );
    },
  );

  test('and none is left out; filters are read on a real host, a session has none', () => {
    const left = readProcedures().filter((name) => !asked.has(name) && !/nwfilter/i.test(name));
    expect(left).toEqual([]);
  });
});
