import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { catalogContract } from '../../../shared/domains/catalog/catalog-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { CatalogParts } from './catalog-handlers.ts';
import type { CatalogTables } from './catalog-tables.ts';
import { addPrice, insertPlan } from './plan-store.ts';

type Operation = typeof catalogContract.planCreate;

/** Adds a plan with its first prices, one per currency. */
export async function planCreate(
  parts: CatalogParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<CatalogTables>();
  context.subject(input.name);
  const currencies = input.prices.map((price) => price.currency);
  const twice = currencies.find((currency, at) => currencies.indexOf(currency) !== at);
  if (twice !== undefined) return refuse('currency-twice', { currency: twice });
  const nowMs = await parts.nowMs(db);
  const id = newId('plan', nowMs);
  const { name, description, validFrom } = input;
  const plan = { id, name, description, active: 1 as const, created_at_ms: nowMs };
  if (!(await insertPlan(db, plan))) return refuse('name-taken', { name });
  for (const price of input.prices) await addPrice(db, { planId: id, price, validFrom, nowMs });
  await context.note('plan', id);
  return done({ planId: id });
}
