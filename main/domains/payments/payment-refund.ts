import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { plainIban } from '../../../shared/domains/billing/iban-rules.ts';
import { paymentPosting, reversed } from '../../../shared/domains/billing/ledger-rules.ts';
import type { paymentsContract } from '../../../shared/domains/payments/payments-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import { dayAt, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { unusedBalanceMinor } from '../balances/balances-public.ts';
import { accountIn, billingTables, closedBooks, companyById, post } from '../billing/billing-public.ts';
import { amountWords } from './allocation-post.ts';
import { paymentLocked, type PaymentAsItStands } from './payment-store.ts';
import type { PaymentsParts } from './payments-parts.ts';
import type { PaymentRefundTable, PaymentsTables } from './payments-tables.ts';
import { refundCalled, type Refund } from './refund-store.ts';

type Operation = typeof paymentsContract.paymentRefund;
type Input = InputOf<Operation>;
type Answer = Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>;

/**
 * Pays back what stands on no invoice of a payment: what is owed to the customer leaves our bank. The payment is locked, so that its rest
 * is put on an invoice, documented by an advance invoice or paid back, and each once. The reference is the natural key: the same refund
 * again is answered by the one that is there, another one of that name is refused.
 */
export async function paymentRefund(
  parts: PaymentsParts,
  input: Input,
  context: CallContext,
): Promise<Answer> {
  const db = context.tables<PaymentsTables>();
  const payment = await paymentLocked(db, parts.kind, input.paymentId);
  if (payment === undefined) return refuse('no-such-payment', { paymentId: input.paymentId });
  const { currency, reference, customer_name: customer, customer_id: customerId } = payment;
  context.subject(`${input.reference} to ${customer} of ${reference}`);
  const company = await companyById(billingTables(db), payment.company_id);
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, company.time_zone);
  const paidOn = input.paidOn ?? today;
  const before = await refundCalled(db, { companyId: company.id, reference: input.reference });
  if (before !== undefined) return await recordedBefore(db, before, { input, payment, paidOn });
  if (payment.state === 'reversed') return refuse('is-reversed', { reference, customer });
  if (paidOn > today) return refuse('date-in-future', { paidOn, today });
  if (paidOn < payment.received_on) {
    return refuse('date-before-payment', { paidOn, reference, customer, receivedOn: payment.received_on });
  }
  const leftMinor = BigInt(payment.unallocated_minor);
  const amountMinor = input.amountMinor === undefined ? leftMinor : BigInt(input.amountMinor);
  const amount = amountWords(amountMinor, currency);
  if (leftMinor <= 0n) return refuse('nothing-left', { reference, customer });
  if (amountMinor > leftMinor) {
    return refuse('more-than-left', { reference, customer, left: amountWords(leftMinor, currency), amount });
  }
  const unused = await unusedBalanceMinor(db, parts.kind, { customerId, currency, day: today });
  if (unused !== undefined && amountMinor > unused) {
    return refuse('used-up', { customer, left: amountWords(unused > 0n ? unused : 0n, currency), amount });
  }
  const account = accountIn(company, currency);
  if (account === undefined) return refuse('no-account', { company: company.name, currency, reference });
  if (input.iban !== undefined && plainIban(input.iban) !== account.iban) {
    return refuse('not-our-account', {
      iban: input.iban,
      company: company.name,
      currency,
      ours: account.iban,
    });
  }
  const refund: PaymentRefundTable = {
    id: newId('rfd', nowMs),
    payment_id: payment.id,
    company_id: company.id,
    amount_minor: Number(amountMinor),
    paid_on: paidOn,
    reference: input.reference,
    iban: account.iban,
    note: input.note,
    entry_id: newId('entry', nowMs),
    recorded_at_ms: nowMs,
  };
  const booked = { companyId: company.id, bookedOn: paidOn, memo: input.reference, customerId };
  const closed = await closedBooks(billingTables(db), [booked]);
  if (closed !== undefined) return refuse('books-closed', closed);
  await post(billingTables(db), {
    ...booked,
    id: refund.entry_id,
    currency,
    kind: 'refund',
    source: `refund ${refund.id}`,
    lines: reversed(paymentPosting(amountMinor)),
    postedAtMs: nowMs,
  });
  // Of another payment, whose lock is another: who records the same reference at this moment is waited for.
  const { numInsertedOrUpdatedRows: inserted } = await db
    .insertInto('payment_refund')
    .values(refund)
    .onConflict((conflict) => conflict.columns(['company_id', 'reference']).doNothing())
    .executeTakeFirstOrThrow();
  if (Number(inserted) === 0) return await takenMeanwhile(db, refund, { input, payment, paidOn });
  await context.note('payment', payment.id);
  const wire = (minor: bigint): OutputOf<Operation>['amount'] => ({
    amountMinor: minor.toString(),
    currency,
  });
  return done({
    refundId: refund.id,
    already: false,
    amount: wire(amountMinor),
    unallocated: wire(leftMinor - amountMinor),
  });
}

interface Asked {
  readonly input: Input;
  readonly payment: PaymentAsItStands;
  readonly paidOn: LocalDate;
}

async function takenMeanwhile(
  db: Kysely<PaymentsTables>,
  { company_id: companyId, reference }: PaymentRefundTable,
  asked: Asked,
): Promise<Answer> {
  const before = await refundCalled(db, { companyId, reference });
  if (before === undefined) throw new Error(`the refund ${reference} is there and is not`);
  return await recordedBefore(db, before, asked);
}

async function recordedBefore(
  db: Kysely<PaymentsTables>,
  before: Refund,
  { input, payment, paidOn }: Asked,
): Promise<Answer> {
  const isSame =
    before.payment_id === payment.id &&
    (input.amountMinor ?? String(before.amount_minor)) === String(before.amount_minor) &&
    (input.paidOn === undefined || before.paid_on === paidOn);
  const of = await db
    .selectFrom('payment')
    .select(['customer_name', 'currency'])
    .where('id', '=', before.payment_id)
    .executeTakeFirstOrThrow();
  const facts = {
    reference: before.reference,
    amount: amountWords(BigInt(before.amount_minor), of.currency),
    customer: of.customer_name,
    paidOn: before.paid_on,
  };
  if (!isSame) return refuse('reference-taken', facts);
  if (before.reversed_on !== null) return refuse('taken-back', facts);
  const wire = (minor: number): OutputOf<Operation>['amount'] => ({
    amountMinor: String(minor),
    currency: payment.currency,
  });
  return done({
    refundId: before.id,
    already: true,
    amount: wire(before.amount_minor),
    unallocated: wire(payment.unallocated_minor),
  });
}
