import type { RunState } from '../../../shared/domains/runs/run-rules.ts';

/** States of a billing run as pages say them. */
export const RUN_STATE_WORDS: Readonly<Record<RunState, string>> = {
  previewing: 'Being previewed',
  ready: 'Waits for approval',
  returned: 'Returned',
  posting: 'Being posted',
  stopped: 'Stopped',
  failed: 'No preview',
  posted: 'Posted',
  aborted: 'Aborted',
};
