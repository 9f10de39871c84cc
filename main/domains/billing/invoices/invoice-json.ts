import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import type { BillingTables } from '../billing-tables.ts';
import { documentById, fileNameOf } from './invoice-store.ts';

type Operation = typeof billingContract.invoiceJson;

/** The text that is kept, byte for byte. */
export async function invoiceJson(
  db: Kysely<BillingTables>,
  invoiceId: string,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const invoice = await documentById(db, invoiceId);
  if (invoice === undefined) return refuse('no-such-invoice', { invoiceId });
  const { document: json, hash: sha256, number } = invoice;
  return done({ fileName: `${fileNameOf(number)}.json`, json, sha256 });
}
