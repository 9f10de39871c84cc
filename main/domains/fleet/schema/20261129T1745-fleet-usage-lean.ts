import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/**
 * Marks of usage move with every VM that is counted, so no index holds what moves with them (the one there was answered no question); and PostgreSQL
 * leaves room beside each mark and each hour for the next one, which then writes no index either (HOT updates).
 */
export const fleetUsageLean: SchemaStep = {
  id: '20261129T1745-fleet-usage-lean',
  async up(to) {
    await to.run('drop index usage_mark_by_host');
    if (to.kind !== 'postgres') return;
    await to.run(
      'alter table usage_mark set (fillfactor = 50)',
      'alter table usage_hour set (fillfactor = 80)',
    );
  },
};
