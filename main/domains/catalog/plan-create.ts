import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { catalogContract } from '../../../shared/domains/catalog/catalog-contract.ts';
import { DEFAULT_PRODUCT_ID } from '../../../shared/domains/catalog/product-rules.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { CatalogParts } from './catalog-handlers.ts';
import type { CatalogTables } from './catalog-tables.ts';
import { insertPlan, productById } from './plan-store.ts';
import { addPrice, addVersion } from './version-store.ts';

type Operation = typeof catalogContract.planCreate;

/** Adds a plan with its first prices, one per currency. */
export async function planCreate(
  parts: CatalogParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<CatalogTables>();
  context.subject(input.name);
  const currencies = [...input.prices, ...input.periodPrices].map((price) => price.currency);
  if (currencies.length === 0) return refuse('no-price', { name: input.name });
  const twice = currencies.find((currency, at) => currencies.indexOf(currency) !== at);
  if (twice !== undefined)
    return refuse('currency-twice', { name: input.name, currency: twice, validFrom: input.validFrom });
  const productId = input.productId ?? DEFAULT_PRODUCT_ID;
  if ((await productById(db, productId)) === undefined) return refuse('no-such-product', { productId });
  const nowMs = await parts.nowMs(db);
  const id = newId('plan', nowMs);
  const { name, description, validFrom } = input;
  const plan = {
    id,
    name,
    description,
    active: 1 as const,
    created_at_ms: nowMs,
    product_id: productId,
  };
  if (!(await insertPlan(db, plan))) return refuse('name-taken', { name });
  for (const price of input.prices) await addPrice(db, { planId: id, price, validFrom, nowMs });
  for (const price of input.periodPrices) await addVersion(db, { planId: id, price, validFrom, nowMs });
  await context.note('plan', id);
  return done({ planId: id });
}
