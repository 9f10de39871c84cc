import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { ChargedParts } from '../../../../shared/domains/billing/charged-parts.ts';
import { vatKey } from '../../../../shared/domains/billing/vat-key-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { addDays, dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText } from '../../../../shared/kernel/money.ts';
import { ratio, ratioFrom, ratioText } from '../../../../shared/kernel/ratio.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { AnyTransaction } from '../../../platform/store/store.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, ChargeTable, InvoiceTable } from '../billing-tables.ts';
import { againReason, deskCharge } from '../charges/charge-desk-line.ts';
import { billedAgainBy, creditCharges, ratedLines } from '../charges/charge-credits.ts';
import { calendarOfDocument, companyById, lockCalendar } from '../companies/company-store.ts';
import { insertDeferrals } from '../ledger/deferral-store.ts';
import { readDocument, type DocumentLine } from './invoice-document.ts';
import { vatWords } from './invoices-before.ts';
import { documentById } from './invoice-store.ts';
import { post } from '../ledger/ledger-store.ts';

type Operation = typeof billingContract.invoiceBillAgain;
type Db = Kysely<BillingTables>;

/**
 * Charges the lines of a wholly credited invoice once more. Its own charges stay on it for ever, since documents are final: what the
 * credit note took from revenue is earned again by a charge per line, of the same quantity, price, amount and days, which the next
 * invoice takes as any other. The invoice is the key of `billed_again`, and its lines are keys of their charges: once, whoever asks.
 */
export async function invoiceBillAgain(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { invoiceId } = input;
  // First, as all who lock it do: no day closes while what is for days to come is parted from what is earned.
  const { billingZone = '', ...ofCompany } = await calendarOfDocument(db, invoiceId);
  const closedUntil = (await lockCalendar(db, { ...ofCompany, billingZone }))?.closedUntil ?? null;
  const invoice = await documentById(db, invoiceId, parts.kind);
  if (invoice === undefined) return refuse('no-such-invoice', { invoiceId });
  const { number, customer_name: customer } = invoice;
  const document = readDocument(invoice.document);
  if (document.form !== 'invoice-1') return refuse('not-an-invoice', { number });
  context.subject(`${number} of ${customer}`);
  const left = await leftOf(db, invoice);
  if (left !== 0n) {
    const words = `${moneyToDecimalText(money(left, invoice.currency))} ${invoice.currency}`;
    return refuse('not-credited', { number, customer, left: words });
  }
  const before = await db
    .selectFrom('billed_again')
    .select('day')
    .where('invoice_id', '=', invoiceId)
    .executeTakeFirst();
  if (before !== undefined) return refuse('billed-again', { number, customer, day: before.day });
  const company = await companyById(db, invoice.company_id);
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, company.time_zone);
  const day = input.day ?? addDays(invoice.period_end_exclusive, -1);
  if (day > today) return refuse('date-in-future', { day, today });
  // Days of closed books are as good as others: what is earned again is booked today. Before its supply no invoice would ask for it.
  const { start: periodStart } = document.period;
  if (day < periodStart) return refuse('day-before-supply', { day, number, customer, periodStart });
  const repaired = await repairedLines(db, invoiceId);
  const repairs = repaired.map(({ line }) => line);
  const without = overRepaired(document.lines, repairs);
  if (without !== undefined) return refuse('nothing-again', { number, customer, vat: vatWords([without]) });
  const charges = [
    ...document.lines.map((line) => chargeOf(line, { invoice, by: invoice, day, nowMs })),
    ...repaired.map(({ line, note, priced }) => chargeOf(line, { invoice, by: note, day, nowMs, priced })),
  ];
  const earned = new ChargedParts(closedUntil !== null && closedUntil > today ? closedUntil : today);
  for (const { netMinor, service } of [...document.lines, ...repairs]) {
    if (netMinor !== '0') earned.add(BigInt(netMinor), service);
  }
  await postAgain(parts, db, { invoice, charges, earned, billingZone, day, today, nowMs });
  await context.note('invoice', invoiceId);
  await context.note('customer', invoice.customer_id);
  const netMinor = charges.reduce((sum, charge) => sum + charge.amount_minor, 0);
  const net = { amountMinor: String(netMinor), currency: invoice.currency };
  return done({ charges: charges.length, net, day });
}

/**
 * Of a category and rate of which repairs took more than it is, and so as much of what the invoice took back of an earlier one as must go with them
 * (`netsWithinRates`): rating takes that back of the earlier one again, so here it would be taken twice.
 */
function overRepaired(
  lines: readonly DocumentLine[],
  repairs: readonly DocumentLine[],
): DocumentLine | undefined {
  const netOf = (some: readonly DocumentLine[] = []): bigint =>
    some.reduce((sum, { netMinor }) => sum + BigInt(netMinor), 0n);
  const invoiced = Map.groupBy(lines, vatKey);
  return [...Map.groupBy(repairs, vatKey)].find(([key, of]) => {
    const netMinor = netOf(invoiced.get(key));
    return netMinor + netOf(of) < (netMinor < 0n ? netMinor : 0n);
  })?.[1][0];
}

/** Gross that no credit note took back. */
async function leftOf(db: Db, invoice: InvoiceTable): Promise<bigint> {
  const notes = await db
    .selectFrom('invoice')
    .select('gross_minor')
    .where('credits_id', '=', invoice.id)
    .execute();
  return notes.reduce((left, note) => left + BigInt(note.gross_minor), BigInt(invoice.gross_minor));
}

interface Repaired {
  readonly line: DocumentLine;
  readonly note: Pick<InvoiceTable, 'id' | 'number'>;
  readonly priced: { readonly grossMinor: number; readonly vatRate: string } | undefined;
}

/** Lines of its credit notes that settled repairs: days that were not served are not billed again. */
async function repairedLines(db: Db, invoiceId: string): Promise<Repaired[]> {
  const rows = await db
    .selectFrom('invoice')
    .innerJoin('invoice_charge', 'invoice_charge.invoice_id', 'invoice.id')
    .innerJoin('charge', 'charge.id', 'invoice_charge.charge_id')
    .select(['invoice.id', 'invoice.number', 'document', 'line_no'])
    .select(['charge.gross_minor', 'charge.price_vat_rate'])
    .where('credits_id', '=', invoiceId)
    .orderBy('credit_no')
    .orderBy('line_no')
    .execute();
  return rows.flatMap(
    ({ id, number, document, line_no: lineNo, gross_minor: gross, price_vat_rate: rate }) => {
      const line = readDocument(document).lines.find((one) => one.lineNo === lineNo);
      const priced = gross === null || rate === null ? undefined : { grossMinor: gross, vatRate: rate };
      return line === undefined ? [] : [{ line, note: { id, number }, priced }];
    },
  );
}

function chargeOf(
  line: DocumentLine,
  of: {
    readonly invoice: InvoiceTable;
    /** Whose line it is. */
    readonly by: Pick<InvoiceTable, 'id' | 'number'>;
    readonly day: LocalDate;
    readonly nowMs: number;
    readonly priced?: Repaired['priced'];
  },
): ChargeTable {
  const { invoice, by, day, nowMs } = of;
  const exact = ratio(BigInt(line.numerator), BigInt(line.denominator));
  // In lowest terms: a month of MiB-milliseconds is beyond what the column holds exactly.
  const quantity = ratioFrom(ratioText(exact));
  const isNothing = BigInt(line.netMinor) === 0n;
  return deskCharge({
    id: newId('chg', nowMs),
    company_id: invoice.company_id,
    subscription_id: line.subscriptionId,
    customer_id: invoice.customer_id,
    component: line.part ?? line.component,
    day,
    reason: againReason(by.id, line.lineNo),
    numerator: Number(quantity.numerator),
    denominator: Number(quantity.denominator),
    unit_price: line.unitPrice,
    currency: invoice.currency,
    amount_minor: Number(line.netMinor),
    priced:
      line.grossMinor === undefined
        ? of.priced
        : { grossMinor: Number(line.grossMinor), vatRate: line.vatRate },
    entry_id: isNothing ? null : entryIdOf(invoice),
    posted_at_ms: nowMs,
    kept: {
      reason: 'again',
      kind: line.component,
      plan: line.plan,
      ...(line.productId !== undefined && { productId: line.productId }),
      vm: line.vm,
      service: line.service,
    },
    explained: { kind: 'again', invoiceId: by.id, number: by.number, lineNo: line.lineNo },
  });
}

/** One per invoice, so that it can be named before it is written. */
function entryIdOf(invoice: InvoiceTable): string {
  return `entry_again_${invoice.id.slice('inv_'.length)}`;
}

async function postAgain(
  parts: Pick<BillingParts, 'insertMany' | 'updateMany'>,
  db: Db,
  made: {
    readonly invoice: InvoiceTable;
    readonly charges: readonly ChargeTable[];
    readonly earned: ChargedParts;
    readonly billingZone: string;
    readonly day: LocalDate;
    readonly today: LocalDate;
    readonly nowMs: number;
  },
): Promise<void> {
  const { invoice, charges, earned, day, today, nowMs } = made;
  const entryId = await post(db, {
    id: entryIdOf(invoice),
    companyId: invoice.company_id,
    currency: invoice.currency,
    // Beside the credit note, and not in the month of supply: that one's revenue was never taken back.
    bookedOn: today,
    kind: 'charges',
    source: `charges again of ${invoice.id}`,
    memo: `${invoice.number} is billed again`,
    lines: earned.lines(),
    customerId: invoice.customer_id,
    postedAtMs: nowMs,
  });
  await insertDeferrals(db, {
    entryId,
    companyId: invoice.company_id,
    billingZone: made.billingZone,
    currency: invoice.currency,
    parts: earned,
  });
  await parts.insertMany(db as unknown as AnyTransaction, 'charge', charges);
  await db
    .insertInto('billed_again')
    .values({ invoice_id: invoice.id, entry_id: entryId, day, made_at_ms: nowMs })
    .execute();
  await tellRating(parts, db, { charges, today });
}

/**
 * What is billed again of charges that rating made can be repaired again: rating looks at it as the next day closes, since what it would
 * have taken back meanwhile the credit note had given back.
 */
async function tellRating(
  parts: Pick<BillingParts, 'insertMany' | 'updateMany'>,
  db: Db,
  { charges, today }: { readonly charges: readonly ChargeTable[]; readonly today: LocalDate },
): Promise<void> {
  const documents = new Set(charges.map((charge) => charge.reason.split(' ')[1] ?? ''));
  const byReason = new Map(charges.map((charge) => [charge.reason, charge]));
  const rated = await ratedLines(db, [...documents]);
  const again = [...rated].flatMap(([documentId, lines]) =>
    lines.flatMap(({ lineNo, charge: origin }) => {
      const charge = byReason.get(againReason(documentId, lineNo));
      if (charge === undefined) return [];
      const amountMinor = BigInt(charge.gross_minor ?? charge.amount_minor);
      return [{ charge: origin, source: billedAgainBy(charge.id), amountMinor }];
    }),
  );
  await creditCharges(parts, db, { credits: again, today });
}
