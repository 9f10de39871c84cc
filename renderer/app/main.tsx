import { createRoot } from 'react-dom/client';
import { invariant } from '../../shared/kernel/invariant.ts';
import { createEngine, EngineProvider } from '../client/engine-context.tsx';
import { pickTransport } from '../client/pick-transport.ts';
import { UiProvider } from '../ui/ui-provider.tsx';
import { App } from './app.tsx';
import { CrashBoundary } from './crash-boundary.tsx';
import { loadAfreshWhenPartIsMissing } from './missing-part.ts';

const root = document.getElementById('root');
invariant(root, 'index.html has no #root');
loadAfreshWhenPartIsMissing();
const engine = createEngine(pickTransport());

createRoot(root).render(
  <UiProvider>
    <EngineProvider engine={engine}>
      <CrashBoundary>
        <App />
      </CrashBoundary>
    </EngineProvider>
  </UiProvider>,
);
