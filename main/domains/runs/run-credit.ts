import type { Compared } from '../../../shared/domains/runs/run-rules.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import { creditLimitsOf } from '../balances/balances-public.ts';
import { owedByCustomers } from '../billing/billing-public.ts';
import type { CustomerFacts } from '../customers/customers-public.ts';
import type { RunsDb } from './run-store.ts';

type Credit = NonNullable<Compared['credit']>;

/** What those of these customers owe now who have a credit limit, beside it, by id: two statements for a page of them. */
export async function creditOf(
  db: RunsDb,
  kind: StoreKind,
  customers: readonly CustomerFacts[],
): Promise<ReadonlyMap<string, Credit>> {
  const limits = await creditLimitsOf(
    db,
    kind,
    customers.map(({ id }) => id),
  );
  const owed = await owedByCustomers(db, kind, [...limits.keys()]);
  return new Map(
    customers.flatMap(({ id, currency }): [string, Credit][] => {
      const limitMinor = limits.get(id);
      return limitMinor === undefined
        ? []
        : [[id, { limitMinor, owedMinor: owed.get(`${id} ${currency}`) ?? 0n }]];
    }),
  );
}
