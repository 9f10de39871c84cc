import type { SupplyKind } from '../billing/supply-rules.ts';

/** What can be sold. */
export const PRODUCT_KINDS = [
  'vps',
  'virtual-data-centre',
  'dedicated-server',
  'colocation',
  'shared-hosting',
  'licence',
  'digital',
  'labour',
] as const;
export type ProductKind = (typeof PRODUCT_KINDS)[number];

/** The product of plans that were made without one; every store has it. */
export const DEFAULT_PRODUCT_ID = 'product_vps';

/**
 * How VAT takes a product unless it is said otherwise. A server that is the provider's and is worked over the network is hosting
 * (regulation 282/2011, Annex I(1)); space and power for the customer's own machine are a service that is not connected with immovable
 * property as long as no part of the building is the customer's alone (CJEU C-215/19, A Oy; regulation Art. 31a and 31b).
 */
export const USUAL_SUPPLY_OF: Readonly<Record<ProductKind, SupplyKind>> = {
  vps: 'electronic-service',
  'virtual-data-centre': 'electronic-service',
  'dedicated-server': 'electronic-service',
  colocation: 'general-service',
  'shared-hosting': 'electronic-service',
  licence: 'electronic-service',
  digital: 'electronic-service',
  labour: 'general-service',
};
