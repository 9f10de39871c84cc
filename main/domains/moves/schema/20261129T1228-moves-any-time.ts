import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Maintenance that does not wait for windows; and moves found by when they ended, which is what rest counts from. */
export const movesAnyTime: SchemaStep = {
  id: '20261129T1228-moves-any-time',
  async up(to) {
    await to.run(
      'alter table rolling_maintenance add column any_time bigint not null default 0',
      'create index vm_move_by_end on vm_move (ended_at_ms) where ended_at_ms is not null',
    );
  },
};
