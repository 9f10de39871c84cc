import './layers.css';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './mantine-styles.ts';
import './tokens.css';
import './base.css';
import './mantine.css';
import './frame.css';
import type { ReactNode } from 'react';
import { MantineProvider, localStorageColorSchemeManager } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { cssVariables, theme } from './theme.ts';

const schemeManager = localStorageColorSchemeManager({ key: 'ik.scheme' });

/** Everything a screen needs around it: theme (following the system until told otherwise), fonts, styles, toasts. */
export function UiProvider({ children }: { children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      colorSchemeManager={schemeManager}
    >
      {children}
      <Notifications position="bottom-right" limit={4} containerWidth={360} transitionDuration={140} />
    </MantineProvider>
  );
}
