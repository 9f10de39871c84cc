import type { BulkActionDefinition } from '../bulk-action.ts';
import { paidFor } from './owner.ts';
import { stateVerdicts } from './power-action.ts';

/** Deletes VMs with their disks, one durable task each. */
export const bulkDelete: BulkActionDefinition = {
  action: 'delete',
  permission: 'fleet.operate',
  verdicts: async (_what, context) => [...(await paidFor(context)), ...stateVerdicts('delete', [], context)],
  work: { kind: 'task' },
};
