/** What a person may do, by area. Roles (access domain) are sets of these. */
export const PERMISSIONS = [
  'system.read',
  'system.administer',
  'access.read',
  'access.administer',
  'tasks.read',
  'tasks.control',
  'fleet.read',
  'fleet.operate',
  'fleet.administer',
  'alerts.read',
  'alerts.operate',
  'alerts.administer',
  'templates.read',
  'templates.write',
  'customers.read',
  'customers.write',
  'catalog.read',
  'catalog.write',
  'billing.read',
  'billing.write',
] as const;
export type Permission = (typeof PERMISSIONS)[number];
