import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Subscriptions that a closed day left out because their host was away: charged, and taken off, once it was heard. */
export const billingHeldDays: SchemaStep = {
  id: '20261129T0110-billing-held-days',
  async up(to) {
    await to.run(
      `create table held_day (
        subscription_id text not null references subscription (id), day text not null, reason text not null,
        held_at_ms bigint not null, primary key (subscription_id, day))`,
      'create index held_day_by_day on held_day (day)',
      // What a month came to so far is read at every closing.
      'create index charge_by_day on charge (company_id, day)',
    );
  },
};
