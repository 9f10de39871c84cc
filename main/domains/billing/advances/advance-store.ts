import { sql, type Kysely } from 'kysely';
import type { AdvanceFacts } from '../../../../shared/domains/billing/advance-contract.ts';
import { advanceLeftMinor, type Advance } from '../../../../shared/domains/billing/advance-rules.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import { forNoKeyUpdate } from '../../../platform/store/for-update.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { textList } from '../../../platform/store/update-many.ts';
import type { BillingTables, InvoiceTable } from '../billing-tables.ts';
import { readDocument, type AdvanceInvoiceDocument } from '../invoices/invoice-document.ts';

type Db = Kysely<BillingTables>;

/** An advance invoice as it stands. */
export interface StandingAdvance extends Advance {
  readonly id: string;
  readonly companyId: string;
  readonly customerId: string;
  readonly paymentId: string;
  readonly number: string;
  readonly issuedOn: LocalDate;
  readonly currency: Currency;
  readonly vatMinor: bigint;
  /** VAT of what is taken of it. */
  readonly takenVatMinor: bigint;
  /** How often something was taken of it. */
  readonly uses: number;
  readonly document: AdvanceInvoiceDocument;
}

const takenOf = (column: 'gross_minor' | 'vat_minor') =>
  sql<number>`coalesce((select cast(sum(${sql.ref(column)}) as bigint) from advance_use where advance_id = advance.invoice_id), 0)`;

/** SQL: what of advance invoices for a payment documents its money: what they are less what credit notes took back, in minor units. */
export const advancedMinor = sql<number>`coalesce((
  select cast(sum(advance.gross_minor - coalesce((
    select sum(advance_use.gross_minor) from advance_use
    where advance_use.advance_id = advance.invoice_id and advance_use.kind = 'credit-note'), 0)) as bigint)
  from advance where advance.payment_id = payment.id), 0)`;

/** Its payment was not taken back: what was left of it then, cents without VAT, is no money. */
const isOfMoney = sql`not exists (
  select 1 from payment_reversal where payment_reversal.payment_id = advance.payment_id)`;

// eslint-disable-next-line @typescript-eslint/explicit-function-return-type -- the builder's type is the query itself
function standing(db: Db) {
  return db
    .selectFrom('advance')
    .innerJoin('invoice', 'invoice.id', 'advance.invoice_id')
    .selectAll('advance')
    .select(['invoice.number', 'invoice.issued_on', 'invoice.document'])
    .select([takenOf('gross_minor').as('taken_minor'), takenOf('vat_minor').as('taken_vat_minor')])
    .select(sql<number>`(select count(*) from advance_use where advance_id = advance.invoice_id)`.as('uses'))
    .orderBy('invoice.issued_on')
    .orderBy('invoice.year')
    .orderBy('invoice.seq');
}

export type AdvanceRow = BillingTables['advance'] & Pick<InvoiceTable, 'number' | 'issued_on' | 'document'>;

/** None where its document is not an advance invoice. */
export function standingOf(
  row: AdvanceRow & {
    readonly taken_minor: number;
    readonly taken_vat_minor: number;
    readonly uses: number;
  },
): StandingAdvance[] {
  const document = readDocument(row.document);
  if (document.form !== 'advance-invoice-1') return [];
  return [
    {
      id: row.invoice_id,
      companyId: row.company_id,
      customerId: row.customer_id,
      paymentId: row.payment_id,
      number: row.number,
      issuedOn: row.issued_on,
      currency: row.currency,
      vatCategory: row.vat_category,
      vatRate: row.vat_rate,
      grossMinor: BigInt(row.gross_minor),
      vatMinor: BigInt(row.vat_minor),
      takenMinor: BigInt(row.taken_minor),
      takenVatMinor: BigInt(row.taken_vat_minor),
      uses: Number(row.uses),
      document,
    },
  ];
}

/** Whose advances, and whether nobody else may take of them until the transaction ends. */
interface Chosen {
  readonly kind: StoreKind;
  readonly lock?: boolean;
}

/**
 * Advance invoices of which something is left, oldest first, by customer; some hundreds of customers at once. Locked ones are locked in
 * one order before they are read, so that what is said is what is left behind the lock.
 */
export async function openAdvancesOf(
  db: Db,
  { kind, customerIds, lock = false }: Chosen & { readonly customerIds: readonly string[] },
): Promise<ReadonlyMap<string, readonly StandingAdvance[]>> {
  if (customerIds.length === 0) return new Map();
  const left = sql<boolean>`advance.gross_minor > ${takenOf('gross_minor')} and ${isOfMoney}`;
  let open = standing(db).where('advance.customer_id', 'in', textList(kind, customerIds)).where(left);
  if (lock) {
    const chosen = db
      .selectFrom('advance')
      .select('invoice_id')
      .where('customer_id', 'in', textList(kind, customerIds))
      .where(left)
      .orderBy('invoice_id');
    const locked = (await forNoKeyUpdate(chosen, kind).execute()).map(({ invoice_id: id }) => id);
    if (locked.length === 0) return new Map();
    // One that was issued meanwhile is nobody's to take: it is not locked.
    open = open.where('advance.invoice_id', 'in', textList(kind, locked));
  }
  const rows = await open.execute();
  return Map.groupBy(
    rows.flatMap((row) => standingOf(row)),
    ({ customerId }) => customerId,
  );
}

/** Those of these ids, locked in one order until the transaction ends. */
export async function lockAdvances(
  db: Db,
  kind: StoreKind,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StandingAdvance>> {
  if (ids.length === 0) return new Map();
  const chosen = db
    .selectFrom('advance')
    .select('invoice_id')
    .where('invoice_id', 'in', textList(kind, ids))
    .orderBy('invoice_id');
  await forNoKeyUpdate(chosen, kind).execute();
  const rows = await standing(db).where('advance.invoice_id', 'in', textList(kind, ids)).execute();
  return new Map(rows.flatMap((row) => standingOf(row)).map((advance) => [advance.id, advance]));
}

export async function advanceById(db: Db, id: string): Promise<StandingAdvance | undefined> {
  const rows = await standing(db).where('advance.invoice_id', '=', id).execute();
  return rows.flatMap((row) => standingOf(row))[0];
}

/** Those issued for a payment, oldest first; locked in one order where `lock` names the kind of store. */
export async function advancesOfPayment(
  db: Db,
  paymentId: string,
  lock?: StoreKind,
): Promise<readonly StandingAdvance[]> {
  if (lock !== undefined) {
    const chosen = db
      .selectFrom('advance')
      .select('invoice_id')
      .where('payment_id', '=', paymentId)
      .orderBy('invoice_id');
    await forNoKeyUpdate(chosen, lock).execute();
  }
  const rows = await standing(db).where('advance.payment_id', '=', paymentId).execute();
  return rows.flatMap((row) => standingOf(row));
}

/** What took of an advance, in order. */
export interface AdvanceUse {
  readonly advanceId: string;
  readonly useNo: number;
  readonly kind: 'invoice' | 'credit-note';
  readonly invoiceId: string;
  readonly number: string;
  readonly issuedOn: LocalDate;
  readonly grossMinor: bigint;
  readonly vatMinor: bigint;
  readonly entryId: string;
  /** Whether credit notes took back all of the invoice that settles it. */
  readonly isCredited: boolean;
}

/** What takes of these advance invoices. */
export async function usesOfAdvances(db: Db, kind: StoreKind, ids: readonly string[]): Promise<AdvanceUse[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('advance_use')
    .innerJoin('invoice', 'invoice.id', 'advance_use.invoice_id')
    .selectAll('advance_use')
    .select(['invoice.number', 'invoice.issued_on'])
    .select(
      sql<number>`case when invoice.gross_minor + coalesce((
        select sum(note.gross_minor) from invoice as note where note.credits_id = invoice.id), 0) <= 0 then 1 else 0 end`.as(
        'is_credited',
      ),
    )
    .where('advance_use.advance_id', 'in', textList(kind, ids))
    .orderBy('advance_use.advance_id')
    .orderBy('advance_use.use_no')
    .execute();
  return rows.map((row) => ({
    advanceId: row.advance_id,
    useNo: row.use_no,
    kind: row.kind,
    invoiceId: row.invoice_id,
    number: row.number,
    issuedOn: row.issued_on,
    grossMinor: BigInt(row.gross_minor),
    vatMinor: BigInt(row.vat_minor),
    entryId: row.entry_id,
    isCredited: Number(row.is_credited) === 1,
  }));
}

/** What is so of an advance invoice; null of any other document. */
export async function advanceFactsOf(
  db: Db,
  kind: StoreKind,
  invoiceId: string,
): Promise<AdvanceFacts | null> {
  const advance = await advanceById(db, invoiceId);
  if (advance === undefined) return null;
  const wire = (minor: bigint): AdvanceFacts['left'] => ({
    amountMinor: minor.toString(),
    currency: advance.currency,
  });
  const { reference, receivedOn } = advance.document.payment;
  const uses = await usesOfAdvances(db, kind, [invoiceId]);
  return {
    paymentId: advance.paymentId,
    reference,
    receivedOn,
    left: wire(advanceLeftMinor(advance)),
    uses: uses.map((use) => ({
      kind: use.kind,
      invoiceId: use.invoiceId,
      number: use.number,
      issuedOn: use.issuedOn,
      gross: wire(use.grossMinor),
      vat: wire(use.vatMinor),
    })),
  };
}
