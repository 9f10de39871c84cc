import { z } from 'zod';

/** ISO 3166-1 alpha-2; VAT ids use EL for Greece (GR) and XI for Northern Ireland. */
export const countrySchema = z.string().regex(/^[A-Z]{2}$/, 'a country as two capital letters, such as PL');
export const languageSchema = z.enum(['en', 'pl', 'cs']);
export const zoneSchema = z.string().refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}, 'a time zone such as Europe/Warsaw');
