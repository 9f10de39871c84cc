import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/**
 * Of whom usage came late is a row per subscription and day, instead of an index over all late events: it is read once a day, and events
 * are written by the ten thousand.
 */
export const meteringLate: SchemaStep = {
  id: '20261130T1615-metering-late',
  async up(to) {
    const inOneTree = to.kind === 'sqlite' ? ' without rowid,' : '';
    await to.run(
      `create table usage_late (
        known_on text not null, subscription_id text not null, first_day text not null,
        primary key (known_on, subscription_id))${inOneTree}`,
      `insert into usage_late (known_on, subscription_id, first_day)
        select known_on, subscription_id, min(day) from usage_event where day < known_on group by known_on, subscription_id`,
      'drop index usage_event_late',
    );
  },
};
