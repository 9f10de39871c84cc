import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What was decided of held usage, in the order its list is read in. */
export const meteringHeldOrder: SchemaStep = {
  id: '20261130T1611-metering-held-order',
  async up(to) {
    await to.run('create index held_usage_by_decision on held_usage (state, decided_at_ms, event_id)');
  },
};
