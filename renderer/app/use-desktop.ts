import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { useMantineColorScheme } from '@mantine/core';
import { openPalette } from '../ui/command-palette.tsx';
import { setOwnWindowOpener } from '../ui/own-window.ts';
import { baseOf, installationAt, pageBase } from '../ui/page-base.ts';
import { openKeyHelp } from '../ui/key-help.tsx';
import { goToInstallation } from './installations/last-address.ts';

/** An address that names an installation is that one's, and another's is another document. */
function goTo(address: string, navigate: (path: string) => void): void {
  const base = pageBase();
  if (installationAt(address) === '') navigate(address);
  else if (address.startsWith(`${base}/`)) navigate(address.slice(base.length));
  else window.location.assign(address);
}

/** To the installation this window shows already there is nothing to go. */
function switchTo(installation: string): void {
  if (baseOf(installation) !== pageBase()) goToInstallation(installation);
}

/** On the desktop: does what the menu, a notification or an `innkeeper://` link asks of the page. */
export function useDesktop(): void {
  const [, navigate] = useLocation();
  const { toggleColorScheme } = useMantineColorScheme();
  useEffect(() => {
    const { innkeeper } = window;
    if (!innkeeper) return;
    setOwnWindowOpener((path) => void innkeeper.ask('window.open', path));
  }, []);
  useEffect(
    () =>
      window.innkeeper?.onSay((name, value) => {
        // Only addresses of this console: what comes from outside never names another origin.
        if (name === 'navigate' && typeof value === 'string' && /^\/(?!\/)/.test(value))
          goTo(value, navigate);
        else if (name === 'installation' && typeof value === 'string') switchTo(value);
        else if (name === 'palette') openPalette();
        else if (name === 'theme') toggleColorScheme();
        else if (name === 'keys') openKeyHelp();
      }),
    [navigate, toggleColorScheme],
  );
}
