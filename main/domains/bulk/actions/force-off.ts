import { powerAction } from './power-action.ts';

/** Cuts the power of those that are on. */
export const bulkForceOff = powerAction({
  action: 'forceOff',
  already: ['shut-off'],
  reached: ['shut-off'],
  destroys: true,
  act: async (api, ref, signal) => await api.domains.destroy(ref, 0, { signal }),
  undo: () => ({ action: 'start' }),
});
