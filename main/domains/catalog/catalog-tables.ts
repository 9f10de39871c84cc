import type { RateClass, SupplyKind } from '../../../shared/domains/billing/supply-rules.ts';
import type { ProductKind } from '../../../shared/domains/catalog/product-rules.ts';
import type { Currency } from '../../../shared/kernel/money.ts';

export interface ProductTable {
  id: string;
  name: string;
  kind: ProductKind;
  description: string;
  created_at_ms: number;
  /** How VAT takes it: product-vat.ts. */
  supply: SupplyKind;
  rate_class: RateClass;
  exempt_reason: string;
  exempt_code: string;
}

export interface PlanTable {
  id: string;
  name: string;
  description: string;
  active: 0 | 1;
  created_at_ms: number;
  product_id: string;
}

/** A version of a plan's price in a currency. Never changed; the latest that has begun is in force. */
export interface PlanVersionTable {
  id: string;
  plan_id: string;
  currency: Currency;
  /** `YYYY-MM-DD`. */
  valid_from: string;
  /** Of two versions of one day the later set is in force. */
  set_at_ms: number;
  /** `daily`: each day is charged as it closes, by the month, vCPU-hour and GiB-hour. `by-period`: by its components. */
  charged: 'daily' | 'by-period';
  /** JSON of proration, cycleOnChange and components: price-component.ts. */
  priced: string;
}

export interface CatalogTables {
  product: ProductTable;
  plan: PlanTable;
  plan_version: PlanVersionTable;
}
