import type { PaymentDetail } from '../../../shared/domains/payments/payments-contract.ts';
import type { Kysely } from 'kysely';
import { billingTables, documentNumbers } from '../billing/billing-public.ts';
import { allocationsOf, paymentById, paymentRowOf } from './payment-store.ts';
import type { PaymentsTables } from './payments-tables.ts';

/** A payment as it stands, with the invoices it settles; undefined for an unknown id. */
export async function paymentDetail(
  db: Kysely<PaymentsTables>,
  paymentId: string,
): Promise<PaymentDetail | undefined> {
  const payment = await paymentById(db, paymentId);
  if (payment === undefined) return undefined;
  const allocations = await allocationsOf(db, paymentId);
  const numbers = await documentNumbers(
    billingTables(db),
    allocations.map(({ invoice_id: id }) => id),
  );
  const reversal = await db
    .selectFrom('payment_reversal')
    .select(['reason', 'booked_on'])
    .where('payment_id', '=', paymentId)
    .executeTakeFirst();
  return {
    ...paymentRowOf(payment),
    note: payment.note,
    recordedAt: new Date(payment.recorded_at_ms).toISOString(),
    allocations: allocations.map((each) => ({
      invoiceId: each.invoice_id,
      number: numbers.get(each.invoice_id) ?? '',
      bookedOn: each.booked_on,
      amount: { amountMinor: String(each.amount_minor), currency: payment.currency },
    })),
    reversal: reversal === undefined ? null : { reason: reversal.reason, bookedOn: reversal.booked_on },
  };
}
