import { useMemo } from 'react';
import { useLocation } from 'wouter';
import IconStack3 from '@tabler/icons-react/dist/esm/icons/IconStack3.mjs';
import IconSwitchHorizontal from '@tabler/icons-react/dist/esm/icons/IconSwitchHorizontal.mjs';
import { useInstallations } from '../../client/installations.tsx';
import type { PaletteItem } from '../../ui/command-palette.tsx';
import { goToInstallation } from './last-address.ts';

/** "Switch to Prague" for the palette. */
export function useInstallationCommands(): readonly PaletteItem[] {
  const { all, here } = useInstallations();
  const [, navigate] = useLocation();
  return useMemo(() => {
    if (all.length === 0) return [];
    const everywhere = {
      id: 'page:/everywhere',
      title: 'VMs of all installations',
      hint: 'g 0',
      group: 'Installations',
      icon: IconStack3,
      run: () => {
        navigate('/everywhere');
      },
    };
    return [
      everywhere,
      ...all
        .map((each, at) => ({
          id: `installation:${each.name}`,
          title: `Switch to ${each.label}`,
          hint: at < 9 ? `g ${at + 1}` : '',
          group: 'Installations',
          icon: IconSwitchHorizontal,
          run: () => {
            goToInstallation(each.name);
          },
        }))
        .filter((_, at) => all[at] !== here),
    ];
  }, [all, here, navigate]);
}
