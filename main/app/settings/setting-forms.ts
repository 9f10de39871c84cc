import { z } from 'zod';
import { webAddressOf } from '../../platform/http/json-post.ts';

/** As a number in the file, as digits everywhere else; what merely could be read as a number (`true`, a blank) is none. */
export const wholeNumber = (min: number, max: number) => {
  const wanted = `a whole number from ${min} to ${max}`;
  const digits = z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number);
  return z.union([z.number(), digits], wanted).pipe(z.number().int(wanted).min(min, wanted).max(max, wanted));
};
const ADDRESS_FORM = 'an address (http://…) without a user or a password in it';
export const webAddress = z
  .string(ADDRESS_FORM)
  .refine((text) => webAddressOf(text) !== undefined, ADDRESS_FORM);
export const flag = z.union(
  [z.boolean(), z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1')],
  'true or false',
);
const STORE_FORMS = 'sqlite:FILE or postgres://user:password@host/database';
export const storeForm = z.string(STORE_FORMS).regex(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, STORE_FORMS);
const LOGIN_FORM = 'lower-case letters, digits and . _ @ -';
export const login = z.string(LOGIN_FORM).regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, LOGIN_FORM);
/** Something, of which only what it is can be said. */
export const text = (wanted: string) => z.string(wanted).min(1, wanted);
