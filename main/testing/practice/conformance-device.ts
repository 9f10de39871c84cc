import { expect, vi } from 'vitest';
import {
  affect,
  domainStatsGroups,
  domainXmlFlags,
  startFlags,
  undefineFlags,
} from '../../platform/libvirt/flags.ts';
import { PATIENCE, refusalOf } from './conformance-subject.ts';
import type { Behaviour, Subject } from './conformance-subject.ts';
import type { DomainRef } from '../../platform/libvirt/xdr-objects.ts';

const diskXml = (path: string, target: string): string =>
  `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${path}'/><target dev='${target}' bus='virtio'/></disk>`;
const nicXml = (mac: string): string =>
  `<interface type='network'><mac address='${mac}'/><source network='default'/><model type='virtio'/></interface>`;

async function withDisk(subject: Subject): Promise<{ domain: DomainRef; path: string }> {
  const volume = await subject.volume({ format: 'qcow2', capacityBytes: 2_097_152 });
  return { domain: await subject.define({ devices: diskXml(volume.key, 'vda') }), path: volume.key };
}

/** Devices in and out, disks and their snapshots. */
export const deviceBehaviours: readonly Behaviour[] = [
  {
    title: 'puts a disk and a network card into the definition and takes them out',
    check: async (subject) => {
      const { domains } = subject.connection;
      const domain = await subject.define();
      const volume = await subject.volume({ format: 'qcow2' });
      const mac = '52:54:00:cc:00:01';
      await domains.attachDevice(domain, diskXml(volume.key, 'vdb'), affect.config);
      await domains.attachDevice(domain, nicXml(mac), affect.config);
      const xml = await domains.xml(domain);
      expect(xml).toContain(`<source file='${volume.key}'/>`);
      expect(xml).toContain(`<mac address='${mac}'/>`);
      expect(await refusalOf(domains.attachDevice(domain, diskXml(volume.key, 'vdb'), affect.config))).toBe(
        'VIR_ERR_OPERATION_INVALID VIR_FROM_QEMU',
      );
      await domains.detachDevice(domain, diskXml(volume.key, 'vdb'), affect.config);
      await domains.detachDevice(domain, nicXml(mac), affect.config);
      const after = await domains.xml(domain);
      expect(after).not.toContain(volume.key);
      expect(after).not.toContain(mac);
      expect(await refusalOf(domains.detachDevice(domain, diskXml(volume.key, 'vdb'), affect.config))).toBe(
        'VIR_ERR_DEVICE_MISSING VIR_FROM_QEMU',
      );
      expect(await refusalOf(domains.detachDevice(domain, nicXml(mac), affect.config))).toBe(
        'VIR_ERR_DEVICE_MISSING VIR_FROM_DOMAIN',
      );
    },
  },
  {
    title: 'plugs a disk into a running VM and says so; the definition stays as it is',
    check: async (subject) => {
      const { connection } = subject;
      const domain = await subject.define({ more: '<features><acpi/></features>' });
      await connection.domains.start(domain);
      const volume = await subject.volume({ format: 'qcow2' });
      const added: string[] = [];
      const { stop } = await connection.listen(['domainDeviceAdded'], (event) => {
        if (event.name === 'domainDeviceAdded' && event.payload.dom.uuid === domain.uuid)
          added.push(event.payload.devAlias);
      });
      await connection.domains.attachDevice(domain, diskXml(volume.key, 'vdb'), affect.live);
      await vi.waitFor(() => expect(added).toEqual(['virtio-disk1']), PATIENCE);
      expect(await connection.domains.xml(domain)).toContain(volume.key);
      expect(await connection.domains.xml(domain, domainXmlFlags.inactive)).not.toContain(volume.key);
      expect(
        await refusalOf(connection.domains.attachDevice(domain, diskXml(volume.key, 'vdb'), affect.live)),
      ).toBe('VIR_ERR_XML_ERROR VIR_FROM_DOMAIN');
      await stop();
    },
  },
  {
    title: 'grows the disk of a running VM',
    check: async (subject) => {
      const { domain } = await withDisk(subject);
      const { domains } = subject.connection;
      await domains.start(domain);
      await domains.blockResize(domain, 'vda', 4_194_304);
      expect(await domains.blockInfo(domain, 'vda')).toMatchObject({ capacityBytes: 4_194_304 });
      expect(await refusalOf(domains.blockInfo(domain, 'vdz'))).toBe('VIR_ERR_INVALID_ARG VIR_FROM_QEMU');
      expect(await refusalOf(domains.blockResize(domain, 'vdz', 4_194_304))).toBe(
        'VIR_ERR_INVALID_ARG VIR_FROM_QEMU',
      );
    },
  },
  {
    title: 'takes snapshots of a VM that is off, lists them in line, reverts and deletes',
    check: async (subject) => {
      const { domain } = await withDisk(subject);
      const { snapshots, domains } = subject.connection;
      expect(await snapshots.current(domain)).toBeNull();
      await snapshots.create(
        domain,
        '<domainsnapshot><name>one</name><description>first</description></domainsnapshot>',
      );
      const two = await snapshots.create(domain, '<domainsnapshot><name>two</name></domainsnapshot>');
      expect((await snapshots.listAll(domain)).map((snap) => snap.name).toSorted()).toEqual(['one', 'two']);
      expect(await snapshots.current(domain)).toMatchObject({ name: 'two' });
      expect(await snapshots.parent(two)).toMatchObject({ name: 'one' });
      const xml = await snapshots.xml(await snapshots.lookupByName(domain, 'one'));
      expect(xml).toContain('<description>first</description>');
      expect(xml).toContain('<state>shutoff</state>');
      expect(xml).toMatch(/<creationTime>\d{10}<\/creationTime>/);
      expect(xml).toContain("<memory snapshot='no'/>");
      expect(xml).toContain("<disk name='vda' snapshot='internal'/>");
      expect(
        await refusalOf(snapshots.create(domain, '<domainsnapshot><name>one</name></domainsnapshot>')),
      ).toBe('VIR_ERR_OPERATION_FAILED VIR_FROM_DOMAIN');
      expect(await refusalOf(snapshots.lookupByName(domain, 'three'))).toBe(
        'VIR_ERR_NO_DOMAIN_SNAPSHOT VIR_FROM_QEMU',
      );
      expect(await refusalOf(domains.undefine(domain))).toBe('VIR_ERR_OPERATION_INVALID VIR_FROM_QEMU');
      await snapshots.revert(await snapshots.lookupByName(domain, 'one'));
      expect(await snapshots.current(domain)).toMatchObject({ name: 'one' });
      await snapshots.delete(two);
      expect((await snapshots.listAll(domain)).map((snap) => snap.name)).toEqual(['one']);
      await domains.undefine(domain, undefineFlags.snapshotsMetadata);
    },
  },
  {
    title: 'keeps a running VM with its memory, and goes back to it: size of the disk, definition and all',
    check: async (subject) => {
      const { domain } = await withDisk(subject);
      const { snapshots, domains } = subject.connection;
      await domains.start(domain);
      const kept = await snapshots.create(domain, '<domainsnapshot><name>kept</name></domainsnapshot>');
      expect(await snapshots.xml(kept)).toContain("<memory snapshot='internal'/>");
      await domains.blockResize(domain, 'vda', 4_194_304);
      await domains.setMetadata(domain, 'title', { value: 'later', flags: affect.live | affect.config });
      await snapshots.revert(kept);
      expect(await domains.blockInfo(domain, 'vda')).toMatchObject({ capacityBytes: 2_097_152 });
      expect(await domains.xml(domain, domainXmlFlags.inactive)).not.toContain('later');
      expect(await domains.isActive(domain)).toBe(true);
      await domains.destroy(domain);
      const named = subject.name();
      await domains.rename(domain, named);
      const renamed = await domains.lookupByName(named);
      expect((await snapshots.listAll(renamed)).map((one) => one.name)).toEqual(['kept']);
      await domains.undefine(renamed, undefineFlags.snapshotsMetadata);
    },
  },
  {
    title: 'keeps no snapshot in a raw disk',
    check: async (subject) => {
      const volume = await subject.volume({ format: 'raw', capacityBytes: 2_097_152 });
      const raw = diskXml(volume.key, 'vda').replace("type='qcow2'", "type='raw'");
      const domain = await subject.define({ devices: raw });
      expect(
        await refusalOf(
          subject.connection.snapshots.create(domain, '<domainsnapshot><name>no</name></domainsnapshot>'),
        ),
      ).toBe('VIR_ERR_CONFIG_UNSUPPORTED VIR_FROM_QEMU');
    },
  },
  {
    title: 'tells the size of the disk of a VM that is off, and grows it in its pool',
    check: async (subject) => {
      const { domain, path } = await withDisk(subject);
      const { domains, storage } = subject.connection;
      const capacity = async (): Promise<unknown> =>
        (await domains.allStats({ groups: domainStatsGroups.block, domains: [domain] }))[0]?.stats[
          'block.0.capacity'
        ];
      expect(await capacity()).toBe(2_097_152);
      await storage.resizeVolume(await storage.lookupVolumeByPath(path), 4_194_304);
      expect(await capacity()).toBe(4_194_304);
    },
  },
  {
    title: 'changes the medium of a drive, in the running VM and in its definition',
    check: async (subject) => {
      const { domains } = subject.connection;
      const medium = await subject.volume({ format: 'raw', capacityBytes: 1_048_576 });
      const drive = (source: string): string =>
        `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>${source}<target dev='hdc' bus='ide'/><readonly/></disk>`;
      const full = `<source file='${medium.key}'/>`;
      const domain = await subject.define({ devices: drive(full) });
      // Its firmware must not get at the drive: libvirt and QEMU may then no longer agree whether the tray is open.
      await domains.start(domain, startFlags.paused);
      const both = affect.live | affect.config;
      await domains.updateDevice(domain, drive(''), both);
      expect(await domains.xml(domain)).not.toContain(medium.key);
      expect(await domains.xml(domain, domainXmlFlags.inactive)).not.toContain(medium.key);
      await domains.updateDevice(domain, drive(full), both);
      expect(await domains.xml(domain)).toContain(medium.key);
    },
  },
  {
    title: 'starts a defined VM from another text, once, and keeps the definition',
    check: async (subject) => {
      const { domain } = await withDisk(subject);
      const { domains } = subject.connection;
      const before = await domains.xml(domain, domainXmlFlags.inactive);
      const mark = "<metadata><t:once xmlns:t='urn:test:once'/></metadata>";
      const once = before.replace("<boot dev='hd'/>", '').replace('<vcpu', `${mark}<vcpu`);
      await domains.createTransient(once);
      expect(await domains.isPersistent(domain)).toBe(true);
      expect(await domains.xml(domain)).toContain('urn:test:once');
      expect(await domains.xml(domain, domainXmlFlags.inactive)).toBe(before);
      await domains.destroy(domain);
      await domains.start(domain);
      expect(await domains.xml(domain)).not.toContain('urn:test:once');
    },
  },
  {
    title: 'covers the disk of a running VM with a new file for an external snapshot',
    check: async (subject) => {
      const { domain, path } = await withDisk(subject);
      const { snapshots, domains } = subject.connection;
      await domains.start(domain);
      const cover = path.replace(/[^/]+$/, subject.name());
      const DISK_ONLY = 16;
      const NO_METADATA = 4;
      await snapshots.create(
        domain,
        `<domainsnapshot><name>cover</name><disks><disk name='vda' snapshot='external'><source file='${cover}'/></disk></disks></domainsnapshot>`,
        DISK_ONLY | NO_METADATA,
      );
      expect(await domains.xml(domain)).toContain(`<source file='${cover}'`);
      expect(await snapshots.listAll(domain)).toEqual([]);
    },
  },
];
