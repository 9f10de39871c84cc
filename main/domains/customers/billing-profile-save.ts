import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { evidenceMissing, type BillingProfile } from '../../../shared/domains/customers/billing-profile.ts';
import type { customersContract } from '../../../shared/domains/customers/customers-contract.ts';
import { mergeEdit } from '../../../shared/kernel/edit-merge.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { isBilled, sellingCompany } from '../billing/billing-public.ts';
import { contactsOf, profileOf, writeProfile } from './billing-profile-store.ts';
import { customerById, customerByVatId, lockCustomer, lockIdentities } from './customer-store.ts';
import type { CustomersTables, CustomerTable } from './customers-tables.ts';

type Get = typeof customersContract.billingProfileGet;
type Save = typeof customersContract.billingProfileSave;
type Refusal = RefusalCodeOf<Save>;
type Db = Kysely<CustomersTables>;

export async function billingProfileGet(
  { customerId }: InputOf<Get>,
  db: Db,
): Promise<Outcome<OutputOf<Get>, RefusalCodeOf<Get>>> {
  const known = await customerById(db, customerId);
  if (known === undefined) return refuse('no-such-customer', { customerId });
  const profile = profileOf(known, await contactsOf(db, customerId));
  return done({ profile, fixed: await isBilled(db, customerId) });
}

/**
 * Sets how a customer is billed. What was sold to it is charged and posted by its company and in its billing zone, so those two stay
 * as they are from the first sale on: the ledgers of two companies never mix.
 */
export async function billingProfileSave(
  { customerId, profile: mine, before }: InputOf<Save>,
  context: CallContext,
): Promise<Outcome<OutputOf<Save>, Refusal>> {
  const db = context.tables<CustomersTables>();
  // Before the customer's own lock, as everybody takes them.
  await lockIdentities(db);
  const known = await lockCustomer(db, customerId);
  if (known === undefined) return refuse('no-such-customer', { customerId });
  context.subject(`how ${known.name} (${known.number}) is billed`);
  const now = profileOf(known, await contactsOf(db, customerId));
  const { merged, clashes } = mergeEdit({ before, mine, now });
  if (clashes.length > 0) {
    return refuse('changed-meanwhile', { name: known.name, fields: clashes.join(', ') });
  }
  const seller = await sellingCompany(db, merged.companyId);
  if (seller === undefined) return refuse('no-such-company', { companyId: merged.companyId });
  const billingZone = merged.billingZone === seller.timeZone ? '' : merged.billingZone;
  const moved = await moveRefusal(db, known, { ...merged, billingZone });
  if (moved !== undefined) return moved;
  const wrong = profileRefusal(known, merged);
  if (wrong !== undefined) return wrong;
  await writeProfile(db, customerId, { ...merged, billingZone });
  await context.note('customer', customerId);
  return done({});
}

type Refused = ReturnType<typeof refuse<Refusal>>;

/** To another company or billing zone. */
async function moveRefusal(db: Db, known: CustomerTable, to: BillingProfile): Promise<Refused | undefined> {
  const { id, name, company_id: from } = known;
  if (to.companyId === from && to.billingZone === known.billing_zone) return undefined;
  const [company, other] = [await sellingCompany(db, from), await sellingCompany(db, to.companyId)];
  if (await isBilled(db, id)) {
    if (to.companyId !== from)
      return refuse('company-fixed', { name, company: company?.name ?? from, other: other?.name ?? '' });
    const timeZone = known.billing_zone === '' ? (company?.timeZone ?? '') : known.billing_zone;
    return refuse('zone-fixed', { name, timeZone });
  }
  const same = await customerByVatId(db, known.vat_id, to.companyId);
  if (same === undefined || same.id === id) return undefined;
  const { vat_id: vatId, number } = same;
  return refuse('vat-id-taken', { vatId, other: same.name, number, company: other?.name ?? '' });
}

function profileRefusal(known: CustomerTable, profile: BillingProfile): Refused | undefined {
  const { name, country } = known;
  const { taxCountry } = profile;
  if (taxCountry === '' || taxCountry === country) return undefined;
  if (known.kind === 'company') return refuse('tax-country-of-company', { name });
  const missing = evidenceMissing(country, profile);
  return missing === 0 ? undefined : refuse('tax-evidence-missing', { name, country, taxCountry, missing });
}
