import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Charges by a price that has VAT in it: what they come to by it, and the rate that was taken out of it. */
export const billingGrossCharges: SchemaStep = {
  id: '20261130T0705-billing-gross-charges',
  async up(to) {
    await to.run(
      'alter table charge add column gross_minor bigint',
      'alter table charge add column price_vat_rate text',
    );
  },
};
