import type { Currency } from '../../../shared/kernel/money.ts';

export interface PlanTable {
  id: string;
  name: string;
  description: string;
  active: 0 | 1;
  created_at_ms: number;
}

export interface PlanPriceTable {
  id: string;
  plan_id: string;
  currency: Currency;
  /** `YYYY-MM-DD`. */
  valid_from: string;
  /** Of two versions of one day the later set is in force. */
  set_at_ms: number;
  per_month: string;
  per_vcpu_hour: string;
  per_gib_hour: string;
}

export interface CatalogTables {
  plan: PlanTable;
  plan_price: PlanPriceTable;
}
