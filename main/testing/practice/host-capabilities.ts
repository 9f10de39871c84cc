import { cpuCount } from './host-hardware.ts';
import type { HostHardware } from './host-hardware.ts';

const features =
  'x2apic tsc-deadline osxsave hypervisor tsc_adjust spec-ctrl stibp arch-capabilities ssbd xsaves cmp_legacy invtsc virt-ssbd rdctl-no skip-l1dfl-vmentry mds-no pschange-mc-no'.split(
    ' ',
  );

function machineLines(): string {
  const machine = (name: string, max: number, alias?: string): string =>
    `      <machine${alias === undefined ? '' : ` canonical='${name}'`} maxCpus='${max}'>${alias ?? name}</machine>`;
  return [
    machine('pc-i440fx-7.2', 255),
    machine('pc-i440fx-7.2', 255, 'pc'),
    machine('pc-i440fx-6.2', 255),
    machine('pc-i440fx-5.2', 255),
    machine('pc-q35-7.2', 288),
    machine('pc-q35-7.2', 288, 'q35'),
    machine('pc-q35-6.2', 288),
    machine('pc-q35-5.2', 288),
  ].join('\n');
}

function cellsXml(hardware: HostHardware): string {
  const perCell = cpuCount(hardware) / hardware.sockets;
  const cells = Array.from({ length: hardware.sockets }, (_, cell) => {
    const cpus = Array.from({ length: perCell }, (__, index) => {
      const id = cell * perCell + index;
      const core = Math.floor(index / hardware.threadsPerCore);
      const first = cell * perCell + core * hardware.threadsPerCore;
      return `            <cpu id='${id}' socket_id='${cell}' die_id='0' core_id='${core}' siblings='${first}-${first + hardware.threadsPerCore - 1}'/>`;
    });
    const memory = Math.floor(hardware.memoryKiB / hardware.sockets);
    return `        <cell id='${cell}'>
          <memory unit='KiB'>${memory}</memory>
          <pages unit='KiB' size='4'>${Math.floor(memory / 4)}</pages>
          <pages unit='KiB' size='2048'>0</pages>
          <distances>
            <sibling id='0' value='${cell === 0 ? 10 : 32}'/>
            <sibling id='1' value='${cell === 0 ? 32 : 10}'/>
          </distances>
          <cpus num='${perCell}'>
${cpus.join('\n')}
          </cpus>
        </cell>`;
  });
  return cells.join('\n');
}

/** `virsh capabilities` of a machine with AMD's second EPYC and KVM, Debian 12. */
export function capabilitiesXml(hardware: HostHardware): string {
  return `<capabilities>

  <host>
    <uuid>${hardware.uuid}</uuid>
    <cpu>
      <arch>x86_64</arch>
      <model>EPYC-Rome</model>
      <vendor>AMD</vendor>
      <microcode version='137367679'/>
      <signature family='23' model='49' stepping='0'/>
      <counter name='tsc' frequency='${hardware.mhz * 1_000_000}' scaling='no'/>
      <topology sockets='1' dies='1' cores='${hardware.coresPerSocket}' threads='${hardware.threadsPerCore}'/>
      <maxphysaddr mode='emulate' bits='48'/>
${features.map((name) => `      <feature name='${name}'/>`).join('\n')}
      <pages unit='KiB' size='4'/>
      <pages unit='KiB' size='2048'/>
      <pages unit='KiB' size='1048576'/>
    </cpu>
    <power_management>
      <suspend_mem/>
    </power_management>
    <iommu support='yes'/>
    <migration_features>
      <live/>
      <uri_transports>
        <uri_transport>tcp</uri_transport>
        <uri_transport>rdma</uri_transport>
      </uri_transports>
    </migration_features>
    <topology>
      <cells num='${hardware.sockets}'>
${cellsXml(hardware)}
      </cells>
    </topology>
    <secmodel>
      <model>apparmor</model>
      <doi>0</doi>
    </secmodel>
    <secmodel>
      <model>dac</model>
      <doi>0</doi>
      <baselabel type='kvm'>+64055:+64055</baselabel>
      <baselabel type='qemu'>+64055:+64055</baselabel>
    </secmodel>
  </host>

  <guest>
    <os_type>hvm</os_type>
    <arch name='x86_64'>
      <wordsize>64</wordsize>
      <emulator>/usr/bin/qemu-system-x86_64</emulator>
${machineLines()}
      <domain type='qemu'/>
      <domain type='kvm'/>
    </arch>
    <features>
      <acpi default='on' toggle='yes'/>
      <apic default='on' toggle='no'/>
      <cpuselection/>
      <deviceboot/>
      <disksnapshot default='on' toggle='no'/>
    </features>
  </guest>

</capabilities>
`;
}

function enumXml(name: string, values: readonly string[], indent: string): string {
  const lines = values.map((value) => `${indent}  <value>${value}</value>`);
  return [`${indent}<enum name='${name}'>`, ...lines, `${indent}</enum>`].join('\n');
}

function deviceXml(name: string, enums: Readonly<Record<string, readonly string[]>>): string {
  const inner = Object.entries(enums).map(([key, values]) => enumXml(key, values, '      '));
  return [`    <${name} supported='yes'>`, ...inner, `    </${name}>`].join('\n');
}

/** `virsh domcapabilities`: what a new VM may be made of here. */
export function domainCapabilitiesXml(machine: string, type: string): string {
  return `<domainCapabilities>
  <path>/usr/bin/qemu-system-x86_64</path>
  <domain>${type}</domain>
  <machine>${machine}</machine>
  <arch>x86_64</arch>
  <vcpu max='${machine.includes('q35') ? 288 : 255}'/>
  <iothreads supported='yes'/>
  <os supported='yes'>
${enumXml('firmware', ['efi'], '    ')}
    <loader supported='yes'>
      <value>/usr/share/OVMF/OVMF_CODE_4M.fd</value>
${enumXml('type', ['rom', 'pflash'], '      ')}
${enumXml('readonly', ['yes', 'no'], '      ')}
${enumXml('secure', ['no'], '      ')}
    </loader>
  </os>
  <cpu>
    <mode name='host-passthrough' supported='yes'>
${enumXml('hostPassthroughMigratable', ['on', 'off'], '      ')}
    </mode>
    <mode name='maximum' supported='yes'>
${enumXml('maximumMigratable', ['on', 'off'], '      ')}
    </mode>
    <mode name='host-model' supported='yes'>
      <model fallback='forbid'>EPYC-Rome</model>
      <vendor>AMD</vendor>
      <feature policy='require' name='x2apic'/>
      <feature policy='require' name='hypervisor'/>
    </mode>
    <mode name='custom' supported='yes'>
      <model usable='yes' vendor='unknown'>qemu64</model>
      <model usable='yes' vendor='unknown'>kvm64</model>
      <model usable='yes' vendor='AMD'>EPYC-Rome</model>
      <model usable='yes' vendor='AMD'>EPYC</model>
      <model usable='no' vendor='Intel'>Icelake-Server</model>
    </mode>
  </cpu>
  <memoryBacking supported='yes'>
${enumXml('sourceType', ['file', 'anonymous', 'memfd'], '    ')}
  </memoryBacking>
  <devices>
${deviceXml('disk', { diskDevice: ['disk', 'cdrom', 'floppy', 'lun'], bus: ['ide', 'fdc', 'scsi', 'virtio', 'usb', 'sata'], model: ['virtio', 'virtio-transitional', 'virtio-non-transitional'] })}
${deviceXml('graphics', { type: ['sdl', 'vnc', 'spice', 'egl-headless', 'dbus'] })}
${deviceXml('video', { modelType: ['vga', 'cirrus', 'virtio', 'qxl', 'none', 'bochs', 'ramfb'] })}
${deviceXml('hostdev', { mode: ['subsystem'], startupPolicy: ['default', 'mandatory', 'requisite', 'optional'], subsysType: ['usb', 'pci', 'scsi'] })}
${deviceXml('rng', { model: ['virtio', 'virtio-transitional', 'virtio-non-transitional'], backendModel: ['random', 'egd', 'builtin'] })}
${deviceXml('filesystem', { driverType: ['path', 'handle', 'virtiofs'] })}
${deviceXml('tpm', { model: ['tpm-tis', 'tpm-crb'], backendModel: ['passthrough', 'emulator', 'external'] })}
  </devices>
  <features>
    <gic supported='no'/>
    <vmcoreinfo supported='yes'/>
    <genid supported='yes'/>
    <backingStoreInput supported='yes'/>
    <backup supported='yes'/>
    <sev supported='no'/>
    <sgx supported='no'/>
  </features>
</domainCapabilities>
`;
}
