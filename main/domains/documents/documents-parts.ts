import type { BillingParts } from '../billing/billing-public.ts';

/** What the documents domain is given from outside: the press, the layouts, the clock, and what makes an invoice of a pro forma. */
export type DocumentsParts = BillingParts;
