/** For tests: XML of a guest small enough for any machine. QEMU without KVM runs its BIOS, which is all these tests need. */
export function trialGuestXml(guest: {
  readonly name: string;
  readonly uuid: string;
  readonly diskPath: string;
}): string {
  return `<domain type='qemu'>
  <name>${guest.name}</name>
  <uuid>${guest.uuid}</uuid>
  <memory unit='MiB'>64</memory>
  <currentMemory unit='MiB'>32</currentMemory>
  <vcpu current='1'>2</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><bios useserial='yes'/></os>
  <features><acpi/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='${guest.diskPath}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='user'><mac address='52:54:00:11:22:33'/><model type='virtio'/></interface>
    <serial type='pty'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <graphics type='vnc' listen='127.0.0.1' autoport='yes'/>
    <video><model type='vga'/></video>
    <memballoon model='virtio'/>
  </devices>
</domain>`;
}

/** XML of a volume, qcow2 unless it says otherwise; version 3 of it, because libvirt's default cannot hold checkpoints. */
export function volumeXml(volume: {
  readonly name: string;
  readonly capacityBytes: number;
  readonly format?: string;
}): string {
  return `<volume><name>${volume.name}</name><capacity unit='bytes'>${volume.capacityBytes}</capacity>
  <target><format type='${volume.format ?? 'qcow2'}'/>${volume.format === 'raw' ? '' : '<compat>1.1</compat>'}</target></volume>`;
}

export function directoryPoolXml(pool: { readonly name: string; readonly path: string }): string {
  return `<pool type='dir'><name>${pool.name}</name><target><path>${pool.path}</path></target></pool>`;
}
