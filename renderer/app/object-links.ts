import IconDeviceDesktop from '@tabler/icons-react/dist/esm/icons/IconDeviceDesktop.mjs';
import IconFileInvoice from '@tabler/icons-react/dist/esm/icons/IconFileInvoice.mjs';
import IconListCheck from '@tabler/icons-react/dist/esm/icons/IconListCheck.mjs';
import IconPackage from '@tabler/icons-react/dist/esm/icons/IconPackage.mjs';
import IconServer2 from '@tabler/icons-react/dist/esm/icons/IconServer2.mjs';
import IconStack2 from '@tabler/icons-react/dist/esm/icons/IconStack2.mjs';
import IconTemplate from '@tabler/icons-react/dist/esm/icons/IconTemplate.mjs';
import IconUsers from '@tabler/icons-react/dist/esm/icons/IconUsers.mjs';
import type { SearchHit } from '../../shared/domains/system/system-contract.ts';
import type { IconComponent } from '../ui/icon.ts';

/** Address prefix, heading and icon of each kind of object the search finds. */
export const objectKinds: Record<SearchHit['kind'], { path: string; group: string; icon: IconComponent }> = {
  vm: { path: '/vms', group: 'VMs', icon: IconDeviceDesktop },
  cluster: { path: '/clusters', group: 'Clusters', icon: IconStack2 },
  host: { path: '/hosts', group: 'Hosts', icon: IconServer2 },
  template: { path: '/templates', group: 'Templates', icon: IconTemplate },
  customer: { path: '/customers', group: 'Customers', icon: IconUsers },
  plan: { path: '/plans', group: 'Plans', icon: IconPackage },
  invoice: { path: '/invoices', group: 'Invoices', icon: IconFileInvoice },
  task: { path: '/tasks', group: 'Tasks', icon: IconListCheck },
};

export function objectPath(kind: SearchHit['kind'], id: string): string {
  return `${objectKinds[kind].path}/${encodeURIComponent(id)}`;
}
