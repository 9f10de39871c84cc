import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { allocationPosting } from '../../../shared/domains/billing/ledger-rules.ts';
import type { paymentsContract } from '../../../shared/domains/payments/payments-contract.ts';
import { addDays, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText, type Currency } from '../../../shared/kernel/money.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { billingTables, booksOf, lockOwed, post, type OwedInvoice } from '../billing/billing-public.ts';
import type { PaymentsParts } from './payments-parts.ts';
import type { PaymentsTables, PaymentTable } from './payments-tables.ts';

type Refusal = Exclude<RefusalCodeOf<typeof paymentsContract.paymentAllocate>, 'no-such-payment'>;

export interface Wanted {
  readonly invoiceId: string;
  readonly amountMinor: bigint;
}

export interface Paid {
  readonly payment: PaymentTable;
  /** What stands on no invoice yet. */
  readonly leftMinor: bigint;
  /** Allocations there are already. */
  readonly count: number;
}

export const amountWords = (minor: bigint, currency: Currency): string =>
  `${moneyToDecimalText(money(minor, currency))} ${currency}`;

/**
 * Puts parts of a payment on invoices, in the caller's transaction, which holds the payment: the invoices are locked first, so that none
 * is paid twice over; then each allocation is an entry of its own, which moves what was received in advance to what that invoice owes.
 * Answers what is left of the payment.
 */
export async function postAllocations(
  parts: PaymentsParts,
  db: AnyDatabase,
  paid: Paid,
  wanted: readonly Wanted[],
): Promise<Outcome<bigint, Refusal>> {
  const invoices = await lockOwed(
    billingTables(db),
    parts.kind,
    wanted.map(({ invoiceId }) => invoiceId),
  );
  const { payment } = paid;
  let left = paid.leftMinor;
  for (const each of wanted) {
    const fault = faultOf(payment, each, { invoice: invoices.get(each.invoiceId), left });
    if (fault !== undefined) return fault;
    left -= each.amountMinor;
  }
  const nowMs = await parts.nowMs(db);
  const { closedUntil } = await booksOf(billingTables(db), payment.company_id);
  const ours = db as Kysely<PaymentsTables>;
  for (const [at, { invoiceId, amountMinor }] of wanted.entries()) {
    const invoice = invoices.get(invoiceId);
    if (invoice === undefined) continue;
    const allocationNo = paid.count + at + 1;
    const bookedOn = settledOn([payment.received_on, invoice.issuedOn], closedUntil);
    const entryId = await post(billingTables(db), {
      companyId: payment.company_id,
      currency: payment.currency,
      bookedOn,
      kind: 'payment',
      source: `allocation ${payment.id} ${allocationNo}`,
      memo: payment.reference,
      lines: allocationPosting(amountMinor),
      customerId: payment.customer_id,
      documentId: invoiceId,
      postedAtMs: nowMs,
    });
    await ours
      .insertInto('payment_allocation')
      .values({
        payment_id: payment.id,
        allocation_no: allocationNo,
        invoice_id: invoiceId,
        amount_minor: Number(amountMinor),
        booked_on: bookedOn,
        entry_id: entryId,
      })
      .execute();
  }
  return done(left);
}

/** Money that came before its invoice settles it on the day of the invoice, and in closed books on the first day after them. */
export function settledOn(days: readonly LocalDate[], closedUntil: LocalDate | null): LocalDate {
  const open = closedUntil === null ? [] : [addDays(closedUntil, 1)];
  return [...days, ...open].reduce((last, day) => (day > last ? day : last));
}

function faultOf(
  payment: PaymentTable,
  { invoiceId, amountMinor }: Wanted,
  of: { readonly invoice: OwedInvoice | undefined; readonly left: bigint },
): Outcome<never, Refusal> | undefined {
  const { invoice, left } = of;
  const { currency, reference } = payment;
  const words = (minor: bigint): string => amountWords(minor, currency);
  if (invoice === undefined) return refuse('no-such-invoice', { invoiceId });
  const { number } = invoice;
  if (invoice.type !== 'invoice') return refuse('not-an-invoice', { number });
  if (invoice.customerId !== payment.customer_id) {
    return refuse('other-customer', { number, customer: invoice.customer });
  }
  if (invoice.currency !== currency) {
    return refuse('other-currency', { number, currency: invoice.currency, paid: currency });
  }
  if (amountMinor > invoice.openMinor) {
    return refuse('more-than-open', { number, open: words(invoice.openMinor), amount: words(amountMinor) });
  }
  if (amountMinor > left) {
    return refuse('more-than-paid', { reference, left: words(left), amount: words(amountMinor) });
  }
  return undefined;
}
