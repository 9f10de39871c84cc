import { useCallback, useMemo } from 'react';
import { useLocation } from 'wouter';
import { useMantineColorScheme } from '@mantine/core';
import IconBell from '@tabler/icons-react/dist/esm/icons/IconBell.mjs';
import IconBookmark from '@tabler/icons-react/dist/esm/icons/IconBookmark.mjs';
import IconHistory from '@tabler/icons-react/dist/esm/icons/IconHistory.mjs';
import IconMoon from '@tabler/icons-react/dist/esm/icons/IconMoon.mjs';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import { useEngine } from '../client/engine-context.tsx';
import { useQuery } from '../client/use-query.ts';
import { CommandPalette } from '../ui/command-palette.tsx';
import type { PaletteItem } from '../ui/command-palette.tsx';
import type { QueriedList } from '../../shared/domains/queries/queries-contract.ts';
import type { SearchHit } from '../../shared/domains/system/system-contract.ts';
import { formatDatesIn } from '../ui/format.ts';
import { areaGroups, footAreas } from './areas.ts';
import { useInstallationCommands } from './installations/installation-commands.ts';
import { objectKinds, objectPath } from './object-links.ts';

/** Commands that have a page of their own. */
const NEW_PAGES = [
  { path: '/vms/new', title: 'New VM…' },
  { path: '/hosts/new', title: 'Connect a hypervisor…' },
  { path: '/hosts/import', title: 'Import hosts from CSV…' },
  { path: '/clusters/new', title: 'New cluster…' },
  { path: '/templates/new', title: 'Import an image…' },
  { path: '/customers/new', title: 'New customer…' },
  { path: '/plans/new', title: 'New plan…' },
  { path: '/subscriptions/new', title: 'Start a subscription…' },
  { path: '/invoices/new', title: 'New invoice…' },
];

/** Pages behind the tabs of the alerts. */
const ALERT_PAGES = [
  { path: '/alerts/history', title: 'Alert history' },
  { path: '/alerts/rules', title: 'Alert rules' },
  { path: '/alerts/channels', title: 'Alert channels (mail, webhook, Slack, Telegram)' },
  { path: '/alerts/silences', title: 'Silences' },
];
/** `hosts` → `Hosts`, as its page is headed. */
function listWords(list: QueriedList): string {
  return list === 'vms' ? 'VMs' : list.charAt(0).toUpperCase() + list.slice(1);
}

/** The palette with this console's pages, commands and what the engine finds. */
export function Palette() {
  const { client } = useEngine();
  const [, navigate] = useLocation();
  const { toggleColorScheme } = useMantineColorScheme();
  const commands = useMemo<PaletteItem[]>(() => {
    const pages = [...areaGroups.flatMap((group) => group.areas), ...footAreas].map((area) => ({
      id: `page:${area.path}`,
      title: area.label,
      hint: `g ${area.key}`,
      group: 'Go to',
      icon: area.icon,
      run: () => {
        navigate(area.path);
      },
    }));
    const fresh = NEW_PAGES.map((each) => ({
      id: `new:${each.path}`,
      title: each.title,
      group: 'Commands',
      icon: IconPlus,
      run: () => {
        navigate(each.path);
      },
    }));
    return [
      ...pages,
      ...fresh,
      ...ALERT_PAGES.map((each) => ({
        id: `page:${each.path}`,
        title: each.title,
        group: 'Go to',
        icon: IconBell,
        run: () => {
          navigate(each.path);
        },
      })),
      {
        id: 'page:/activity',
        title: 'Activity (audit log)',
        group: 'Go to',
        icon: IconHistory,
        run: () => {
          navigate('/activity');
        },
      },
      {
        id: 'theme',
        title: 'Switch dark and light',
        group: 'Commands',
        icon: IconMoon,
        run: toggleColorScheme,
      },
    ];
  }, [navigate, toggleColorScheme]);
  const saved = useQuery('queries.savedQueryList', {}, { topics: ['saved'] });
  const queries = useMemo<PaletteItem[]>(
    () =>
      (saved.data?.rows ?? []).map((each) => ({
        id: `query:${each.id}`,
        title: `${listWords(each.list)}: ${each.name}`,
        hint: each.query,
        group: 'Saved queries',
        icon: IconBookmark,
        run: () => {
          const params = new URLSearchParams({
            query: each.query,
            ...(each.sort === '' ? {} : { sort: each.sort }),
          });
          navigate(`/${each.list}?${params.toString()}`);
        },
      })),
    [saved.data, navigate],
  );
  const itemOf = useCallback(
    (kind: SearchHit['kind'], id: string, title: string, hint: string): PaletteItem => ({
      id: `${kind}:${id}`,
      title,
      hint: formatDatesIn(hint),
      group: objectKinds[kind].group,
      icon: objectKinds[kind].icon,
      run: () => {
        navigate(objectPath(kind, id));
      },
    }),
    [navigate],
  );
  const find = useCallback(
    async (text: string, signal: AbortSignal) => {
      const { hits } = await client.query('system.search', { text }, signal);
      return hits.map((hit) => itemOf(hit.kind, hit.id, hit.title, hit.subtitle));
    },
    [client, itemOf],
  );
  const revive = useCallback(
    (recent: { id: string; title: string; hint: string }) => {
      const [kind = '', ...rest] = recent.id.split(':');
      return kind in objectKinds
        ? itemOf(kind as SearchHit['kind'], rest.join(':'), recent.title, recent.hint)
        : null;
    },
    [itemOf],
  );
  const installations = useInstallationCommands();
  const all = useMemo(() => [...commands, ...installations, ...queries], [commands, installations, queries]);
  return <CommandPalette commands={all} find={find} revive={revive} />;
}
