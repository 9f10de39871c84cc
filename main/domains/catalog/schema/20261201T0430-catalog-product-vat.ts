import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** How VAT takes each product: what there is gets what is usual of its kind. */
export const catalogProductVat: SchemaStep = {
  id: '20261201T0430-catalog-product-vat',
  async up(to) {
    await to.run(
      `alter table product add column supply text not null default 'electronic-service' check (supply in
        ('electronic-service', 'consultancy-service', 'general-service', 'property-service', 'goods', 'exempt'))`,
      `alter table product add column rate_class text not null default 'standard'
        check (rate_class in ('standard', 'reduced', 'second-reduced', 'zero'))`,
      "alter table product add column exempt_reason text not null default ''",
      "alter table product add column exempt_code text not null default ''",
      "update product set supply = 'general-service' where kind in ('colocation', 'labour')",
    );
  },
};
