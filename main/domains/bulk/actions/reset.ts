import { powerAction } from './power-action.ts';

/** Presses the reset button; no state of a VM tells whether it was pressed. */
export const bulkReset = powerAction({
  action: 'reset',
  already: [],
  destroys: true,
  act: async (api, ref, signal) => await api.domains.reset(ref, { signal }),
});
