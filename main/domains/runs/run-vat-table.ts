import { VAT_TABLE } from '../../../shared/domains/billing/vat-rates.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { suppliesDigest } from '../catalog/catalog-public.ts';

const OF_PRODUCTS = '; products ';
const MADE_BY = ' made by ';

/** Names the rates and how VAT takes the products, by which a run is worked out. */
export async function vatTableNow(db: AnyDatabase): Promise<string> {
  return `${VAT_TABLE}${OF_PRODUCTS}${(await suppliesDigest(db)).digest}`;
}

/** The same once all of the run is worked out: what is made of products from now on is of no row of it. */
export async function vatTableOfPreviewed(db: AnyDatabase, begun: string): Promise<string> {
  const { digest, madeByMs } = await suppliesDigest(db);
  // Another product meanwhile: of some rows it may be.
  return begun.endsWith(`${OF_PRODUCTS}${digest}`) ? `${begun}${MADE_BY}${madeByMs}` : begun;
}

/** What is another now than a run was worked out by, in words; undefined: nothing. */
export async function vatTableChange(db: AnyDatabase, then: string): Promise<string | undefined> {
  const [rates, products = ''] = then.split(OF_PRODUCTS);
  if (rates !== VAT_TABLE) return 'the table of VAT rates';
  const [digest, madeBy] = products.split(MADE_BY);
  const now = await suppliesDigest(db, madeBy === undefined ? undefined : Number(madeBy));
  return digest === now.digest ? undefined : 'how VAT takes the products';
}
