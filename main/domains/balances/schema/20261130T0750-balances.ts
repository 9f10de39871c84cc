import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Balances of those who pay ahead, day by day, and what others are told of them. */
export const balances: SchemaStep = {
  id: '20261130T0750-balances',
  async up(to) {
    await to.run(
      `create table balance_terms (
        customer_id text primary key, mode text not null check (mode in ('prepaid', 'postpaid')),
        low_minor bigint check (low_minor > 0), credit_limit_minor bigint check (credit_limit_minor >= 0))`,
      'create table balance_mark (company_id text primary key, burned_until text not null)',
      `create table balance_state (
        customer_id text primary key, mode text not null, state text not null, balance_minor bigint not null,
        currency text not null, since text not null)`,
      'create index balance_state_by_state on balance_state (state, balance_minor)',
      `create table balance_day (
        customer_id text not null, day text not null, currency text not null, paid_minor bigint not null,
        burned_minor bigint not null, balance_minor bigint not null, primary key (customer_id, day))`,
      // Its number makes two who look at once one after the other, and neither tells the same twice.
      `create table balance_event (
        seq bigint primary key, customer_id text not null, event_no bigint not null, kind text not null, was text not null,
        on_day text not null, currency text not null, balance_minor bigint not null, bound_minor bigint not null,
        noticed_at_ms bigint not null, unique (customer_id, event_no))`,
      'create table balance_counter (name text primary key, last_seq bigint not null)',
      `insert into balance_counter (name, last_seq) values ('event', 0)`,
      'create table balance_listener (name text primary key, seen_seq bigint not null)',
    );
    await appendOnly(to, 'balance_day');
    await appendOnly(to, 'balance_event');
  },
};
