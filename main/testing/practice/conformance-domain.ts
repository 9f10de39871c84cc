import { expect, vi } from 'vitest';
import type { EventName } from '../../platform/libvirt/event-messages.ts';
import { affect, domainXmlFlags, startFlags, vcpuFlags } from '../../platform/libvirt/flags.ts';
import type { HostEvent } from '../../platform/libvirt/event-hub.ts';
import { expectLines, PATIENCE, refusalOf } from './conformance-subject.ts';
import type { Behaviour, Subject } from './conformance-subject.ts';

const console_ = `<serial type='pty'/><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>`;
const screen = `<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/><video><model type='vga'/></video>`;

async function stateOf({ connection }: Subject, uuid: string): Promise<string> {
  const state = await connection.domains.state(await connection.domains.lookupByUuid(uuid));
  return `${state.stateName} (${state.reasonName})`;
}

async function listening(subject: Subject, names: readonly EventName[], uuid: () => string) {
  const heard: HostEvent[] = [];
  const { stop } = await subject.connection.listen(names, (event) => {
    if ('dom' in event.payload && event.payload.dom.uuid === uuid()) heard.push(event);
  });
  return { heard, stop };
}

/** Defining, listing, looking up, and the life of a VM. */
export const domainBehaviours: readonly Behaviour[] = [
  {
    title: 'completes the smallest definition with what every PC has',
    check: async (subject) => {
      const domain = await subject.define();
      expect(domain).toMatchObject({ id: -1, uuid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string });
      expectLines(await subject.connection.domains.xml(domain), [
        "<domain type='qemu'>",
        "<memory unit='KiB'>65536</memory>",
        "<currentMemory unit='KiB'>65536</currentMemory>",
        "<vcpu placement='static'>1</vcpu>",
        "<type arch='x86_64' machine='pc-i440fx'>hvm</type>",
        "<boot dev='hd'/>",
        "<cpu mode='custom' match='exact' check='none'>",
        "<model fallback='forbid'>qemu64</model>",
        "<clock offset='utc'/>",
        '<on_poweroff>destroy</on_poweroff>',
        '<on_reboot>restart</on_reboot>',
        '<on_crash>destroy</on_crash>',
        '<emulator>/usr/bin/qemu-system-x86_64</emulator>',
        "<controller type='usb' index='0' model='piix3-uhci'>",
        "<address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x2'/>",
        "<controller type='pci' index='0' model='pci-root'/>",
        "<input type='mouse' bus='ps2'/>",
        "<input type='keyboard' bus='ps2'/>",
        "<memballoon model='virtio'>",
        "<address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>",
      ]);
    },
  },
  {
    title: 'gives the devices of a definition their defaults and places',
    check: async (subject) => {
      const nic = `<interface type='network'><mac address='52:54:00:aa:bb:01'/><source network='default'/><model type='virtio'/></interface>`;
      const rng = `<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`;
      const cdrom = `<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>`;
      const disk = `<disk type='file'><driver name='qemu' type='qcow2'/><source file='/var/lib/libvirt/images/none.qcow2'/><target dev='vda'/></disk>`;
      const domain = await subject.define({ devices: `${console_}${screen}${nic}${rng}${cdrom}${disk}` });
      expectLines(await subject.connection.domains.xml(domain), [
        "<disk type='file' device='disk'>",
        "<target dev='vda' bus='virtio'/>",
        "<disk type='file' device='cdrom'>",
        '<readonly/>',
        "<address type='drive' controller='0' bus='1' target='0' unit='0'/>",
        "<controller type='ide' index='0'>",
        "<controller type='virtio-serial' index='0'>",
        "<interface type='network'>",
        "<source network='default'/>",
        "<target type='isa-serial' port='0'>",
        "<model name='isa-serial'/>",
        "<console type='pty'>",
        "<target type='serial' port='0'/>",
        "<target type='virtio' name='org.qemu.guest_agent.0'/>",
        "<address type='virtio-serial' controller='0' bus='0' port='1'/>",
        "<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'>",
        "<listen type='address' address='127.0.0.1'/>",
        "<model type='vga' vram='16384' heads='1' primary='yes'/>",
        "<backend model='random'>/dev/urandom</backend>",
      ]);
    },
  },
  {
    title: 'finds a VM by name, by UUID and, while it runs, by number',
    check: async (subject) => {
      const { domains } = subject.connection;
      const domain = await subject.define();
      expect(await domains.lookupByName(domain.name)).toEqual(domain);
      expect(await domains.lookupByUuid(domain.uuid)).toEqual(domain);
      const running = await domains.start(domain);
      expect(running.id).toBeGreaterThan(0);
      expect(await domains.lookupById(running.id)).toEqual(running);
    },
  },
  {
    title: 'lists by state, persistence and autostart',
    check: async (subject) => {
      const { domains } = subject.connection;
      const off = await subject.define();
      const on = await subject.define();
      await domains.start(on);
      await domains.setAutostart(off, true);
      const transient = await domains.createTransient(subject.xml(subject.name()));
      const ours = [off.name, on.name, transient.name];
      const rows = [
        ['active', [on.name, transient.name]],
        ['inactive', [off.name]],
        ['persistent', [off.name, on.name]],
        ['transient', [transient.name]],
        ['running', [on.name, transient.name]],
        ['paused', []],
        ['shutoff', [off.name]],
        ['autostart', [off.name]],
        ['noAutostart', [on.name, transient.name]],
        ['managedSave', []],
        ['hasSnapshot', []],
      ] as const;
      for (const [flag, expected] of rows)
        expect(
          (await subject.listed(flag))
            .filter((name) => ours.includes(name))
            .toSorted((a, b) => a.localeCompare(b)),
          flag,
        ).toEqual([...expected].toSorted((a, b) => a.localeCompare(b)));
      await domains.destroy(transient);
      expect(await refusalOf(domains.lookupByUuid(transient.uuid))).toBe('VIR_ERR_NO_DOMAIN VIR_FROM_QEMU');
    },
  },
  {
    title: 'starts, suspends, resumes and destroys, with states, reasons and events in order',
    check: async (subject) => {
      const { domains } = subject.connection;
      const domain = await subject.define();
      const { heard, stop } = await listening(subject, ['domainLifecycle'], () => domain.uuid);
      expect(await stateOf(subject, domain.uuid)).toBe('shutoff (unknown)');
      await domains.start(domain);
      expect(await stateOf(subject, domain.uuid)).toBe('running (booted)');
      await domains.suspend(domain);
      expect(await stateOf(subject, domain.uuid)).toBe('paused (user)');
      await domains.resume(domain);
      expect(await stateOf(subject, domain.uuid)).toBe('running (unpaused)');
      await domains.destroy(domain);
      expect(await stateOf(subject, domain.uuid)).toBe('shutoff (destroyed)');
      await domains.undefine(domain);
      const steps = (): string[] =>
        heard.flatMap((one) =>
          one.name === 'domainLifecycle' ? [`${one.payload.event}:${one.payload.detail}`] : [],
        );
      await vi.waitFor(() => expect(steps().at(-1)).toBe('1:0'), PATIENCE);
      // Resumed, started, suspended, resumed, (shutdown by the host's request,) stopped, undefined.
      expect(steps().filter((step) => step !== '6:2')).toEqual(['4:0', '2:0', '3:0', '4:0', '5:1', '1:0']);
      await stop();
    },
  },
  {
    title: 'tells of definitions made and changed, with the number -1',
    check: async (subject) => {
      const name = subject.name();
      let uuid = '';
      const { heard, stop } = await listening(subject, ['domainLifecycle'], () => uuid);
      uuid = '6f2b7e2e-6f0a-4c5b-9d8a-'.concat(Date.now().toString(16).padStart(12, '0').slice(-12));
      const made = await subject.connection.domains.define(subject.xml(name, { uuid }));
      await subject.connection.domains.define(subject.xml(name, { uuid, more: '<title>second</title>' }));
      await vi.waitFor(() => expect(heard).toHaveLength(2), PATIENCE);
      expect(made.uuid).toBe(uuid);
      expect(heard.map((one) => one.payload)).toMatchObject([
        { dom: { name, uuid, id: -1 }, event: 0, detail: 0 },
        { dom: { name, uuid, id: -1 }, event: 0, detail: 1 },
      ]);
      await stop();
    },
  },
  {
    title: 'starts paused when asked',
    check: async (subject) => {
      const domain = await subject.define();
      await subject.connection.domains.start(domain, startFlags.paused);
      expect((await subject.connection.domains.state(domain)).stateName).toBe('paused');
    },
  },
  {
    title:
      'shows of a running VM its number, aliases, terminal and VNC port, and its definition without them',
    check: async (subject) => {
      const { domains } = subject.connection;
      const domain = await subject.define({ devices: `${console_}${screen}` });
      const { id } = await domains.start(domain);
      const live = await domains.xml(domain);
      expectLines(live, [
        `<domain type='qemu' id='${id}'>`,
        "<alias name='serial0'/>",
        "<alias name='channel0'/>",
        "<alias name='video0'/>",
        "<alias name='balloon0'/>",
        "<target type='virtio' name='org.qemu.guest_agent.0' state='disconnected'/>",
        "<seclabel type='dynamic' model='dac' relabel='yes'>",
      ]);
      expect(live).toMatch(/<console type='pty' tty='\/dev\/pts\/\d+'>/);
      expect(live).toMatch(/<graphics type='vnc' port='\d+' autoport='yes' listen='127.0.0.1'>/);
      const inactive = await domains.xml(domain, domainXmlFlags.inactive);
      expect(inactive).toMatch(/<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'>/);
      expect(inactive).not.toMatch(/<alias|<domain[^>]* id=|seclabel|\/dev\/pts/);
    },
  },
  {
    title: 'counts: the fields of a running VM’s statistics, and fewer of one that is off',
    check: async (subject) => {
      const { domains } = subject.connection;
      const volume = await subject.volume({ format: 'qcow2' });
      const disk = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${volume.key}'/><target dev='vda' bus='virtio'/></disk>`;
      const domain = await subject.define({ devices: disk });
      const read = async () => (await domains.allStats({ domains: [domain] }))[0]?.stats ?? {};
      expect(await read()).toMatchObject({
        'state.state': 5,
        'vcpu.current': 1,
        'vcpu.maximum': 1,
        'balloon.current': 65_536,
        'balloon.maximum': 65_536,
        'block.count': 1,
        'block.0.name': 'vda',
        'block.0.path': volume.key,
      });
      await domains.start(domain);
      await vi.waitFor(async () => expect(await read()).toHaveProperty('balloon.rss'), PATIENCE);
      const stats = await read();
      expect(runningFields.filter((field) => !(field in stats))).toEqual([]);
      expect(stats).toMatchObject({
        'state.state': 1,
        'state.reason': 1,
        'block.0.capacity': 1_048_576,
        'block.0.name': 'vda',
      });
      expect(typeof stats['cpu.time']).toBe('number');
      expect(typeof stats['block.0.path']).toBe('string');
      await vi.waitFor(
        async () => expect(Number((await read())['cpu.time'])).toBeGreaterThan(Number(stats['cpu.time'])),
        PATIENCE,
      );
      const some = await domains.allStats({ domains: [domain], groups: 1 });
      expect(Object.keys(some[0]?.stats ?? {}).toSorted()).toEqual(['state.reason', 'state.state']);
    },
  },
  {
    title: 'changes name, title, description and elements of metadata',
    check: async (subject) => {
      const { domains } = subject.connection;
      const domain = await subject.define();
      const kind = { elementUri: 'https://example.org/conformance' } as const;
      await domains.setMetadata(domain, 'title', { value: 'A & B', flags: affect.config });
      await domains.setMetadata(domain, 'description', { value: 'two\nlines', flags: affect.config });
      await domains.setMetadata(domain, kind, {
        value: "<facts owner='x'><plan>7</plan></facts>",
        key: 'c',
        flags: affect.config,
      });
      expect(await domains.metadata(domain, 'title')).toBe('A & B');
      expect(await domains.metadata(domain, 'description')).toBe('two\nlines');
      expect((await domains.metadata(domain, kind)).replaceAll(/\s*\n\s*/g, '')).toBe(
        '<facts owner="x"><plan>7</plan></facts>',
      );
      expectLines(await domains.xml(domain), [
        '<title>A &amp; B</title>',
        '<c:facts xmlns:c="https://example.org/conformance" owner="x">',
      ]);
      await domains.setMetadata(domain, kind, { value: null, flags: affect.config });
      expect(await refusalOf(domains.metadata(domain, kind))).toBe(
        'VIR_ERR_NO_DOMAIN_METADATA VIR_FROM_DOMAIN',
      );
      const newName = subject.name();
      await domains.rename(domain, newName);
      expect((await domains.lookupByUuid(domain.uuid)).name).toBe(newName);
      expect(await refusalOf(domains.lookupByName(domain.name))).toBe('VIR_ERR_NO_DOMAIN VIR_FROM_QEMU');
    },
  },
  {
    title: 'changes memory and vCPUs of the definition, within their maximum',
    check: async (subject) => {
      const { domains } = subject.connection;
      const domain = await subject.define();
      await domains.setVcpus(domain, 4, affect.config | vcpuFlags.maximum);
      await domains.setVcpus(domain, 3, affect.config);
      expect(await domains.vcpus(domain, affect.config)).toBe(3);
      expect(await domains.vcpus(domain, affect.config | vcpuFlags.maximum)).toBe(4);
      expect(await refusalOf(domains.setVcpus(domain, 5, affect.config))).toBe(
        'VIR_ERR_INVALID_ARG VIR_FROM_QEMU',
      );
      await domains.setMemory(domain, 128 * 1_048_576, affect.config | 4);
      await domains.setMemory(domain, 96 * 1_048_576, affect.config);
      expectLines(await domains.xml(domain), [
        "<vcpu placement='static' current='3'>4</vcpu>",
        "<memory unit='KiB'>131072</memory>",
        "<currentMemory unit='KiB'>98304</currentMemory>",
      ]);
      expect(await refusalOf(domains.setMemory(domain, 256 * 1_048_576, affect.config))).toBe(
        'VIR_ERR_INVALID_ARG VIR_FROM_QEMU',
      );
      expect(await refusalOf(domains.setMemory(domain, 96 * 1_048_576, affect.live))).toBe(
        'VIR_ERR_OPERATION_INVALID VIR_FROM_DOMAIN',
      );
    },
  },
  {
    title: 'saves the memory of a VM and goes on from there',
    check: async (subject) => {
      const { domains } = subject.connection;
      const domain = await subject.define();
      await domains.start(domain);
      await domains.managedSave(domain);
      expect(await stateOf(subject, domain.uuid)).toBe('shutoff (saved)');
      expect(await domains.hasManagedSave(domain)).toBe(true);
      expect(await refusalOf(domains.undefine(domain))).toBe('VIR_ERR_OPERATION_INVALID VIR_FROM_QEMU');
      await domains.start(domain);
      expect((await domains.state(domain)).stateName).toBe('running');
      expect(await domains.hasManagedSave(domain)).toBe(false);
    },
  },
  {
    title: 'shows its screen and lends its console to one person at a time',
    check: async (subject) => {
      const { domains } = subject.connection;
      const domain = await subject.define({ devices: `${console_}${screen}` });
      await domains.start(domain);
      const { mimeType, image } = await domains.screenshot(domain);
      expect(['image/png', 'image/x-portable-pixmap']).toContain(mimeType);
      expect(image.length).toBeGreaterThan(100);
      // Read, or the unread output would hold up the whole connection.
      const first = (await domains.openConsole(domain)).resume();
      first.on('error', () => undefined);
      expect(await refusalOf(domains.openConsole(domain))).toBe('VIR_ERR_OPERATION_FAILED VIR_FROM_QEMU');
      first.destroy();
      const second = await vi.waitFor(async () => await domains.openConsole(domain), PATIENCE);
      second.resume().on('error', () => undefined);
      second.destroy();
    },
  },
];

/** Statistics every running QEMU guest has: `virsh domstats` of libvirt 9.0 on Debian 12. */
const runningFields = [
  'state.state',
  'state.reason',
  'cpu.time',
  'cpu.user',
  'cpu.system',
  'balloon.current',
  'balloon.maximum',
  'balloon.rss',
  'vcpu.current',
  'vcpu.maximum',
  'vcpu.0.state',
  'vcpu.0.time',
  'vcpu.0.wait',
  'vcpu.0.delay',
  'block.count',
  'block.0.name',
  'block.0.path',
  'block.0.backingIndex',
  'block.0.rd.reqs',
  'block.0.rd.bytes',
  'block.0.rd.times',
  'block.0.wr.reqs',
  'block.0.wr.bytes',
  'block.0.wr.times',
  'block.0.fl.reqs',
  'block.0.fl.times',
  'block.0.allocation',
  'block.0.capacity',
  'block.0.physical',
] as const;
