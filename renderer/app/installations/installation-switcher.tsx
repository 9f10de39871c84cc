import './installation-switcher.css';
import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { Menu } from '@mantine/core';
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import IconSelector from '@tabler/icons-react/dist/esm/icons/IconSelector.mjs';
import IconStack3 from '@tabler/icons-react/dist/esm/icons/IconStack3.mjs';
import type { InstallationFacts } from '../../../shared/contract/installation.ts';
import { useInstallations } from '../../client/installations.tsx';
import { useRailFolded } from '../../ui/app-frame.tsx';
import { useKeys } from '../../ui/keys.ts';
import type { KeyBinding } from '../../ui/keys.ts';
import { installationAt } from '../../ui/page-base.ts';
import { goToInstallation } from './last-address.ts';

const GROUP = 'Installations';

/** `g 1` to `g 9` switch, `g 0` shows all, `i` opens the list. */
function useSwitchKeys(
  all: readonly InstallationFacts[],
  { open, navigate }: { open: () => void; navigate: (path: string) => void },
): void {
  useKeys(
    useMemo<readonly KeyBinding[]>(() => {
      if (all.length === 0) return [];
      const direct = all.slice(0, 9).map((each, at) => ({
        keys: `g ${at + 1}`,
        label: each.label,
        group: GROUP,
        run: () => {
          goToInstallation(each.name);
        },
      }));
      const everywhere = {
        keys: 'g 0',
        label: 'VMs of all installations',
        group: GROUP,
        run: () => {
          navigate('/everywhere');
        },
      };
      return [{ keys: 'i', label: 'Switch to another', group: GROUP, run: open }, everywhere, ...direct];
    }, [all, open, navigate]),
  );
}

/** First letters of a label, for the folded rail. */
const initials = (label: string): string => label.slice(0, 2);

/** Which installation this is, always on screen, and the way to another. Nothing where there is only one store. */
export function InstallationSwitcher() {
  const { all, here } = useInstallations();
  const [opened, setOpened] = useState(false);
  const [, navigate] = useLocation();
  const folded = useRailFolded();
  const open = useMemo(() => () => setOpened(true), []);
  useSwitchKeys(all, { open, navigate });
  if (all.length === 0) return null;
  const label = here?.label ?? installationAt(window.location.pathname);
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-start" width={240}>
      <Menu.Target>
        <button type="button" className="ik-switcher" aria-label={`Installation: ${label}`}>
          <span className="ik-switcher-dot" />
          <span className="ik-el">{folded ? initials(label) : label}</span>
          {folded ? null : <IconSelector size={14} className="ik-end ik-t3" aria-hidden />}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Installations</Menu.Label>
        {all.map((each, at) => (
          <Menu.Item
            key={each.name}
            aria-current={each === here ? 'true' : undefined}
            leftSection={<span className="ik-switcher-dot" data-colour={each.colour ?? 'none'} />}
            rightSection={
              each === here ? <IconCheck size={14} aria-hidden /> : at < 9 ? <kbd>g {at + 1}</kbd> : null
            }
            onClick={() => {
              if (each !== here) goToInstallation(each.name);
            }}
          >
            {each.label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconStack3 size={14} aria-hidden />}
          rightSection={<kbd>g 0</kbd>}
          onClick={() => {
            navigate('/everywhere');
          }}
        >
          VMs of all installations
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
