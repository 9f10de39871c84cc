/** How a host stands with us: `slow` answers late, `refused` lets us in no more. */
export const HOST_STATES = [
  'connecting',
  'connected',
  'slow',
  'unreachable',
  'key-changed',
  'refused',
] as const;

/** Whether VMs may be put on a host: `evacuating` while they are being moved away, `maintenance` while it is held empty. */
export const HOST_MAINTENANCE = ['active', 'evacuating', 'maintenance'] as const;
export type HostMaintenance = (typeof HOST_MAINTENANCE)[number];

/** Why nothing new is put on a host; empty where it may be. Completes "hv1: …". */
export function maintenanceReason(maintenance: HostMaintenance): string {
  if (maintenance === 'active') return '';
  return maintenance === 'evacuating' ? 'it is being evacuated' : 'it is in maintenance';
}
