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
