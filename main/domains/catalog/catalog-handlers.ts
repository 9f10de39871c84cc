import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { catalogContract } from '../../../shared/domains/catalog/catalog-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { CatalogTables } from './catalog-tables.ts';
import { planCreate } from './plan-create.ts';
import { planList, planRowsOf, planVersions } from './plan-list.ts';
import { planPriceSet } from './plan-price-set.ts';
import { planRetire } from './plan-retire.ts';
import { allProducts, planById } from './plan-store.ts';
import { planVersionAdd } from './plan-version-add.ts';
import { productCreate } from './product-create.ts';
import { productVatOf } from './product-vat-columns.ts';
import { productVatSet } from './product-vat-set.ts';

/** What the catalog is given from outside. */
export interface CatalogParts {
  /** Epoch milliseconds by the clock of the store, asked on this connection. */
  nowMs(db: AnyDatabase): Promise<number>;
}

export function catalogHandlers(parts: CatalogParts): DomainHandlers<typeof catalogContract, CallContext> {
  return {
    productList: async (_input, context) => {
      const products = await allProducts(context.tables<CatalogTables>());
      return done({
        rows: products.map((product) => {
          const { id, name, kind, description, plans } = product;
          return { id, name, kind, description, plans, vat: productVatOf(product) };
        }),
      });
    },
    productCreate: async (input, context) => await productCreate(parts, input, context),
    productVatSet: async (input, context) => await productVatSet(input, context),
    planList: async (input, context) => {
      const db = context.tables<CatalogTables>();
      return done(await planList(db, input, await parts.nowMs(db)));
    },
    planGet: async ({ planId }, context) => {
      const db = context.tables<CatalogTables>();
      const plan = await planById(db, planId);
      const [row] = plan === undefined ? [] : await planRowsOf(db, [plan], await parts.nowMs(db));
      if (row === undefined) return refuse('no-such-plan', { planId });
      return done({ ...row, ...(await planVersions(db, planId)) });
    },
    planCreate: async (input, context) => await planCreate(parts, input, context),
    planPriceSet: async (input, context) => await planPriceSet(parts, input, context),
    planVersionAdd: async (input, context) => await planVersionAdd(parts, input, context),
    planRetire: async (input, context) => await planRetire(input, context),
  };
}
