import { Menu, useMantineColorScheme } from '@mantine/core';
import { useLocation } from 'wouter';
import IconClockExclamation from '@tabler/icons-react/dist/esm/icons/IconClockExclamation.mjs';
import IconDeviceDesktop from '@tabler/icons-react/dist/esm/icons/IconDeviceDesktop.mjs';
import IconMoon from '@tabler/icons-react/dist/esm/icons/IconMoon.mjs';
import IconPlugConnectedX from '@tabler/icons-react/dist/esm/icons/IconPlugConnectedX.mjs';
import IconSun from '@tabler/icons-react/dist/esm/icons/IconSun.mjs';
import { useInstallations } from '../client/installations.tsx';
import { useConnection, useQuery } from '../client/use-query.ts';
import { openPalette } from '../ui/command-palette.tsx';
import { formatCount, formatDuration } from '../ui/format.ts';
import { useNow } from '../ui/moment.tsx';
import { Avatar, EnvironmentChip, Freshness, TopBar } from '../ui/top-bar.tsx';
import { useOverview } from './overview/use-overview.ts';

/** "Live", or what is not: the connection first, then hosts that are not heard. */
function AppFreshness() {
  const connection = useConnection();
  const overview = useOverview();
  const nowMs = useNow();
  if (connection.state === 'incompatible') {
    return (
      <Freshness tone="bad" icon={IconPlugConnectedX}>
        The engine is version {connection.version}: load the page again
      </Freshness>
    );
  }
  if (connection.state === 'another-store') {
    return (
      <Freshness tone="bad" icon={IconPlugConnectedX}>
        Another store answers: load the page again
      </Freshness>
    );
  }
  if (connection.state === 'unavailable') {
    return (
      <Freshness tone="bad" icon={IconPlugConnectedX}>
        Not open, {formatDuration(nowMs - connection.sinceMs)}
      </Freshness>
    );
  }
  if (connection.state === 'reconnecting') {
    return (
      <Freshness tone="warn" icon={IconPlugConnectedX}>
        Reconnecting, {formatDuration(nowMs - connection.sinceMs)}
      </Freshness>
    );
  }
  if (connection.state === 'connecting' || !overview.data)
    return <Freshness tone="warn">Connecting</Freshness>;
  const unheard = overview.data.hostsUnheard;
  if (unheard.length > 0) {
    return (
      <Freshness tone="warn" icon={IconClockExclamation}>
        {formatCount(overview.data.hosts - unheard.length)} of {formatCount(overview.data.hosts)} hosts live
        {unheard.length === 1 ? `, ${unheard[0]} is old` : ''}
      </Freshness>
    );
  }
  return <Freshness tone="ok">Live</Freshness>;
}

function WhoMenu() {
  const me = useQuery('access.whoAmI', {}, { topics: ['person'] });
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [, navigate] = useLocation();
  const name = me.data?.name ?? '';
  const schemes = [
    { value: 'auto', label: 'As the system', icon: IconDeviceDesktop },
    { value: 'dark', label: 'Dark', icon: IconMoon },
    { value: 'light', label: 'Light', icon: IconSun },
  ] as const;
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <button type="button" className="ik-who">
          <Avatar name={name} />
          <span>
            {name}
            <span className="ik-t3"> · {me.data?.role ?? '…'}</span>
          </span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Theme</Menu.Label>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(scheme) => {
            setColorScheme(scheme as typeof colorScheme);
          }}
        >
          {schemes.map((scheme) => (
            <Menu.RadioItem key={scheme.value} value={scheme.value} closeMenuOnClick>
              <span className="ik-row">
                <scheme.icon size={14} aria-hidden />
                {scheme.label}
              </span>
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item
          onClick={() => {
            navigate('/settings');
          }}
        >
          Settings
        </Menu.Item>
        <Menu.Item
          onClick={() => {
            navigate('/activity');
          }}
        >
          Activity
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** The top bar with what it shows of the engine. */
export function AppTop() {
  const about = useQuery('system.about', {}, { topics: ['environment', 'host'] });
  const { here } = useInstallations();
  const store = about.data?.store;
  const own = about.data?.environment.name ?? '…';
  const environment = here && here.label !== own ? `${here.label} · ${own}` : own;
  return (
    <TopBar
      environment={
        <EnvironmentChip
          name={environment}
          store={store && `${store.kind === 'postgres' ? 'PG' : 'SQLite'} ${shortAddress(store.address)}`}
        />
      }
      freshness={<AppFreshness />}
      who={<WhoMenu />}
      onSearch={openPalette}
    />
  );
}

/** What tells two stores apart: `innkeeper@db1` of a PostgreSQL address, the file's name of an embedded store. */
function shortAddress(address: string): string {
  const url = URL.parse(address);
  const name = address.split('/').at(-1)?.split('?')[0] ?? address;
  return url?.protocol.startsWith('postgres') && url.hostname ? `${name}@${url.hostname}` : name;
}
