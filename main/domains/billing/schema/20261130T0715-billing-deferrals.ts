import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What is charged in advance: deferred by the entry that charges it, one sum for the same days, and recognised as they close. */
export const billingDeferrals: SchemaStep = {
  id: '20261130T0715-billing-deferrals',
  async up(to) {
    await to.run(
      // What was posted until then knew nothing of the account, and is not held to it.
      'alter table ledger_account add column opened_after_ms bigint not null default -1',
      `insert into ledger_account (code, side, name, opened_after_ms)
        select 'deferred', 'credit', 'Deferred revenue', coalesce(max(posted_at_ms), -1) from ledger_entry`,
      // By which days it is earned; an empty zone is the company's own.
      `create table deferral (
        entry_id text not null references ledger_entry (id), company_id text not null, billing_zone text not null,
        currency text not null,
        from_day text not null, to_day text not null, earned_until text not null,
        amount_minor bigint not null check (amount_minor <> 0),
        primary key (entry_id, from_day, to_day), check (from_day < to_day), check (from_day > earned_until))`,
      'create index deferral_by_end on deferral (company_id, billing_zone, to_day)',
    );
    await appendOnly(to, 'deferral');
  },
};
