import { powerAction } from './power-action.ts';

/** Starts those that are off. */
export const bulkStart = powerAction({
  action: 'start',
  already: ['running', 'blocked'],
  reached: ['running', 'blocked', 'paused'],
  act: async (api, ref, signal) => await api.domains.start(ref, 0, { signal }),
});
