import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { catalogContract } from '../../../shared/domains/catalog/catalog-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { CatalogParts } from './catalog-handlers.ts';
import type { CatalogTables } from './catalog-tables.ts';
import { insertProduct } from './plan-store.ts';
import { usualVat, vatColumns, vatRefusal } from './product-vat-columns.ts';

type Operation = typeof catalogContract.productCreate;

/** Adds a kind of thing that plans are made for. */
export async function productCreate(
  parts: CatalogParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<CatalogTables>();
  context.subject(input.name);
  const { name, kind, description, vat = usualVat(kind) } = input;
  const fault = vatRefusal(name, vat);
  if (fault !== undefined) return fault;
  const nowMs = await parts.nowMs(db);
  const id = newId('product', nowMs);
  const row = { id, name, kind, description, created_at_ms: nowMs, ...vatColumns(vat) };
  if (!(await insertProduct(db, row))) return refuse('name-taken', { name });
  await context.note('product', id);
  return done({ productId: id });
}
