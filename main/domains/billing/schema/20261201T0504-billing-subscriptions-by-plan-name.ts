import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** The list of subscriptions sorted by plan reads a page of them instead of all. */
export const billingSubscriptionsByPlanName: SchemaStep = {
  id: '20261201T0504-billing-subscriptions-by-plan-name',
  async up(to) {
    await to.run('create index subscription_by_plan_name on subscription (lower(plan_name), id)');
  },
};
