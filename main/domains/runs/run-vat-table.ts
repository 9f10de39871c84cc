import { VAT_TABLE } from '../../../shared/domains/billing/vat-rates.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { suppliesDigest } from '../catalog/catalog-public.ts';

const OF_PRODUCTS = '; products ';

/** Names the rates and how VAT takes the products, by which a run is worked out. */
export async function vatTableNow(db: AnyDatabase): Promise<string> {
  return `${VAT_TABLE}${OF_PRODUCTS}${await suppliesDigest(db)}`;
}

/** What of it is another than a run was worked out by, in words; undefined: nothing. */
export function vatTableChange(then: string, now: string): string | undefined {
  if (then === now) return undefined;
  const ratesOf = (table: string): string | undefined => table.split(OF_PRODUCTS)[0];
  return ratesOf(then) === ratesOf(now) ? 'how VAT takes the products' : 'the table of VAT rates';
}
