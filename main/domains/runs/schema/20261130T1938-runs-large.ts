import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What was found over the amount of its run is called large: over its limit is who owes more than was agreed. */
export const runsLarge: SchemaStep = {
  id: '20261130T1938-runs-large',
  async up(to) {
    await to.run(
      `update billing_run_row set findings = replace(findings, ' over-limit ', ' large ') where findings like '% over-limit %'`,
      `update billing_run set remarks = replace(remarks, '"over-limit"', '"large"') where remarks like '%"over-limit"%'`,
    );
  },
};
