import { PERMISSIONS, type Permission } from '../../contract/permission.ts';

const reading = PERMISSIONS.filter((p) => p.endsWith('.read'));

/** Roles and what each may do. Everybody sees everything: hiding facts from colleagues makes accidents. */
export const ROLES = {
  administrator: [...PERMISSIONS],
  sysadmin: [
    ...reading,
    'tasks.control',
    'fleet.operate',
    'fleet.administer',
    'alerts.operate',
    'alerts.administer',
    'templates.write',
  ],
  migration: [...reading, 'tasks.control', 'fleet.operate', 'alerts.operate'],
  accountant: [...reading, 'customers.write', 'catalog.write', 'billing.write', 'metering.write'],
  observer: [...reading],
} as const satisfies Record<string, readonly Permission[]>;
export type Role = keyof typeof ROLES;

export function mayDo(role: Role, permission: Permission | null): boolean {
  return permission === null || (ROLES[role] as readonly Permission[]).includes(permission);
}
