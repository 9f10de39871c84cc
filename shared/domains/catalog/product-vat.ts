import { z } from 'zod';
import { RATE_CLASSES, SUPPLY_KINDS } from '../billing/supply-rules.ts';

/** How VAT takes what is sold of a product. */
export const productVat = z.object({
  supply: z.enum(SUPPLY_KINDS),
  /** Of the rates of the seller's country. */
  rateClass: z.enum(RATE_CLASSES),
  /** Of an exempt supply: why, as documents say it (EN 16931 BT-120); else ''. */
  exemptReason: z.string().trim().max(200),
  /** Its code of the VATEX list (BT-121), or ''. */
  exemptCode: z
    .string()
    .trim()
    .regex(/^(VATEX-[A-Z]{2}-[A-Z0-9-]{1,20})?$/, 'a code such as VATEX-EU-132-1I'),
});
export type ProductVat = z.infer<typeof productVat>;
