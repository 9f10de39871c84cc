import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Who collects, or would: each engine signs here while it is alive, so that all know among how many clusters are shared. */
export const fleetCollectors: SchemaStep = {
  id: '20261129T1220-fleet-collectors',
  async up(to) {
    await to.run(
      `create table fleet_collector (
        id text primary key, priority bigint not null, joined_at_ms bigint not null, seen_at_ms bigint not null)`,
    );
  },
};
