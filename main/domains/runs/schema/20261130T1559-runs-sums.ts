import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What the rows of a run come to, and what is remarkable among them, kept beside them: nobody adds all of them up to watch one. */
export const runsSums: SchemaStep = {
  id: '20261130T1559-runs-sums',
  async up(to) {
    await to.run(
      `create table billing_run_sum (
        run_id text not null references billing_run (id), state text not null, currency text not null,
        row_count bigint not null, net_minor bigint not null, vat_minor bigint not null, gross_minor bigint not null,
        before_minor bigint not null, primary key (run_id, state, currency))`,
      `insert into billing_run_sum (run_id, state, currency, row_count, net_minor, vat_minor, gross_minor, before_minor)
        select run_id, state, currency, count(*), cast(coalesce(sum(net_minor), 0) as bigint),
          cast(coalesce(sum(vat_minor), 0) as bigint), cast(coalesce(sum(gross_minor), 0) as bigint),
          cast(coalesce(sum(before_minor), 0) as bigint)
        from billing_run_row group by run_id, state, currency`,
      // JSON; empty: not written down yet.
      `alter table billing_run add column remarks text not null default ''`,
    );
  },
};
