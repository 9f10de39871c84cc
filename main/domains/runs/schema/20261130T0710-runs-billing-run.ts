import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Billing runs, their would-be invoices, and what is to be sent of those that were posted. */
export const runsBillingRun: SchemaStep = {
  id: '20261130T0710-runs-billing-run',
  async up(to) {
    await to.run(
      // Empty currency: every one. Limits and inputs are what its preview goes by; task_id is its latest task.
      `create table billing_run (
        id text primary key, company_id text not null references company (id), period_start text not null,
        period_end_exclusive text not null, currency text not null, query text not null,
        change_percent double precision not null, limit_minor bigint, two_people bigint not null,
        state text not null, state_reason text not null, round bigint not null, task_id text not null,
        prepared_by text not null, prepared_at_ms bigint not null, approved_by text not null, approved_at_ms bigint,
        approval_note text not null, issued_on text, closed_until text not null, vat_table text not null,
        waiting_days bigint not null, inputs_hash text not null, frozen_at_ms bigint, digest text not null,
        previewed bigint not null, to_preview bigint not null, preview_after text not null, working_at_ms bigint,
        worked_before bigint not null, row_count bigint not null, posted bigint not null,
        report_hash text not null, ended_at_ms bigint)`,
      'create index billing_run_by_time on billing_run (prepared_at_ms, id)',
      // Whatever was looked at before: the database lets one run of a company post at a time.
      `create unique index billing_run_posting on billing_run (company_id) where state in ('posting', 'stopped')`,
      // Narrow: what lists show, compare and sort by. The text of the invoice stands apart.
      `create table billing_run_row (
        id text primary key, run_id text not null references billing_run (id), seq bigint not null,
        customer_id text not null, customer_number text not null, customer_name text not null, currency text not null,
        state text not null, code text not null, why text not null, findings text not null, severity bigint not null,
        before_minor bigint, net_minor bigint, vat_minor bigint, gross_minor bigint, change_minor bigint not null,
        change_permille bigint, weight bigint not null, lines bigint not null, charges bigint not null,
        customer_hash text not null, body_hash text not null,
        decision text not null, decision_note text not null, decided_by text not null,
        invoice_id text, number text, unique (run_id, seq))`,
      'create index billing_run_row_by_weight on billing_run_row (run_id, weight, id)',
      // What the invoice would say, and its charges line by line; let go of once the invoice says it.
      `create table billing_run_body (
        row_id text primary key, run_id text not null, body text not null, charges text not null)`,
      'create index billing_run_body_by_run on billing_run_body (run_id)',
      // The outbox: one message per invoice and address, however often who makes them is killed.
      `create table invoice_delivery (
        invoice_id text not null references invoice (id), channel text not null, address text not null,
        run_id text references billing_run (id), state text not null, queued_at_ms bigint not null,
        primary key (invoice_id, channel, address))`,
      'create index invoice_delivery_by_run on invoice_delivery (run_id)',
    );
  },
};
