import type { InstallationFacts } from '../../../shared/contract/installation.ts';
import type { EngineHost } from '../../client/engine-host.ts';
import { baseOf, installationAt } from '../../ui/page-base.ts';

/**
 * Which installation this document is of. With several, every address names its own, so that a link, a reload or a second window never lands in another: one without a name
 * is the first one's and is written out.
 */
export async function settleAddress(
  host: EngineHost,
): Promise<{ all: readonly InstallationFacts[]; installation: string }> {
  // A host that does not say is one store's: its engine is tried, and says what is wrong.
  const all = await host.installations().catch(() => []);
  const named = installationAt(window.location.pathname);
  const [first] = all;
  if (named !== '' || !first) return { all, installation: named };
  const { pathname, search, hash } = window.location;
  window.history.replaceState(window.history.state, '', baseOf(first.name) + pathname + search + hash);
  return { all, installation: first.name };
}
