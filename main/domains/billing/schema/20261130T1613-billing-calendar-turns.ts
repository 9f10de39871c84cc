import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** How often a calendar was locked to change something: what was read of its subscriptions holds as long as that is the same. */
export const billingCalendarTurns: SchemaStep = {
  id: '20261130T1613-billing-calendar-turns',
  async up(to) {
    await to.run('alter table billing_calendar add column turns bigint not null default 0');
  },
};
