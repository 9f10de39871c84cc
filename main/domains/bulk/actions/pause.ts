import { powerAction } from './power-action.ts';

/** Pauses those that run. */
export const bulkPause = powerAction({
  action: 'pause',
  already: ['paused'],
  reached: ['paused'],
  act: async (api, ref, signal) => await api.domains.suspend(ref, { signal }),
  undo: () => ({ action: 'resume' }),
});
