import type { HardwareEffect } from '../../../shared/domains/hardware/resize-rules.ts';
import type { Landed } from './device-change.ts';

/** What a change of a device did, as a person reads it: once, or twice where now and the next start differ. */
export function effectsOf(
  change: { readonly what: string; readonly from: string; readonly to: string },
  landed: Landed,
): HardwareEffect[] {
  if (landed.now)
    return [{ ...change, when: 'now', why: landed.nextStart ? '' : 'until it stops: it has no definition' }];
  return [{ ...change, when: 'next-start', why: landed.whyNotNow }];
}
