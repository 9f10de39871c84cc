import { describe, expect, test } from 'vitest';
import { drivesOf, stateFilesOf, xmlForTarget, type DrivePlan } from './move-xml.ts';

const xml = `<domain type='kvm'><name>a</name><os><type>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/p1/d.qcow2' index='2'/><backingStore/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='disk'><source file='/p2/a&amp;b.qcow2'><seclabel model='dac' relabel='no'/></source><target dev='vdb'/></disk>
    <disk type='file' device='cdrom'><source file='/iso/big.iso'/><target dev='sda' bus='sata'/><readonly/></disk>
    <disk type='file' device='cdrom'><target dev='sdb' bus='sata'/><readonly/></disk>
  </devices>
</domain>`;
const plan: DrivePlan = {
  paths: new Map([
    ['/p1/d.qcow2', '/images/d.one.qcow2'],
    ['/p2/a&b.qcow2', "/images/it's.qcow2"],
  ]),
  ejected: ['/iso/big.iso'],
  shared: [],
};

test('drives are known by what is in them, empty ones are none', () => {
  expect(drivesOf(xml).map(({ target, kind, source }) => `${target} ${kind} ${source}`)).toEqual([
    'vda file /p1/d.qcow2',
    'vdb file /p2/a&b.qcow2',
    'sda file /iso/big.iso',
  ]);
});

describe('a definition for another host', () => {
  test('has disks where they were copied to, and nothing in drives whose CD is not there', () => {
    expect(xmlForTarget(xml, plan, ['/p1/d.qcow2', '/p2/a&b.qcow2'])).toBe(
      xml
        .replace("<source file='/p1/d.qcow2' index='2'/>", "<source file='/images/d.one.qcow2' index='2'/>")
        .replace("<source file='/p2/a&amp;b.qcow2'>", "<source file='/images/it&apos;s.qcow2'>")
        .replace("<source file='/iso/big.iso'/>", ''),
    );
  });

  test('leaves what both hosts see where it is', () => {
    const shared = {
      paths: new Map(),
      ejected: [],
      shared: ['/p1/d.qcow2', '/p2/a&b.qcow2', '/iso/big.iso'],
    };
    expect(xmlForTarget(xml, shared)).toBe(xml);
  });

  const block = xml.replace("type='file' device='disk'><driver", "type='block' device='disk'><driver");
  test.each<[what: string, xml: string, plan: DrivePlan, copied: string[]]>([
    ['a disk came that was not planned', xml, { ...plan, paths: new Map() }, []],
    ['a disk became a block device', block.replace("file='/p1/d.qcow2'", "dev='/dev/vg/d'"), plan, []],
    ['a disk that was copied went away', xml, plan, ['/p3/gone.qcow2']],
    ['a CD was put in', xml, { ...plan, ejected: [] }, []],
  ])('is refused when %s', (_what, changed, drives, copied) => {
    expect(() => xmlForTarget(changed, drives, copied)).toThrow(/others than when this move was planned/);
  });
});

test.each([
  [
    'a block device',
    "<disk type='block' device='disk'><source dev='/dev/vg/d'/><target dev='vda'/></disk>",
    'block /dev/vg/d',
  ],
  [
    'a network disk',
    "<disk type='network' device='disk'><source protocol='rbd' name='p/i'/><target dev='vda'/></disk>",
    'network p/i',
  ],
  [
    'a volume of a pool',
    "<disk type='volume' device='disk'><source pool='p' volume='v'/><target dev='vda'/></disk>",
    'volume p/v',
  ],
])('%s is no file', (_what, disk, told) => {
  const [drive] = drivesOf(`<domain><devices>${disk}</devices></domain>`);
  expect(`${drive?.kind} ${drive?.source}`).toBe(told);
});

test.each([
  ['<os><type>hvm</type></os><devices/>', ''],
  [
    "<os><loader type='pflash'>/x</loader><nvram>/var/lib/x_VARS.fd</nvram></os><devices/>",
    'the variables of its UEFI firmware',
  ],
  ["<os firmware='efi'/><devices/>", 'the variables of its UEFI firmware'],
  ["<os/><devices><tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm></devices>", 'its TPM'],
  ["<os/><devices><tpm model='tpm-tis'><backend type='passthrough'/></tpm></devices>", ''],
])('files beside the disks: %s', (inner, words) => {
  expect(stateFilesOf(`<domain>${inner}</domain>`)).toBe(words);
});
