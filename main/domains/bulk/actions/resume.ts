import { powerAction } from './power-action.ts';

/** Lets paused ones go on. */
export const bulkResume = powerAction({
  action: 'resume',
  already: ['running', 'blocked'],
  reached: ['running', 'blocked'],
  act: async (api, ref, signal) => await api.domains.resume(ref, { signal }),
  undo: () => ({ action: 'pause' }),
});
