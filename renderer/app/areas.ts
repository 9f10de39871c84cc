import IconBell from '@tabler/icons-react/dist/esm/icons/IconBell.mjs';
import IconArrowsTransferUpDown from '@tabler/icons-react/dist/esm/icons/IconArrowsTransferUpDown.mjs';
import IconChartBar from '@tabler/icons-react/dist/esm/icons/IconChartBar.mjs';
import IconChecks from '@tabler/icons-react/dist/esm/icons/IconChecks.mjs';
import IconDeviceDesktop from '@tabler/icons-react/dist/esm/icons/IconDeviceDesktop.mjs';
import IconFileInvoice from '@tabler/icons-react/dist/esm/icons/IconFileInvoice.mjs';
import IconLayoutDashboard from '@tabler/icons-react/dist/esm/icons/IconLayoutDashboard.mjs';
import IconListCheck from '@tabler/icons-react/dist/esm/icons/IconListCheck.mjs';
import IconPackage from '@tabler/icons-react/dist/esm/icons/IconPackage.mjs';
import IconRepeat from '@tabler/icons-react/dist/esm/icons/IconRepeat.mjs';
import IconScale from '@tabler/icons-react/dist/esm/icons/IconScale.mjs';
import IconServer2 from '@tabler/icons-react/dist/esm/icons/IconServer2.mjs';
import IconSettings from '@tabler/icons-react/dist/esm/icons/IconSettings.mjs';
import IconStack2 from '@tabler/icons-react/dist/esm/icons/IconStack2.mjs';
import IconTemplate from '@tabler/icons-react/dist/esm/icons/IconTemplate.mjs';
import IconTool from '@tabler/icons-react/dist/esm/icons/IconTool.mjs';
import IconUsers from '@tabler/icons-react/dist/esm/icons/IconUsers.mjs';
import type { IconComponent } from '../ui/icon.ts';

export interface Area {
  path: string;
  label: string;
  icon: IconComponent;
  /** Second key after `g`. */
  key: string;
}

/** The areas of this release, grouped by who works there. Nothing stands here that has no page. */
export const areaGroups: readonly { title: string; roles: readonly string[]; areas: readonly Area[] }[] = [
  {
    title: 'Operate',
    roles: ['administrator', 'sysadmin', 'migration', 'observer'],
    areas: [
      { path: '/', label: 'Overview', icon: IconLayoutDashboard, key: 'o' },
      { path: '/vms', label: 'VMs', icon: IconDeviceDesktop, key: 'v' },
      { path: '/bulk', label: 'Bulk actions', icon: IconChecks, key: 'a' },
      { path: '/hosts', label: 'Hosts', icon: IconServer2, key: 'h' },
      { path: '/clusters', label: 'Clusters', icon: IconStack2, key: 'u' },
      { path: '/moves', label: 'Moves', icon: IconArrowsTransferUpDown, key: 'm' },
      { path: '/maintenance', label: 'Maintenance', icon: IconTool, key: 'w' },
      { path: '/capacity', label: 'Capacity', icon: IconChartBar, key: 'y' },
      { path: '/templates', label: 'Templates', icon: IconTemplate, key: 't' },
      { path: '/alerts', label: 'Alerts', icon: IconBell, key: 'e' },
    ],
  },
  {
    title: 'Sell and bill',
    roles: ['accountant'],
    areas: [
      { path: '/customers', label: 'Customers', icon: IconUsers, key: 'c' },
      { path: '/plans', label: 'Plans', icon: IconPackage, key: 'p' },
      { path: '/subscriptions', label: 'Subscriptions', icon: IconRepeat, key: 'b' },
      { path: '/invoices', label: 'Invoices', icon: IconFileInvoice, key: 'i' },
      { path: '/ledger', label: 'Ledger', icon: IconScale, key: 'l' },
    ],
  },
];

export const footAreas: readonly Area[] = [
  { path: '/tasks', label: 'Tasks', icon: IconListCheck, key: 'k' },
  { path: '/settings', label: 'Settings', icon: IconSettings, key: 's' },
];

/** Whether an address belongs to an area: `/vms/vm_1` is in VMs, only `/` itself in the overview. */
export function isInArea(areaPath: string, location: string): boolean {
  return areaPath === '/' ? location === '/' : location === areaPath || location.startsWith(`${areaPath}/`);
}
