import { sql, type Kysely } from 'kysely';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { PaymentRefundTable, PaymentsTables } from './payments-tables.ts';

type Db = Kysely<PaymentsTables>;

/** SQL: what of a payment was paid back and did not come back, in minor units. */
export const refundedMinor = sql<number>`coalesce((
  select cast(sum(payment_refund.amount_minor) as bigint) from payment_refund where payment_refund.payment_id = payment.id
    and not exists (select 1 from payment_refund_reversal where payment_refund_reversal.refund_id = payment_refund.id)), 0)`;

export type Refund = PaymentRefundTable & {
  readonly reversal_reason: string | null;
  readonly reversed_on: LocalDate | null;
};

// eslint-disable-next-line @typescript-eslint/explicit-function-return-type -- the builder's type is the query itself
function refunds(db: Db) {
  return db
    .selectFrom('payment_refund')
    .leftJoin('payment_refund_reversal as reversal', 'reversal.refund_id', 'payment_refund.id')
    .selectAll('payment_refund')
    .select(['reversal.reason as reversal_reason', 'reversal.booked_on as reversed_on']);
}

/** What was paid back of a payment, oldest first; those that came back too. */
export async function refundsOf(db: Db, paymentId: string): Promise<readonly Refund[]> {
  return await refunds(db)
    .where('payment_id', '=', paymentId)
    .orderBy('paid_on')
    .orderBy('recorded_at_ms')
    .orderBy('payment_refund.id')
    .execute();
}

/** Undefined for an unknown id. */
export async function refundById(db: Db, id: string): Promise<Refund | undefined> {
  return await refunds(db).where('payment_refund.id', '=', id).executeTakeFirst();
}

/** The one of a company that the bank calls so. */
export async function refundCalled(
  db: Db,
  of: { readonly companyId: string; readonly reference: string },
): Promise<Refund | undefined> {
  return await refunds(db)
    .where('company_id', '=', of.companyId)
    .where('reference', '=', of.reference)
    .executeTakeFirst();
}
