import { useEffect } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { useInstallations } from '../client/installations.tsx';
import { useQuery } from '../client/use-query.ts';
import { AppFrame } from '../ui/app-frame.tsx';
import { KeyHelp } from '../ui/key-help.tsx';
import { AppRail } from './app-rail.tsx';
import { AppTop } from './app-top.tsx';
import { ConnectionNote } from './connection-note.tsx';
import { CrashBoundary } from './crash-boundary.tsx';
import { useAway } from './installations/installation-away.tsx';
import { useLastAddress } from './installations/last-address.ts';
import { NotFoundPage } from './not-found-page.tsx';
import { Palette } from './palette.tsx';
import { routes } from './routes.tsx';
import { useDesktop } from './use-desktop.ts';
import { AlertNotices } from '../domains/alerts/alert-notices.tsx';
import { AppTaskDrawer } from '../domains/tasks/app-task-drawer.tsx';

/** Puts the environment's colour on the page and sends an empty store to the three doors. */
function useEnvironment(): { firstRun: boolean } {
  const about = useQuery('system.about', {}, { topics: ['environment', 'host'] });
  const { here } = useInstallations();
  const colour = here?.colour ?? about.data?.environment.colour;
  useEffect(() => {
    if (colour) document.documentElement.dataset['envColour'] = colour;
  }, [colour]);
  return { firstRun: about.data?.firstRun ?? false };
}

/** The frame with its parts, and the page that belongs to the address. */
export function App() {
  const { firstRun } = useEnvironment();
  const [location] = useLocation();
  useDesktop();
  useLastAddress();
  const away = useAway();
  return (
    <>
      <AppFrame top={<AppTop />} rail={<AppRail />} drawer={<AppTaskDrawer />}>
        <ConnectionNote />
        {away ?? (
          <CrashBoundary key={location.split('/')[1]}>
            {firstRun && location === '/' ? <Redirect to="/welcome" replace /> : null}
            <Switch>
              {routes.map((route) => (
                <Route key={route.path} path={route.path}>
                  <route.page />
                </Route>
              ))}
              <Route>
                <NotFoundPage />
              </Route>
            </Switch>
          </CrashBoundary>
        )}
      </AppFrame>
      <AlertNotices />
      <Palette />
      <KeyHelp />
    </>
  );
}
