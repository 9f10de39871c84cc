import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { CustomerFields } from '../../../shared/domains/customers/customers-contract.ts';
import { readVatId } from '../../../shared/domains/customers/vat-id-rules.ts';
import { customerByVatId, lockIdentities } from './customer-store.ts';
import type { CustomersTables } from './customers-tables.ts';

/**
 * The VAT id of `fields` in normal form, if it has the form of its country and no other customer of that company has it. Holds the
 * identities' lock until the transaction ends, so the answer stays true.
 */
export async function checkedVatId(
  db: Kysely<CustomersTables>,
  fields: CustomerFields,
  of: { readonly companyId: string; readonly customerId?: string },
): Promise<Outcome<string, 'vat-id-malformed' | 'vat-id-taken'>> {
  await lockIdentities(db);
  const verdict = readVatId(fields.country, fields.vatId);
  if (!verdict.ok) {
    return refuse('vat-id-malformed', {
      vatId: fields.vatId,
      country: fields.country,
      detail: verdict.detail,
    });
  }
  const other = await customerByVatId(db, verdict.vatId, of.companyId);
  if (other !== undefined && other.id !== of.customerId) {
    return refuse('vat-id-taken', { vatId: verdict.vatId, name: other.name, number: other.number });
  }
  return done(verdict.vatId);
}
