import { refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import { USUAL_SUPPLY_OF, type ProductKind } from '../../../shared/domains/catalog/product-rules.ts';
import type { ProductVat } from '../../../shared/domains/catalog/product-vat.ts';
import type { ProductTable } from './catalog-tables.ts';

type VatColumns = Pick<ProductTable, 'supply' | 'rate_class' | 'exempt_reason' | 'exempt_code'>;

export function vatColumns({ supply, rateClass, exemptReason, exemptCode }: ProductVat): VatColumns {
  return { supply, rate_class: rateClass, exempt_reason: exemptReason, exempt_code: exemptCode };
}

export function productVatOf(row: VatColumns): ProductVat {
  return {
    supply: row.supply,
    rateClass: row.rate_class,
    exemptReason: row.exempt_reason,
    exemptCode: row.exempt_code,
  };
}

/** Of a product of which nothing is said. */
export function usualVat(kind: ProductKind): ProductVat {
  return { supply: USUAL_SUPPLY_OF[kind], rateClass: 'standard', exemptReason: '', exemptCode: '' };
}

/** What of it cannot be. */
export function vatRefusal(
  name: string,
  { supply, rateClass, exemptReason, exemptCode }: ProductVat,
): Outcome<never, 'exempt-without-reason' | 'reason-without-exemption'> | undefined {
  if (supply === 'exempt') {
    if (rateClass !== 'standard') return refuse('reason-without-exemption', { name });
    return exemptReason === '' ? refuse('exempt-without-reason', { name }) : undefined;
  }
  return exemptReason === '' && exemptCode === '' ? undefined : refuse('reason-without-exemption', { name });
}
