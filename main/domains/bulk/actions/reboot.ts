import { powerAction } from './power-action.ts';

/** Asks the guests to restart; no state of a VM tells whether it was asked. */
export const bulkReboot = powerAction({
  action: 'reboot',
  already: [],
  act: async (api, ref, signal) => await api.domains.reboot(ref, 0, { signal }),
});
