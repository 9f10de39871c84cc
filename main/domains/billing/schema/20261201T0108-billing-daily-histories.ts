import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What is charged day by day has a history, too: it changes, is paused and ends as all others do, and each of its days says by which price it was charged. */
export const billingDailyHistories: SchemaStep = {
  id: '20261201T0108-billing-daily-histories',
  async up(to) {
    await to.run(
      'alter table subscription add column daily_quantity bigint not null default 1',
      // Some day that is not closed is charged by the day, or may be.
      'alter table subscription add column is_daily bigint not null default 0',
      'alter table charge add column version_id text',
      `update subscription set is_daily = 1 where charged = 'daily'`,
      `update subscription set is_metered = 1
        where charged = 'daily' and (per_vcpu_hour <> '0' or per_gib_hour <> '0')`,
      `insert into subscription_event (subscription_id, seq, on_day, known_on, change, made_at_ms)
        select id, 1, starts_on, starts_on, '{"do":"start","version":"' || price_id || '"}', created_at_ms
        from subscription where charged = 'daily'`,
      `insert into subscription_event (subscription_id, seq, on_day, known_on, change, made_at_ms)
        select id, 2, ends_on, ends_on, '{"do":"cancel"}', created_at_ms
        from subscription where charged = 'daily' and ends_on is not null`,
    );
  },
};
