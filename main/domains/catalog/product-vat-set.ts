import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { catalogContract } from '../../../shared/domains/catalog/catalog-contract.ts';
import { canonicalJson } from '../../platform/store/canonical-json.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { CatalogTables } from './catalog-tables.ts';
import { lockProduct } from './plan-store.ts';
import { productVatOf, vatColumns, vatRefusal } from './product-vat-columns.ts';

type Operation = typeof catalogContract.productVatSet;

/** Says how VAT takes a product from now on; what is issued stays as it is, and a run that was previewed is previewed again. */
export async function productVatSet(
  { productId, vat, before }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<CatalogTables>();
  const product = await lockProduct(db, productId);
  if (product === undefined) return refuse('no-such-product', { productId });
  const { name } = product;
  context.subject(name);
  const fault = vatRefusal(name, vat);
  if (fault !== undefined) return fault;
  if (before !== undefined && canonicalJson(before) !== canonicalJson(productVatOf(product)))
    return refuse('changed-meanwhile', { name });
  await db.updateTable('product').set(vatColumns(vat)).where('id', '=', productId).execute();
  await context.note('product', productId);
  return done({});
}
