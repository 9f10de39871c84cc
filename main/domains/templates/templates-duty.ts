import { setTimeout as sleep } from 'node:timers/promises';
import { templatesTidy } from './template-tidy.ts';
import type { TemplatesParts } from './templates-parts.ts';

/** A host that comes back is rid of half a copy after this time at most. */
const TIDY_MS = 10 * 60_000;

/**
 * Clears what imports and deletions had to leave behind, until the signal aborts. For every engine: downloads lie on its own disk,
 * and copies on hosts are guarded by a lease.
 */
export async function runTemplatesTidying(parts: TemplatesParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { removed } = await templatesTidy(parts, signal);
      if (removed > 0) parts.log.info('Copies of templates left behind were removed.', { copies: removed });
    } catch (error) {
      if (!signal.aborted) parts.log.warn('Templates could not be tidied up.', { error: String(error) });
    }
    await sleep(TIDY_MS, undefined, { signal }).catch(() => undefined);
  }
}
