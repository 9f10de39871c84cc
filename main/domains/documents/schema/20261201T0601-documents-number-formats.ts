import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What every company's papers were numbered as until now. */
const FORMATS = {
  'pro-forma': 'PRO',
  receipt: 'RCT',
  'service-act': 'ACT',
  contract: 'CTR',
  statement: 'STM',
  reconciliation: 'REC',
} as const;

/** A year of papers is numbered in the format of its first number. */
export const documentsNumberFormats: SchemaStep = {
  id: '20261201T0601-documents-number-formats',
  async up(to) {
    await to.run('alter table paper_series add column number_format text');
    for (const [kind, letters] of Object.entries(FORMATS)) {
      await to.run(
        `update paper_series set number_format = '${letters} {year}/{month}/{seq:4}' where kind = '${kind}' and last_seq > 0`,
      );
    }
  },
};
