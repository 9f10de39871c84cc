import { escapeXml } from '../../../platform/xml/xml-edit.ts';
import type { VmProvisionInput } from './vm-provision-input.ts';

/**
 * The libvirt domain of a new VM (format: libvirt's formatdomain). Disk and NIC are virtio; the seed hangs on virtio-scsi, which every kernel
 * that knows virtio has, while some cloud kernels lack AHCI and IDE. The agent's channel, a serial console, VNC on the host's
 * loopback (reached through SSH only), balloon statistics every 5 s for what the guest really uses.
 */
export function vmDomainXml(vm: VmProvisionInput, paths: { disk: string; seed: string }): string {
  const source =
    vm.network.kind === 'network'
      ? `<interface type='network'><mac address='${vm.mac}'/><source network='${escapeXml(vm.network.name)}'/><model type='virtio'/></interface>`
      : `<interface type='bridge'><mac address='${vm.mac}'/><source bridge='${escapeXml(vm.network.name)}'/><model type='virtio'/></interface>`;
  // Without KVM the translation cache, not the guest's memory, dominates what QEMU takes; 64 MiB is plenty for a server.
  const features = `<features><acpi/><apic/>${vm.kvm ? '' : "<tcg><tb-cache unit='MiB'>64</tb-cache></tcg>"}</features>`;
  const cpu = vm.kvm
    ? "<cpu mode='host-model' check='partial'/>"
    : "<cpu mode='custom' match='exact' check='none'><model fallback='allow'>qemu64</model></cpu>";
  return `<domain type='${vm.kvm ? 'kvm' : 'qemu'}'>
  <name>${escapeXml(vm.name)}</name>
  <uuid>${vm.uuid}</uuid>
  <metadata><innkeeper:vm xmlns:innkeeper='https://innkeeper.example/ns/vm/1' id='${vm.vmId}'/></metadata>
  <memory unit='b'>${vm.memoryBytes}</memory>
  <vcpu placement='static'>${vm.vcpus}</vcpu>
  <os><type arch='${escapeXml(vm.arch)}'>hvm</type><boot dev='hd'/></os>
  ${features}
  ${cpu}
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2' discard='unmap'/><source file='${escapeXml(paths.disk)}'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='${escapeXml(paths.seed)}'/><target dev='sda' bus='scsi'/><readonly/></disk>
    <controller type='scsi' model='virtio-scsi'/>
    ${source}
    <serial type='pty'><target port='0'/></serial>
    <console type='pty'><target type='serial' port='0'/></console>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <graphics type='vnc' autoport='yes' listen='127.0.0.1'/>
    <video><model type='vga'/></video>
    <memballoon model='virtio'><stats period='5'/></memballoon>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>`;
}

/** A volume of a directory pool. libvirt would make qcow2 of version 2, which knows no dirty bitmaps and so no incremental backup. */
export function volumeXml(volume: { name: string; format: 'qcow2' | 'raw'; capacityBytes: number }): string {
  return `<volume><name>${escapeXml(volume.name)}</name><capacity unit='bytes'>${volume.capacityBytes}</capacity><allocation unit='bytes'>0</allocation><target><format type='${volume.format}'/>${volume.format === 'qcow2' ? '<compat>1.1</compat>' : ''}</target></volume>`;
}
