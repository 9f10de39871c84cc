import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Period } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { isAmong } from '../../../platform/store/update-many.ts';
import type { BillingTables } from '../billing-tables.ts';
import type { DocumentLine, DocumentVatLine } from './invoice-document.ts';

type Db = Kysely<BillingTables>;

export interface InvoiceBefore {
  readonly id: string;
  readonly number: string;
  readonly customerId: string;
  readonly currency: Currency;
  readonly grossMinor: bigint;
  /** Its VAT categories and rates, as {@link vatWords}. */
  readonly vat: string;
}

/** Invoices of these customers that lie within a period, in the order of their numbers, by customer; some hundreds of customers at once. */
export async function invoicesWithin(
  db: Db,
  of: {
    readonly kind: StoreKind;
    readonly companyId: string;
    readonly customerIds: readonly string[];
    readonly period: Period;
  },
): Promise<ReadonlyMap<string, readonly InvoiceBefore[]>> {
  const rows = await db
    .selectFrom('invoice')
    .select(['id', 'number', 'company_id', 'document_type', 'customer_id', 'currency', 'gross_minor'])
    .select(partOf(of.kind, 'vatLines').as('vat'))
    .where(isAmong(of.kind, 'customer_id', of.customerIds))
    .where('period_start', '>=', of.period.start)
    .where('period_end_exclusive', '<=', of.period.endExclusive)
    .orderBy('year')
    .orderBy('seq')
    .execute();
  // Not asked of the database: SQLite would go through all that the company ever issued, once for each page of customers.
  const ours = rows.filter((row) => row.company_id === of.companyId && row.document_type === 'invoice');
  const found = ours.map((row) => ({
    id: row.id,
    number: row.number,
    customerId: row.customer_id,
    currency: row.currency,
    grossMinor: BigInt(row.gross_minor),
    vat: vatWords(JSON.parse(row.vat) as DocumentVatLine[]),
  }));
  return Map.groupBy(found, ({ customerId }) => customerId);
}

/** Lines of invoices, by the invoices' ids. */
export async function linesOfInvoices(
  db: Db,
  kind: StoreKind,
  invoiceIds: readonly string[],
): Promise<ReadonlyMap<string, readonly DocumentLine[]>> {
  if (invoiceIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('invoice')
    .select(['id', partOf(kind, 'lines').as('lines')])
    .where(isAmong(kind, 'id', invoiceIds))
    .execute();
  return new Map(rows.map((row) => [row.id, JSON.parse(row.lines) as DocumentLine[]]));
}

/** A part of the document as text, without sending the whole of it. */
function partOf(kind: StoreKind, part: 'vatLines' | 'lines'): RawBuilder<string> {
  return kind === 'sqlite'
    ? sql<string>`json_extract(document, ${sql.lit(`$.${part}`)})`
    : sql<string>`cast(cast(document as json) -> ${sql.lit(part)} as text)`;
}

/** `S 23 %, AE`: which VAT a document has. */
export function vatWords(lines: readonly Pick<DocumentVatLine, 'vatCategory' | 'vatRate'>[]): string {
  const words = lines.map(({ vatCategory, vatRate }) =>
    vatCategory === 'S' ? `S ${vatRate} %` : vatCategory,
  );
  return [...new Set(words)].toSorted().join(', ');
}
