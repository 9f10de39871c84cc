import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { invariant } from '../../shared/kernel/invariant.ts';
import { createEngine, EngineProvider } from '../client/engine-context.tsx';
import { pickEngineHost } from '../client/engine-host.ts';
import { InstallationsProvider } from '../client/installations.tsx';
import { rememberFocus } from '../ui/focus-return.ts';
import { pageBase } from '../ui/page-base.ts';
import { UiProvider } from '../ui/ui-provider.tsx';
import { App } from './app.tsx';
import { CrashBoundary } from './crash-boundary.tsx';
import { settleAddress } from './installations/settle-address.ts';
import { loadAfreshWhenPartIsMissing } from './missing-part.ts';

const root = document.getElementById('root');
invariant(root, 'index.html has no #root');
loadAfreshWhenPartIsMissing();
rememberFocus();
const host = pickEngineHost();
const reactRoot = createRoot(root);

void settleAddress(host).then(({ all, installation }) => {
  const engine = createEngine(host.transport(installation));
  const here = all.find((each) => each.name === installation);
  reactRoot.render(
    <UiProvider>
      <InstallationsProvider value={{ all, here, host }}>
        <EngineProvider engine={engine}>
          <CrashBoundary>
            <Router base={pageBase()}>
              <App />
            </Router>
          </CrashBoundary>
        </EngineProvider>
      </InstallationsProvider>
    </UiProvider>,
  );
});
