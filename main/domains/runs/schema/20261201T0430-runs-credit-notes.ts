import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** A run makes credit notes, too: a row of each, and sums apart. All that was made before are invoices. */
export const runsCreditNotes: SchemaStep = {
  id: '20261201T0430-runs-credit-notes',
  async up(to) {
    await to.run(
      `alter table billing_run_row add column document_type text not null default 'invoice'`,
      // Of a credit note: the invoice it takes from.
      'alter table billing_run_row add column credits_id text',
      `alter table billing_run_row add column credits_number text not null default ''`,
      // Whoever previews: of one invoice there is one credit note in a run.
      'create unique index billing_run_row_credits on billing_run_row (run_id, credits_id) where credits_id is not null',
      `create table billing_run_sum_next (
        run_id text not null references billing_run (id), document_type text not null, state text not null,
        currency text not null, row_count bigint not null, net_minor bigint not null, vat_minor bigint not null,
        gross_minor bigint not null, before_minor bigint not null,
        primary key (run_id, document_type, state, currency))`,
      `insert into billing_run_sum_next (run_id, document_type, state, currency, row_count, net_minor, vat_minor,
          gross_minor, before_minor)
        select run_id, 'invoice', state, currency, row_count, net_minor, vat_minor, gross_minor, before_minor
        from billing_run_sum`,
      'drop table billing_run_sum',
      'alter table billing_run_sum_next rename to billing_run_sum',
    );
  },
};
