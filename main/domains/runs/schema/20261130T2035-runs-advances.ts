import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What a row's invoice would settle of advances, and what there was to settle when it was previewed. */
export const runsAdvances: SchemaStep = {
  id: '20261130T2035-runs-advances',
  async up(to) {
    await to.run(
      'alter table billing_run_row add column advances_minor bigint not null default 0',
      'alter table billing_run_row add column settled_minor bigint not null default 0',
      // The day of the last advance invoice it settles; empty: none.
      `alter table billing_run_row add column settled_until text not null default ''`,
    );
  },
};
