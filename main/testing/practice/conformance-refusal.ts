import { expect } from 'vitest';
import { randomUUID } from 'node:crypto';
import { affect } from '../../platform/libvirt/flags.ts';
import { refusalOf } from './conformance-subject.ts';
import type { Behaviour, Subject } from './conformance-subject.ts';
import type { DomainRef } from '../../platform/libvirt/xdr-objects.ts';

type Row = readonly [
  what: string,
  expected: string,
  attempt: (subject: Subject, on: { off: DomainRef; running: DomainRef }) => Promise<unknown>,
];

const hvm = "<os><type arch='x86_64'>hvm</type></os>";
const named = (subject: Subject, inner: string, type = " type='qemu'"): string =>
  `<domain${type}><name>${subject.name()}</name>${inner}</domain>`;
const memory = "<memory unit='MiB'>64</memory>";
const define = async (subject: Subject, xml: string): Promise<unknown> =>
  await subject.connection.domains.define(xml);

const rows: readonly Row[] = [
  [
    'a name nobody has',
    'VIR_ERR_NO_DOMAIN VIR_FROM_QEMU',
    async (subject) => await subject.connection.domains.lookupByName(subject.name()),
  ],
  [
    'a UUID nobody has',
    'VIR_ERR_NO_DOMAIN VIR_FROM_QEMU',
    async ({ connection }) => await connection.domains.lookupByUuid(randomUUID()),
  ],
  [
    'a number nobody has',
    'VIR_ERR_NO_DOMAIN VIR_FROM_QEMU',
    async ({ connection }) => await connection.domains.lookupById(2_000_000),
  ],
  [
    'a reference to a VM that is gone',
    'VIR_ERR_NO_DOMAIN VIR_FROM_QEMU',
    async ({ connection }) => await connection.domains.xml({ name: 'gone', uuid: randomUUID(), id: -1 }),
  ],
  [
    'a name that is taken',
    'VIR_ERR_OPERATION_FAILED VIR_FROM_DOMAIN',
    async (subject, { off }) => await define(subject, subject.xml(off.name, { uuid: randomUUID() })),
  ],
  [
    'a UUID that is taken',
    'VIR_ERR_OPERATION_FAILED VIR_FROM_DOMAIN',
    async (subject, { off }) => await define(subject, subject.xml(subject.name(), { uuid: off.uuid })),
  ],
  [
    'XML that is none',
    'VIR_ERR_XML_DETAIL VIR_FROM_DOMAIN',
    async (subject) => await define(subject, "<domain type='qemu'><name>x"),
  ],
  ['nothing at all', 'VIR_ERR_XML_DETAIL VIR_FROM_DOMAIN', async (subject) => await define(subject, 'hello')],
  [
    'another root element',
    'VIR_ERR_XML_ERROR VIR_FROM_XML',
    async (subject) => await define(subject, '<network><name>x</name></network>'),
  ],
  [
    'no type',
    'VIR_ERR_INTERNAL_ERROR VIR_FROM_DOMAIN',
    async (subject) => await define(subject, named(subject, memory + hvm, '')),
  ],
  [
    'no name',
    'VIR_ERR_NO_NAME VIR_FROM_DOMAIN',
    async (subject) => await define(subject, `<domain type='qemu'>${memory}${hvm}</domain>`),
  ],
  [
    'no operating system',
    'VIR_ERR_XML_ERROR VIR_FROM_DOMAIN',
    async (subject) => await define(subject, named(subject, memory)),
  ],
  [
    'no memory',
    'VIR_ERR_XML_ERROR VIR_FROM_DOMAIN',
    async (subject) => await define(subject, named(subject, hvm)),
  ],
  [
    'a name with a slash',
    'VIR_ERR_XML_ERROR VIR_FROM_DOMAIN',
    async (subject) => await define(subject, `<domain type='qemu'><name>a/b</name>${memory}${hvm}</domain>`),
  ],
  [
    'an unknown unit',
    'VIR_ERR_INVALID_ARG VIR_FROM_NONE',
    async (subject) => await define(subject, named(subject, `<memory unit='cups'>3</memory>${hvm}`)),
  ],
  [
    'a malformed UUID',
    'VIR_ERR_INTERNAL_ERROR VIR_FROM_DOMAIN',
    async (subject) => await define(subject, named(subject, `<uuid>12</uuid>${memory}${hvm}`)),
  ],
  [
    'two disks in one place',
    'VIR_ERR_XML_ERROR VIR_FROM_DOMAIN',
    async (subject) =>
      await define(
        subject,
        subject.xml(subject.name(), {
          devices:
            "<disk type='file'><source file='/a'/><target dev='vda'/></disk><disk type='file'><source file='/b'/><target dev='vda'/></disk>",
        }),
      ),
  ],
  [
    'starting what runs',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_QEMU',
    async ({ connection }, { running }) => await connection.domains.start(running),
  ],
  [
    'starting without its disk',
    'VIR_ERR_SYSTEM_ERROR VIR_FROM_STORAGE',
    async (subject) =>
      await subject.connection.domains.start(
        await subject.define({
          devices:
            "<disk type='file'><source file='/var/lib/libvirt/images/nowhere'/><target dev='vda'/></disk>",
        }),
      ),
  ],
  [
    'starting on a bridge that is not there',
    'VIR_ERR_SYSTEM_ERROR VIR_FROM_NONE',
    async (subject) =>
      await subject.connection.domains.start(
        await subject.define({ devices: "<interface type='bridge'><source bridge='br77'/></interface>" }),
      ),
  ],
  [
    'starting on a network that is not there',
    'VIR_ERR_NO_NETWORK VIR_FROM_NETWORK',
    async (subject) =>
      await subject.connection.domains.start(
        await subject.define({
          devices: "<interface type='network'><source network='nowhere'/></interface>",
        }),
      ),
  ],
  [
    'suspending what is off',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
    async ({ connection }, { off }) => await connection.domains.suspend(off),
  ],
  [
    'resuming what runs',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_QEMU',
    async ({ connection }, { running }) => await connection.domains.resume(running),
  ],
  [
    'shutting down what is off',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_QEMU',
    async ({ connection }, { off }) => await connection.domains.shutdown(off),
  ],
  [
    'rebooting what is off',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
    async ({ connection }, { off }) => await connection.domains.reboot(off),
  ],
  [
    'resetting what is off',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
    async ({ connection }, { off }) => await connection.domains.reset(off),
  ],
  [
    'destroying what is off',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
    async ({ connection }, { off }) => await connection.domains.destroy(off),
  ],
  [
    'saving what is off',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
    async ({ connection }, { off }) => await connection.domains.managedSave(off),
  ],
  [
    'renaming what runs',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_QEMU',
    async (subject, { running }) => await subject.connection.domains.rename(running, subject.name()),
  ],
  [
    'renaming to a name that is taken',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
    async ({ connection }, { off, running }) => await connection.domains.rename(off, running.name),
  ],
  [
    'the screen of what is off',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
    async ({ connection }, { off }) => await connection.domains.screenshot(off),
  ],
  [
    'the console of what is off',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
    async ({ connection }, { off }) => await connection.domains.openConsole(off),
  ],
  [
    'the console of a VM without one',
    'VIR_ERR_INTERNAL_ERROR VIR_FROM_QEMU',
    async ({ connection }, { running }) => await connection.domains.openConsole(running),
  ],
  [
    'memory statistics of what is off',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
    async ({ connection }, { off }) => await connection.domains.memoryStats(off),
  ],
  [
    'addresses of what is off',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
    async ({ connection }, { off }) => await connection.guest.interfaceAddresses(off, 'lease'),
  ],
  [
    'asking an agent there is no channel to',
    'VIR_ERR_ARGUMENT_UNSUPPORTED VIR_FROM_QEMU',
    async ({ connection }, { running }) => await connection.guest.interfaceAddresses(running, 'agent'),
  ],
  [
    'asking the agent of what is off',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
    async ({ connection }, { off }) => await connection.guest.interfaceAddresses(off, 'agent'),
  ],
  [
    'more memory than the maximum',
    'VIR_ERR_INVALID_ARG VIR_FROM_QEMU',
    async ({ connection }, { running }) =>
      await connection.domains.setMemory(running, 1_073_741_824, affect.live),
  ],
  [
    'another maximum while it runs',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_QEMU',
    async ({ connection }, { running }) =>
      await connection.domains.setMemory(running, 1_073_741_824, affect.live | 4),
  ],
  [
    'more vCPUs than the maximum',
    'VIR_ERR_INVALID_ARG VIR_FROM_QEMU',
    async ({ connection }, { running }) => await connection.domains.setVcpus(running, 9, affect.live),
  ],
  [
    'taking out a disk that is not in',
    'VIR_ERR_DEVICE_MISSING VIR_FROM_QEMU',
    async ({ connection }, { running }) =>
      await connection.domains.detachDevice(
        running,
        "<disk type='file'><source file='/x'/><target dev='vdq' bus='virtio'/></disk>",
        affect.live,
      ),
  ],
  [
    'a device that is none',
    'VIR_ERR_CONFIG_UNSUPPORTED VIR_FROM_DOMAIN',
    async ({ connection }, { off }) => await connection.domains.attachDevice(off, '<kettle/>', affect.config),
  ],
  [
    'a device whose XML is none',
    'VIR_ERR_XML_DETAIL VIR_FROM_DOMAIN',
    async ({ connection }, { off }) => await connection.domains.attachDevice(off, '<disk', affect.config),
  ],
  [
    'a disk without a place',
    'VIR_ERR_NO_TARGET VIR_FROM_DOMAIN',
    async ({ connection }, { off }) =>
      await connection.domains.attachDevice(
        off,
        "<disk type='file'><source file='/x'/></disk>",
        affect.config,
      ),
  ],
  [
    'a network card of no kind',
    'VIR_ERR_XML_ERROR VIR_FROM_XML',
    async ({ connection }, { off }) =>
      await connection.domains.attachDevice(off, "<interface type='kettle'/>", affect.config),
  ],
  [
    'a disk whose file is not there',
    'VIR_ERR_SYSTEM_ERROR VIR_FROM_STORAGE',
    async ({ connection }, { running }) =>
      await connection.domains.attachDevice(
        running,
        "<disk type='file'><source file='/var/lib/libvirt/images/nowhere'/><target dev='vdc' bus='virtio'/></disk>",
        affect.live,
      ),
  ],
  [
    'plugging in without ACPI',
    'VIR_ERR_INTERNAL_ERROR VIR_FROM_QEMU',
    async (subject, { running }) =>
      await subject.connection.domains.attachDevice(
        running,
        `<disk type='file'><source file='${(await subject.volume()).key}'/><target dev='vdc' bus='virtio'/></disk>`,
        affect.live,
      ),
  ],
  [
    'a device for the running VM of one that is off',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
    async ({ connection }, { off }) =>
      await connection.domains.attachDevice(
        off,
        "<interface type='network'><source network='default'/></interface>",
        affect.live,
      ),
  ],
  [
    'a change of the definition of a transient VM',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
    async (subject) =>
      await subject.connection.domains.setMemory(
        await subject.connection.domains.createTransient(subject.xml(subject.name())),
        33_554_432,
        affect.config,
      ),
  ],
  [
    'autostart of a transient VM',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_QEMU',
    async (subject) =>
      await subject.connection.domains.setAutostart(
        await subject.connection.domains.createTransient(subject.xml(subject.name())),
        true,
      ),
  ],
  [
    'undefining a transient VM',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_QEMU',
    async (subject) =>
      await subject.connection.domains.undefine(
        await subject.connection.domains.createTransient(subject.xml(subject.name())),
      ),
  ],
  [
    'a snapshot whose XML is none',
    'VIR_ERR_XML_DETAIL VIR_FROM_DOMAIN_SNAPSHOT',
    async ({ connection }, { off }) => await connection.snapshots.create(off, '<domainsnapshot'),
  ],
  [
    'a snapshot with another root element',
    'VIR_ERR_XML_ERROR VIR_FROM_XML',
    async ({ connection }, { off }) => await connection.snapshots.create(off, '<kettle/>'),
  ],
  [
    'a checkpoint of what is off',
    'VIR_ERR_OPERATION_UNSUPPORTED VIR_FROM_QEMU',
    async ({ connection }, { off }) => await connection.checkpoints.create(off, '<domaincheckpoint/>'),
  ],
  [
    'a snapshot nobody made',
    'VIR_ERR_NO_DOMAIN_SNAPSHOT VIR_FROM_QEMU',
    async ({ connection }, { off }) => await connection.snapshots.lookupByName(off, 'none'),
  ],
  [
    'a checkpoint nobody made',
    'VIR_ERR_NO_DOMAIN_CHECKPOINT VIR_FROM_QEMU',
    async ({ connection }, { off }) => await connection.checkpoints.lookupByName(off, 'none'),
  ],
  [
    'ending a job there is not',
    'VIR_ERR_OPERATION_INVALID VIR_FROM_QEMU',
    async ({ connection }, { running }) => await connection.jobs.abort(running),
  ],
  [
    'metadata nobody set',
    'VIR_ERR_NO_DOMAIN_METADATA VIR_FROM_DOMAIN',
    async ({ connection }, { off }) => await connection.domains.metadata(off, 'title'),
  ],
];

/** What the host says no to, and with which number. */
export const refusalBehaviours: readonly Behaviour[] = [
  {
    title: 'refuses with the same numbers',
    check: async (subject) => {
      const off = await subject.define();
      const running = await subject.connection.domains.start(await subject.define());
      const found: string[] = [];
      for (const [what, , attempt] of rows)
        found.push(
          `${what}: ${await refusalOf(attempt(subject, { off, running })).catch((error: unknown) => String(error))}`,
        );
      expect(found).toEqual(rows.map(([what, expected]) => `${what}: ${expected}`));
    },
  },
];
