import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Meters that are told from outside, their events, and what of them waits for a person. */
export const meteringEvents: SchemaStep = {
  id: '20261130T0748-metering-events',
  async up(to) {
    // SQLite keeps the events in the tree of their ids: one tree less to write for each.
    const inOneTree = to.kind === 'sqlite' ? ' without rowid,' : '';
    await to.run(
      `create table usage_meter (
        name text primary key, unit text not null, aggregation text not null, decimals bigint not null,
        declared_at_ms bigint not null)`,
      // The key is what makes an event count once, for ever. known_on: null while it is held or dismissed.
      `create table usage_event (
        id text primary key, subscription_id text not null, meter text not null, member text not null,
        day text not null, known_on text, at_ms bigint not null, units bigint not null, received_at_ms bigint not null)${inOneTree}`,
      'create index usage_event_by_day on usage_event (subscription_id, day)',
      // What came after its day was closed, by the day whose close reckons with it.
      'create index usage_event_late on usage_event (known_on, subscription_id) where day < known_on',
      `create table held_usage (
        event_id text primary key references usage_event (id), told_subscription_id text not null, reason text not null,
        state text not null, held_at_ms bigint not null, decided_by text not null, decided_at_ms bigint,
        note text not null)`,
      'create index held_usage_by_state on held_usage (state, held_at_ms, event_id)',
      // What a provider of VMs counts beside its hosts.
      `insert into usage_meter (name, unit, aggregation, decimals, declared_at_ms) values
        ('addresses', 'addresses', 'high-water', 0, 0), ('backup-gib', 'GiB', 'high-water', 3, 0)`,
    );
  },
};
