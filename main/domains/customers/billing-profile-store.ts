import type { Kysely } from 'kysely';
import type { BillingProfile, CustomerContact } from '../../../shared/domains/customers/billing-profile.ts';
import type { CustomersTables, CustomerTable } from './customers-tables.ts';

type Db = Kysely<CustomersTables>;

export function profileOf(row: CustomerTable, contacts: readonly CustomerContact[]): BillingProfile {
  return {
    companyId: row.company_id,
    billingZone: row.billing_zone,
    postal: JSON.parse(row.postal) as BillingProfile['postal'],
    taxCountry: row.tax_country,
    taxEvidence: JSON.parse(row.tax_evidence) as BillingProfile['taxEvidence'],
    contacts: [...contacts],
  };
}

export async function contactsOf(db: Db, customerId: string): Promise<CustomerContact[]> {
  return await db
    .selectFrom('customer_contact')
    .select(['role', 'name', 'email', 'phone', 'language'])
    .where('customer_id', '=', customerId)
    .orderBy('contact_no')
    .execute();
}

/** Writes a profile over the one before; the caller holds the customer's lock. */
export async function writeProfile(db: Db, customerId: string, profile: BillingProfile): Promise<void> {
  await db
    .updateTable('customer')
    .set({
      company_id: profile.companyId,
      billing_zone: profile.billingZone,
      postal: JSON.stringify(profile.postal),
      tax_country: profile.taxCountry,
      tax_evidence: JSON.stringify(profile.taxEvidence),
    })
    .where('id', '=', customerId)
    .execute();
  await db.deleteFrom('customer_contact').where('customer_id', '=', customerId).execute();
  const rows = profile.contacts.map((contact, at) => ({
    ...contact,
    customer_id: customerId,
    contact_no: at + 1,
  }));
  if (rows.length > 0) await db.insertInto('customer_contact').values(rows).execute();
}
