import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What a change of many subscriptions at once has made of one, by a key: whoever makes it again, it is made once. */
export const billingMovedForMany: SchemaStep = {
  id: '20261130T1640-billing-moved-for-many',
  async up(to) {
    await to.run(
      'alter table subscription_event add column source text',
      'create unique index subscription_event_by_source on subscription_event (subscription_id, source) where source is not null',
      // A plan's subscriptions by their version: the scope of most moves.
      'create index subscription_by_version on subscription (price_id)',
    );
  },
};
