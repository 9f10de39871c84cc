import { sql, type Kysely } from 'kysely';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import { forNoKeyUpdate } from '../../../platform/store/for-update.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { textList } from '../../../platform/store/update-many.ts';
import type { BillingTables, DocumentType } from '../billing-tables.ts';
import { openMinor } from './invoice-store.ts';

type Db = Kysely<BillingTables>;

/** An invoice with what the ledger says is owed on it. */
export interface OwedInvoice {
  readonly id: string;
  readonly type: DocumentType;
  readonly number: string;
  readonly customerId: string;
  readonly customer: string;
  readonly currency: Currency;
  readonly issuedOn: LocalDate;
  readonly dueOn: LocalDate;
  readonly openMinor: bigint;
}

/** The open invoices of a customer, those that were due first before others; in all currencies unless one is said. */
export async function openInvoicesOf(
  db: Db,
  of: { readonly customerId: string; readonly currency?: Currency },
): Promise<OwedInvoice[]> {
  let query = owed(db)
    .where('customer_id', '=', of.customerId)
    .where('document_type', '=', 'invoice')
    .where(sql<boolean>`${openMinor} > 0`);
  if (of.currency !== undefined) query = query.where('currency', '=', of.currency);
  return (
    await query.orderBy('due_on').orderBy('issued_on').orderBy('year').orderBy('seq').orderBy('id').execute()
  ).map(owedOf);
}

/** Locks documents, in one order, until the transaction ends, and says behind the lock what is open of each; unknown ids are left out. */
export async function lockOwed(
  db: Db,
  kind: StoreKind,
  ids: readonly string[],
): Promise<ReadonlyMap<string, OwedInvoice>> {
  if (ids.length === 0) return new Map();
  const chosen = db.selectFrom('invoice').select('id').where('id', 'in', textList(kind, ids)).orderBy('id');
  await forNoKeyUpdate(chosen, kind).execute();
  const rows = await owed(db).where('id', 'in', textList(kind, ids)).execute();
  return new Map(rows.map((row) => [row.id, owedOf(row)]));
}

// eslint-disable-next-line @typescript-eslint/explicit-function-return-type -- the builder's type is the query itself
function owed(db: Db) {
  return db
    .selectFrom('invoice')
    .select([
      'id',
      'document_type',
      'number',
      'customer_id',
      'customer_name',
      'currency',
      'issued_on',
      'due_on',
      openMinor.as('open_minor'),
    ]);
}

function owedOf(row: Awaited<ReturnType<ReturnType<typeof owed>['execute']>>[number]): OwedInvoice {
  return {
    id: row.id,
    type: row.document_type,
    number: row.number,
    customerId: row.customer_id,
    customer: row.customer_name,
    currency: row.currency,
    issuedOn: row.issued_on,
    dueOn: row.due_on,
    openMinor: BigInt(row.open_minor),
  };
}
