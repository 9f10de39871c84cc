import IconBell from '@tabler/icons-react/dist/esm/icons/IconBell.mjs';
import IconArrowsTransferUpDown from '@tabler/icons-react/dist/esm/icons/IconArrowsTransferUpDown.mjs';
import IconCash from '@tabler/icons-react/dist/esm/icons/IconCash.mjs';
import IconChartBar from '@tabler/icons-react/dist/esm/icons/IconChartBar.mjs';
import IconChecks from '@tabler/icons-react/dist/esm/icons/IconChecks.mjs';
import IconDeviceDesktop from '@tabler/icons-react/dist/esm/icons/IconDeviceDesktop.mjs';
import IconFileInvoice from '@tabler/icons-react/dist/esm/icons/IconFileInvoice.mjs';
import IconFiles from '@tabler/icons-react/dist/esm/icons/IconFiles.mjs';
import IconLayoutDashboard from '@tabler/icons-react/dist/esm/icons/IconLayoutDashboard.mjs';
import IconListCheck from '@tabler/icons-react/dist/esm/icons/IconListCheck.mjs';
import IconPackage from '@tabler/icons-react/dist/esm/icons/IconPackage.mjs';
import IconRepeat from '@tabler/icons-react/dist/esm/icons/IconRepeat.mjs';
import IconReceipt2 from '@tabler/icons-react/dist/esm/icons/IconReceipt2.mjs';
import IconScale from '@tabler/icons-react/dist/esm/icons/IconScale.mjs';
import IconServer2 from '@tabler/icons-react/dist/esm/icons/IconServer2.mjs';
import IconSettings from '@tabler/icons-react/dist/esm/icons/IconSettings.mjs';
import IconStack2 from '@tabler/icons-react/dist/esm/icons/IconStack2.mjs';
import IconTemplate from '@tabler/icons-react/dist/esm/icons/IconTemplate.mjs';
import IconTool from '@tabler/icons-react/dist/esm/icons/IconTool.mjs';
import IconUsers from '@tabler/icons-react/dist/esm/icons/IconUsers.mjs';
import {
  AREA_GROUPS,
  FOOT_AREAS,
  type AreaPath,
  type ConsoleArea,
} from '../../shared/domains/system/console-areas.ts';
import type { IconComponent } from '../ui/icon.ts';

export interface Area extends ConsoleArea {
  icon: IconComponent;
}

const ICONS: Readonly<Record<AreaPath, IconComponent>> = {
  '/': IconLayoutDashboard,
  '/vms': IconDeviceDesktop,
  '/bulk': IconChecks,
  '/hosts': IconServer2,
  '/clusters': IconStack2,
  '/moves': IconArrowsTransferUpDown,
  '/maintenance': IconTool,
  '/capacity': IconChartBar,
  '/templates': IconTemplate,
  '/alerts': IconBell,
  '/customers': IconUsers,
  '/plans': IconPackage,
  '/subscriptions': IconRepeat,
  '/runs': IconReceipt2,
  '/invoices': IconFileInvoice,
  '/documents': IconFiles,
  '/payments': IconCash,
  '/ledger': IconScale,
  '/tasks': IconListCheck,
  '/settings': IconSettings,
};

const drawn = (area: ConsoleArea & { readonly path: AreaPath }): Area => ({
  ...area,
  icon: ICONS[area.path],
});

export const areaGroups: readonly { title: string; roles: readonly string[]; areas: readonly Area[] }[] =
  AREA_GROUPS.map((group) => ({ ...group, areas: group.areas.map(drawn) }));

export const footAreas: readonly Area[] = FOOT_AREAS.map(drawn);

/** Whether an address belongs to an area: `/vms/vm_1` is in VMs, only `/` itself in the overview. */
export function isInArea(areaPath: string, location: string): boolean {
  return areaPath === '/' ? location === '/' : location === areaPath || location.startsWith(`${areaPath}/`);
}
