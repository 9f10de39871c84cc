import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { Router } from 'wouter';
import { useBrowserLocation } from 'wouter/use-browser-location';
import { EngineProvider } from '../../client/engine-context.tsx';
import { InstallationsProvider, useInstallations } from '../../client/installations.tsx';
import type { SpanEngines } from '../../client/span-engines.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import IconMapQuestion from '@tabler/icons-react/dist/esm/icons/IconMapQuestion.mjs';
import { baseOf, installationAt } from '../../ui/page-base.ts';

type Navigate = ReturnType<typeof useBrowserLocation>[1];

/** Addresses of this document are gone to as ever; those of another installation are another document. */
function useLocationWithin(): [string, Navigate] {
  const [location, navigate] = useBrowserLocation();
  return [
    location,
    (to, options) => {
      const target = String(to);
      if (installationAt(target) === installationAt(window.location.pathname)) navigate(target, options);
      else window.location.assign(target);
    },
  ];
}

/** What stands here is of this installation: what it asks, does and links to is that one's, whatever the page around it is of. */
export function WithinInstallation(props: { name: string; engines: SpanEngines; children: ReactNode }) {
  const { name, engines, children } = props;
  const around = useInstallations();
  const here = around.all.find((each) => each.name === name);
  const engine = engines.engineOf(name);
  const value = useMemo(() => ({ ...around, here }), [around, here]);
  if (!engine || !here)
    return (
      <EmptyState icon={IconMapQuestion} title="No such installation">
        The address names one that is not in the settings of this console.
      </EmptyState>
    );
  return (
    <InstallationsProvider value={value}>
      <EngineProvider engine={engine}>
        <Router base={baseOf(name)} hook={useLocationWithin}>
          {children}
        </Router>
      </EngineProvider>
    </InstallationsProvider>
  );
}
