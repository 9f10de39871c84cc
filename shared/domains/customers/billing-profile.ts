import { z } from 'zod';
import { countrySchema, languageSchema, zoneSchema } from './customer-schemas.ts';

/** What speaks for where a private person lives (regulation (EU) 282/2011, Art. 24f). */
export const EVIDENCE_KINDS = [
  'billing-address',
  'bank',
  'ip-address',
  'sim-card',
  'fixed-line',
  'other',
] as const;

export const taxEvidence = z.object({
  kind: z.enum(EVIDENCE_KINDS),
  country: countrySchema,
  /** What was seen, and when. */
  detail: z.string().trim().min(1).max(200),
});
export type TaxEvidence = z.infer<typeof taxEvidence>;

export const postalAddress = z.object({
  name: z.string().trim().min(1).max(200),
  street: z.string().trim().min(1).max(200),
  postcode: z.string().trim().max(20),
  city: z.string().trim().min(1).max(100),
  country: countrySchema,
});

export const customerContact = z
  .object({
    role: z.enum(['billing', 'technical']),
    name: z.string().trim().min(1).max(200),
    email: z.union([z.literal(''), z.email()]).default(''),
    /** With the country's prefix: `+48 22 123 45 67`. */
    phone: z
      .string()
      .trim()
      .max(40)
      .regex(/^(\+\d[\d ()/-]{5,})?$/, 'a number with the prefix of its country, such as +48 22 123 45 67')
      .default(''),
    language: languageSchema.default('en'),
  })
  .refine(({ email, phone }) => email !== '' || phone !== '', {
    error: 'a contact with an e-mail address or a telephone number',
    path: ['email'],
  });
export type CustomerContact = z.infer<typeof customerContact>;

/** How a customer is billed, beside what stands on its documents. */
export const billingProfile = z.object({
  /** The own company that sells to it; fixed once anything was sold. */
  companyId: z.string().min(1),
  /** Where its days are charged (IANA); empty: where the company's are. Fixed once anything was sold. */
  billingZone: z.union([z.literal(''), zoneSchema]),
  /** Where paper goes; null: to the address of its documents. */
  postal: postalAddress.nullable(),
  /** Where a private person is taxed; empty: where its address is. */
  taxCountry: z.union([z.literal(''), countrySchema]),
  taxEvidence: z.array(taxEvidence).max(10),
  contacts: z.array(customerContact).max(20),
});
export type BillingProfile = z.infer<typeof billingProfile>;

/** Pieces of evidence that do not contradict each other (regulation (EU) 282/2011, Art. 24b(d)). */
export const EVIDENCE_NEEDED = 2;

/** How many of them are missing for a tax country that is not the one of the address. */
export function evidenceMissing(
  country: string,
  { taxCountry, taxEvidence: given }: Pick<BillingProfile, 'taxCountry' | 'taxEvidence'>,
): number {
  if (taxCountry === '' || taxCountry === country) return 0;
  const kinds = new Set(given.filter((each) => each.country === taxCountry).map(({ kind }) => kind));
  return Math.max(0, EVIDENCE_NEEDED - kinds.size);
}
