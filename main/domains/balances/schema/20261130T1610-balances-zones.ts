import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Balances burn as the days of a customer's own billing zone close: each calendar has a mark, not each company. */
export const balancesZones: SchemaStep = {
  id: '20261130T1610-balances-zones',
  async up(to) {
    await to.run(
      `create table balance_calendar_mark (
        company_id text not null, billing_zone text not null, burned_until text not null,
        primary key (company_id, billing_zone))`,
      // The old mark was the last day that every zone of the company had closed.
      `insert into balance_calendar_mark (company_id, billing_zone, burned_until)
        select billing_calendar.company_id, billing_calendar.billing_zone, balance_mark.burned_until
        from billing_calendar join balance_mark on balance_mark.company_id = billing_calendar.company_id
        where billing_calendar.closed_until >= balance_mark.burned_until`,
      'drop table balance_mark',
    );
  },
};
