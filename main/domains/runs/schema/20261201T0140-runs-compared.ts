import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Amounts of a run in the currency of its company, so that rows of several currencies can be sorted together. */
export const runsCompared: SchemaStep = {
  id: '20261201T0140-runs-compared',
  async up(to) {
    await to.run(
      // JSON of that currency and the rates; empty: of before there was one.
      `alter table billing_run add column compared_at text not null default ''`,
      'alter table billing_run_row add column own_change_minor bigint not null default 0',
      'alter table billing_run_row add column own_gross_minor bigint not null default 0',
      'alter table billing_run_row add column own_before_minor bigint not null default 0',
      // Rows of before stay sorted as they were.
      `update billing_run_row set own_change_minor = change_minor, own_gross_minor = coalesce(gross_minor, 0),
        own_before_minor = coalesce(before_minor, 0)`,
      'create index billing_run_row_by_change on billing_run_row (run_id, own_change_minor, id)',
    );
  },
};
