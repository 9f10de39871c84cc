import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/**
 * SQLite keeps events as they came, and their ids in an index. In the tree of their ids, where they stood, each of ten thousand wrote a page of
 * its own: with the index a third of the pages is written.
 */
export const meteringEventsAsTheyCame: SchemaStep = {
  id: '20261130T1616-metering-events-as-they-came',
  async up(to) {
    // PostgreSQL always has.
    if (to.kind === 'postgres') return;
    await to.run(
      `create table usage_event_next (
        id text primary key, subscription_id text not null, meter text not null, member text not null,
        day text not null, known_on text, at_ms bigint not null, units bigint not null, received_at_ms bigint not null)`,
      `insert into usage_event_next (id, subscription_id, meter, member, day, known_on, at_ms, units, received_at_ms)
        select id, subscription_id, meter, member, day, known_on, at_ms, units, received_at_ms from usage_event
        order by received_at_ms, id`,
      `create table held_usage_next (
        event_id text primary key references usage_event_next (id), told_subscription_id text not null, reason text not null,
        state text not null, held_at_ms bigint not null, decided_by text not null, decided_at_ms bigint,
        note text not null)`,
      `insert into held_usage_next (event_id, told_subscription_id, reason, state, held_at_ms, decided_by, decided_at_ms, note)
        select event_id, told_subscription_id, reason, state, held_at_ms, decided_by, decided_at_ms, note from held_usage`,
      'drop table held_usage',
      'drop table usage_event',
      'alter table usage_event_next rename to usage_event',
      'alter table held_usage_next rename to held_usage',
      'create index usage_event_by_day on usage_event (subscription_id, day)',
      'create index held_usage_by_state on held_usage (state, held_at_ms, event_id)',
      'create index held_usage_by_decision on held_usage (state, decided_at_ms, event_id)',
    );
  },
};
