import { useMemo } from 'react';
import { useLocation } from 'wouter';
import IconAlertTriangleFilled from '@tabler/icons-react/dist/esm/icons/IconAlertTriangleFilled.mjs';
import IconAlertCircle from '@tabler/icons-react/dist/esm/icons/IconAlertCircle.mjs';
import { useQuery } from '../client/use-query.ts';
import { formatCount } from '../ui/format.ts';
import { useKeys } from '../ui/keys.ts';
import { Rail } from '../ui/rail.tsx';
import type { RailEntry } from '../ui/rail.tsx';
import { areaGroups, footAreas, isInArea } from './areas.ts';
import type { Area } from './areas.ts';
import { InstallationSwitcher } from './installations/installation-switcher.tsx';
import { useOverview } from './overview/use-overview.ts';

const NO_COUNTS: Record<string, RailEntry['count']> = {};

/** Figures of the rail, from the overview: how many VMs, and what needs a look. */
function useCounts(): Record<string, RailEntry['count']> {
  const overview = useOverview();
  return useMemo(() => {
    if (!overview.data) return NO_COUNTS;
    const of = (key: string): number =>
      overview.data?.exceptions.find((each) => each.key === key)?.count ?? 0;
    const unreachable = of('hosts-unreachable') + of('network-down');
    const failed = of('tasks-failed');
    const alerts = overview.data.exceptions.find((each) => each.key === 'alerts-firing');
    const overdue = of('invoices-overdue');
    return {
      '/vms': { text: formatCount(overview.data.vms) },
      '/hosts':
        unreachable > 0
          ? { text: formatCount(unreachable), tone: 'bad', icon: IconAlertTriangleFilled }
          : { text: formatCount(overview.data.hosts) },
      '/alerts': alerts
        ? {
            text: formatCount(alerts.count),
            tone: alerts.severity === 'critical' ? 'bad' : 'warn',
            icon: IconAlertTriangleFilled,
          }
        : undefined,
      '/tasks': failed > 0 ? { text: formatCount(failed), tone: 'bad', icon: IconAlertCircle } : undefined,
      '/invoices':
        overdue > 0 ? { text: formatCount(overdue), tone: 'warn', icon: IconAlertTriangleFilled } : undefined,
    };
  }, [overview.data]);
}

/** The rail: a role's own group first; `g` and a letter go anywhere. */
export function AppRail() {
  const [location, navigate] = useLocation();
  const counts = useCounts();
  const me = useQuery('access.whoAmI', {}, { topics: ['person'] });
  const role = me.data?.role ?? 'administrator';
  useKeys(
    useMemo(
      () =>
        [...areaGroups.flatMap((group) => group.areas), ...footAreas].map((area) => ({
          keys: `g ${area.key}`,
          label: area.label,
          group: 'Go to',
          run: () => {
            navigate(area.path);
          },
        })),
      [navigate],
    ),
  );
  const entry = (area: Area): RailEntry => ({
    path: area.path,
    label: area.label,
    icon: area.icon,
    current: isInArea(area.path, location),
    count: counts[area.path],
  });
  const own = (group: { roles: readonly string[] }): number => (group.roles.includes(role) ? 0 : 1);
  const groups = areaGroups
    .toSorted((a, b) => own(a) - own(b))
    .map((group) => ({ title: group.title, entries: group.areas.map(entry) }));
  return <Rail head={<InstallationSwitcher />} groups={groups} foot={footAreas.map(entry)} />;
}
