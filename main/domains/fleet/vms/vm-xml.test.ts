import { describe, expect, test } from 'vitest';
import { graphicsWords, parseVmXml } from './vm-xml.ts';

const domain = (devices: string, head = ''): string => `<domain type='kvm' id='4'>
  <name>acct &amp; co</name><uuid>5a0d3cf5-7f3e-4d8b-9c3a-000000000001</uuid>
  <memory unit='KiB'>2097152</memory><vcpu placement='static' current='2'>4</vcpu>${head}
  <devices>${devices}</devices></domain>`;

const inside = {
  head: `<os><type arch='x86_64'>hvm</type><boot dev='hd'/></os><features><acpi/><apic/></features>
    <cpu mode='custom' match='exact'><model fallback='forbid'>EPYC</model><topology sockets='1'/><feature policy='require' name='x2apic'/></cpu>
    <clock offset='utc'><timer name='rtc' tickpolicy='catchup'/></clock><pm><suspend-to-mem enabled='no'/></pm>
    <cputune><shares>10</shares></cputune><seclabel type='none' model='none'/>`,
  devices: `<emulator>/usr/bin/qemu</emulator><controller type='pci' model='pcie-root'/><controller type='usb'><alias name='usb'/></controller>
    <input type='tablet' bus='usb'><alias name='input0'/></input><input type='mouse' bus='ps2'/><audio id='1' type='none'/>
    <video><model type='virtio' heads='1'/></video><memballoon model='virtio'><stats period='10'/></memballoon>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng><watchdog model='itco' action='reset'/>`,
};

describe('the XML of a VM', () => {
  test('gives the same beside all that nothing is read from', () => {
    const devices = `<disk type='file' device='disk'><source file='/img/a.qcow2'/><target dev='vda' bus='virtio'/></disk>
      <interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/></interface>`;
    expect(parseVmXml(domain(`${inside.devices}${devices}${inside.devices}`, inside.head))).toEqual(
      parseVmXml(domain(devices)),
    );
  });

  test('gives name, sizes and devices', () => {
    const shape = parseVmXml(
      domain(`
        <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/img/a.qcow2' index='2'/><backingStore type='file'><format type='qcow2'/><source file='/img/base.qcow2'/></backingStore><target dev='vda' bus='virtio'/></disk>
        <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>
        <disk type='volume' device='disk'><source pool='default' volume='data'/><target dev='vdb' bus='virtio'/></disk>
        <disk type='network' device='disk'><source protocol='rbd' name='pool/image'/><target dev='vdc' bus='virtio'/></disk>
        <disk type='block' device='lun'><source dev='/dev/sdb'/><target dev='sda' bus='scsi'/></disk>
        <interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/><target dev='vnet3'/><model type='virtio'/></interface>
        <interface type='network'><mac address='52:54:00:00:00:02'/><source network='default' bridge='virbr0'/></interface>
        <interface type='user'><mac address='52:54:00:00:00:03'/></interface>
        <serial type='pty'><target port='0'/></serial>
        <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>
        <graphics type='vnc' port='5901' autoport='yes' listen='127.0.0.1' passwd='x'><listen type='address' address='127.0.0.1'/></graphics>`),
    );
    expect(shape).toMatchObject({
      uuid: '5a0d3cf5-7f3e-4d8b-9c3a-000000000001',
      name: 'acct & co',
      memoryBytes: 2 * 1024 ** 3,
      vcpus: 2,
      hasSerial: true,
      agentChannel: true,
      agentConnected: true,
    });
    expect(shape.disks).toEqual([
      { target: 'vda', bus: 'virtio', device: 'disk', source: '/img/a.qcow2', readonly: false },
      { target: 'hdc', bus: 'ide', device: 'cdrom', source: '', readonly: true },
      { target: 'vdb', bus: 'virtio', device: 'disk', source: 'default/data', readonly: false },
      { target: 'vdc', bus: 'virtio', device: 'disk', source: 'pool/image', readonly: false },
      { target: 'sda', bus: 'scsi', device: 'lun', source: '/dev/sdb', readonly: false },
    ]);
    expect(shape.nics).toEqual([
      { mac: '52:54:00:00:00:01', model: 'virtio', source: 'br0', target: 'vnet3' },
      { mac: '52:54:00:00:00:02', model: '', source: 'default', target: '' },
      { mac: '52:54:00:00:00:03', model: '', source: 'user', target: '' },
    ]);
  });

  const screens: readonly [string, string, string, number | null, string | null][] = [
    ['a port', `<graphics type='vnc' port='5903' listen='0.0.0.0'/>`, 'vnc 0.0.0.0:5903', 5903, null],
    ['no port while it is off', `<graphics type='vnc' port='-1' autoport='yes'/>`, 'vnc', null, null],
    [
      'a socket',
      `<graphics type='vnc' socket='/run/a.sock'><listen type='socket' socket='/run/a.sock'/></graphics>`,
      'vnc /run/a.sock',
      null,
      '/run/a.sock',
    ],
    [
      'VNC before SPICE',
      `<graphics type='spice' port='5900'/><graphics type='vnc' port='5901'><listen type='address' address='10.0.0.1'/></graphics>`,
      'vnc 10.0.0.1:5901',
      5901,
      null,
    ],
    ['none', '', '', null, null],
  ];
  test.each(screens)('tells the screen: %s', (_name, xml, words, port, socket) => {
    const { graphics } = parseVmXml(domain(xml));
    expect(graphicsWords(graphics)).toBe(words);
    const vnc = graphics.find((one) => one.type === 'vnc');
    expect([vnc?.port ?? null, vnc?.socket ?? null]).toEqual([port, socket]);
  });

  test.each([
    [
      'one device alone',
      `<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/></disk>`,
      1,
    ],
    ['none at all', '', 0],
  ])('reads %s', (_name, xml, disks) => {
    expect(parseVmXml(domain(xml)).disks).toHaveLength(disks);
  });

  test.each([['not XML'], ['<network><name>x</name></network>'], ['']])('refuses %j', (text) => {
    expect(() => parseVmXml(text)).toThrow();
  });
});
