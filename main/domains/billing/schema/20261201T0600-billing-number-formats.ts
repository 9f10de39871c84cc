import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Papers' formats are the company's, as those of invoices; and a year is numbered in the format of its first number. */
export const billingNumberFormats: SchemaStep = {
  id: '20261201T0600-billing-number-formats',
  async up(to) {
    await to.run(
      // Null: the usual ones. Whoever changes nothing is the company that runs under way were previewed for.
      'alter table company add column paper_number_formats text',
      'alter table document_series add column number_format text',
      `update document_series set number_format = (
        select case document_series.document_type
          when 'invoice' then company.number_format
          when 'credit-note' then company.credit_number_format
          else coalesce(company.advance_number_format, 'ADV {year}/{month}/{seq:4}') end
        from company where company.id = document_series.company_id)
      where last_seq > 0`,
    );
  },
};
