import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** The advance invoices that were issued for what was paid on a pro forma. */
export const documentsAdvances: SchemaStep = {
  id: '20261130T2034-documents-advances',
  async up(to) {
    await to.run(
      `create table paper_advance (
        paper_id text not null references paper (id), invoice_id text primary key references invoice (id))`,
      'create index paper_advance_by_paper on paper_advance (paper_id)',
    );
    await appendOnly(to, 'paper_advance');
  },
};
