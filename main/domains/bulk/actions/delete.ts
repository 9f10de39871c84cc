import type { BulkActionDefinition } from '../bulk-action.ts';
import { stateVerdicts } from './power-action.ts';

/** Deletes VMs with their disks, one durable task each. */
export const bulkDelete: BulkActionDefinition = {
  action: 'delete',
  permission: 'fleet.operate',
  verdicts: async (_what, context) => [
    {
      kind: 'refused',
      code: 'vm-billed',
      why: 'It belongs to a running subscription.',
      wayOut: 'End the subscription first',
      when: await context.parts.vmIsBilled(context.db, context.nowMs),
    },
    ...stateVerdicts('delete', [], context),
  ],
  work: { kind: 'task' },
};
