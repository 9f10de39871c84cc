import type { Kysely } from 'kysely';
import type { Outcome } from '../../../../shared/contract/outcome.ts';
import type { VatCategory } from '../../../../shared/domains/billing/vat-rules.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { vatOwedIn } from '../advances/advance-settle.ts';
import type { BillingTables } from '../billing-tables.ts';
import { billedAgainBy, eachOf, leftOfCharges, originsOf } from '../charges/charge-credits.ts';
import {
  chargesOf,
  creditableInvoices,
  draftRepairs,
  type CreditDraft,
  type CreditRefusal,
} from './credit-draft.ts';
import { matchRepairs, openRepairs, type RepairRow } from './credit-standing.ts';

type Db = Kysely<BillingTables>;

/** Where what a repair takes back was invoiced, and how that was taxed. */
export interface InvoicedRepair {
  readonly invoiceId: string;
  readonly number: string;
  readonly vatCategory: VatCategory;
  readonly vatRate: string;
  /** The state its VAT is owed to. */
  readonly owedIn: string;
}

/** Repairs of one invoice that a credit note is to settle. */
export interface RepairsOfInvoice {
  readonly invoiceId: string;
  readonly chargeIds: readonly string[];
}

/**
 * Of these charges, those that take something back of what stands on an invoice with as much left, by their ids. What takes back of a charge
 * that was never invoiced, or whose invoice was credited, is none of them. Some hundreds of customers at once.
 */
export async function invoicedRepairs(
  db: Db,
  chargeIds: readonly string[],
): Promise<ReadonlyMap<string, InvoicedRepair>> {
  const rows = await repairRows(db, chargeIds);
  if (rows.length === 0) return new Map();
  const origins = await originsOf(db, rows);
  const creditable = [
    ...(await creditableInvoices(db, await invoicesWith(db, [...origins.values()]))).values(),
  ];
  const lines = creditable
    .toSorted(
      ({ invoice: one }, { invoice: other }) =>
        one.issued_at_ms - other.issued_at_ms || one.year - other.year || one.seq - other.seq,
    )
    .flatMap(({ invoice, document, lines: ofInvoice }) =>
      ofInvoice.map((line) => ({ ...line, invoice, owedIn: vatOwedIn(document) })),
    );
  return new Map(
    matchRepairs(lines, { rows, origins }).map(({ repair, line }) => {
      const { invoice, vatCategory, vatRate, owedIn } = line;
      const of = { invoiceId: invoice.id, number: invoice.number, vatCategory, vatRate, owedIn };
      return [repair.chargeId, of] as const;
    }),
  );
}

/** Invoices with these charges of rating on them, or with what billed them again. */
async function invoicesWith(db: Db, origins: readonly string[]): Promise<string[]> {
  const ids = [...new Set(origins)];
  const again = await eachOf(ids, async (some) =>
    db
      .selectFrom('charge_credit')
      .select('source')
      .where('charge_id', 'in', some)
      .where('source', 'like', `${billedAgainBy('')}%`)
      .execute(),
  );
  const billed = [...ids, ...again.map(({ source }) => source.slice(billedAgainBy('').length))];
  const found = await eachOf(billed, async (some) =>
    db.selectFrom('invoice_charge').select('invoice_id').where('charge_id', 'in', some).execute(),
  );
  return found.map((row) => row.invoice_id);
}

/** Of these charges, those that are on an invoice or settled by a credit note. */
export async function chargesOnDocuments(db: Db, chargeIds: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await eachOf(chargeIds, async (some) =>
    db.selectFrom('invoice_charge').select('charge_id').where('charge_id', 'in', some).execute(),
  );
  return new Set(found.map((row) => row.charge_id));
}

async function repairRows(db: Db, chargeIds: readonly string[]): Promise<RepairRow[]> {
  return await eachOf(chargeIds, async (some) => openRepairs(db).where('charge.id', 'in', some).execute());
}

/**
 * What the credit notes would say that settle these repairs and take nothing else but what must go with them, by their invoices: undefined where a repair is on a document
 * meanwhile, or its line has not that much left any more; a refusal where the invoice as a whole has not. With `lock` the invoices are
 * locked, in one order, before anything is read. Some hundreds of invoices at once.
 */
export async function draftRepairCredits(
  db: Db,
  asked: readonly RepairsOfInvoice[],
  lock?: StoreKind,
): Promise<ReadonlyMap<string, Outcome<CreditDraft, CreditRefusal> | undefined>> {
  if (asked.length === 0) return new Map();
  const creditable = await creditableInvoices(
    db,
    asked.map(({ invoiceId }) => invoiceId),
    lock,
  );
  const rows = await repairRows(
    db,
    asked.flatMap(({ chargeIds }) => chargeIds),
  );
  const origins = await originsOf(db, rows);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const leftOf = await leftOfCharges(db, [...creditable.values()].flatMap(chargesOf));
  return new Map(
    asked.map(({ invoiceId, chargeIds }) => {
      const of = creditable.get(invoiceId);
      const ours = chargeIds.flatMap((id) => byId.get(id) ?? []);
      const matched = of === undefined ? [] : matchRepairs(of.lines, { rows: ours, origins });
      if (of === undefined || matched.length < chargeIds.length) return [invoiceId, undefined] as const;
      const repairs = matched.map(({ repair }) => repair);
      return [invoiceId, draftRepairs(of, repairs, leftOf)] as const;
    }),
  );
}
