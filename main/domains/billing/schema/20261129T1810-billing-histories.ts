import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Subscriptions that are charged by the period: what happened to them, what their VMs used, and the lines they came to. */
export const billingHistories: SchemaStep = {
  id: '20261129T1810-billing-histories',
  async up(to) {
    await to.run(
      // Empty vm_id: for no VM. next_due: no day before it needs rating; null where it is charged day by day or nothing is due.
      `alter table subscription add column charged text not null default 'daily'`,
      'alter table subscription add column is_metered bigint not null default 0',
      'alter table subscription add column next_due text',
      'alter table subscription add column paused_from text',
      'alter table subscription add column paused_until text',
      'drop index subscription_running_by_vm',
      `create unique index subscription_running_by_vm on subscription (vm_id) where ends_on is null and vm_id <> ''`,
      'create index subscription_by_due on subscription (company_id, next_due)',
      `create table subscription_event (
        subscription_id text not null references subscription (id), seq bigint not null, on_day text not null,
        known_on text not null, change text not null, made_at_ms bigint not null,
        primary key (subscription_id, seq))`,
      `create table usage_reading (
        subscription_id text not null references subscription (id), day text not null, known_on text not null,
        running_ms bigint not null, vcpu_ms bigint not null, mib_ms bigint not null,
        primary key (subscription_id, day))`,
      // Of a line by the period: the line and how it came about as JSON, and until when rating must know of it.
      'alter table charge add column line text',
      'alter table charge add column explanation text',
      'alter table charge add column open_until text',
      // Its reason is its natural key: nobody charges the same twice, whenever and however often it is rated.
      'create unique index charge_by_key on charge (subscription_id, reason) where open_until is not null',
      'create index charge_by_open on charge (subscription_id, open_until)',
    );
    await appendOnly(to, 'subscription_event');
    await appendOnly(to, 'usage_reading');
  },
};
