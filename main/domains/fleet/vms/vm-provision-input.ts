import type { VmCreateInput } from '../../../../shared/domains/fleet/vm-contract.ts';

/** All that the task needs, decided before it starts: names and ids that make every step repeatable. */
export interface VmProvisionInput extends Omit<VmCreateInput, 'hostId' | 'clusterId' | 'firstBootScript'> {
  readonly vmId: string;
  readonly uuid: string;
  readonly hostId: string;
  readonly hostName: string;
  readonly pool: string;
  /** Volumes in that pool; their names hold the VM's id, so they can be nobody else's. */
  readonly diskVolume: string;
  readonly seedVolume: string;
  readonly mac: string;
  readonly kvm: boolean;
  readonly arch: string;
  readonly templateName: string;
  readonly templateVolume: string;
  readonly os: string;
  /** Passwords are written into first-boot scripts. Absent: there is none, or the task has succeeded. */
  readonly sealed?: { readonly firstBootScript: string };
}

/** What the sealed first-boot script of a VM is for. */
export function scriptPurpose(vmId: string): string {
  return `vm:${vmId}:first-boot-script`;
}

/** Volume names of a VM: readable in a listing of the pool, and unique. */
export function volumeNames(name: string, vmId: string): { diskVolume: string; seedVolume: string } {
  const tail = vmId.slice(-8);
  return { diskVolume: `${name}-${tail}.qcow2`, seedVolume: `${name}-${tail}-seed.iso` };
}

/** A MAC address of QEMU's range, fixed by the VM's UUID: the same VM asks DHCP with the same one after a crash in mid-task. */
export function macOf(uuid: string): string {
  const digits = uuid.replaceAll('-', '').slice(-6);
  return `52:54:00:${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}`;
}
