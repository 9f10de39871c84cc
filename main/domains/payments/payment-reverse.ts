import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { allocationPosting, paymentPosting, reversed } from '../../../shared/domains/billing/ledger-rules.ts';
import type { paymentsContract } from '../../../shared/domains/payments/payments-contract.ts';
import { advanceLeftMinor, advanceVatLeftMinor } from '../../../shared/domains/billing/advance-rules.ts';
import { dayAt } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import {
  advancesOfPayment,
  billingTables,
  companyById,
  lockOwed,
  post,
  usesOfAdvances,
  type AdvanceUse,
} from '../billing/billing-public.ts';
import { amountWords } from './allocation-post.ts';
import { releasedBy, releasesOf } from './excess-free.ts';
import { allocationsOf, paymentLocked } from './payment-store.ts';
import type { PaymentsParts } from './payments-parts.ts';
import type { PaymentsTables } from './payments-tables.ts';
import { refundsOf } from './refund-store.ts';

type Operation = typeof paymentsContract.paymentReverse;

/**
 * Takes a payment back, whole: each of its entries is reversed by one of today, so its invoices are open again from today on. What an
 * advance invoice says of it must be taken back before, and what an invoice settled by one: else VAT would stand on money that never came.
 */
export async function paymentReverse(
  parts: PaymentsParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<PaymentsTables>();
  const { paymentId, reason } = input;
  const payment = await paymentLocked(db, parts.kind, paymentId);
  if (payment === undefined) return refuse('no-such-payment', { paymentId });
  const { reference, currency } = payment;
  context.subject(`${reference} of ${payment.customer_name}`);
  const before = await db
    .selectFrom('payment_reversal')
    .select('booked_on')
    .where('payment_id', '=', paymentId)
    .executeTakeFirst();
  if (before !== undefined) return refuse('reversed-before', { reference, bookedOn: before.booked_on });
  const paidBack = (await refundsOf(db, paymentId)).find(({ reversed_on: on }) => on === null);
  if (paidBack !== undefined) {
    const amount = amountWords(BigInt(paidBack.amount_minor), currency);
    return refuse('refunded', { amount, reference, refund: paidBack.reference });
  }
  const advances = await advanceOf(parts, db, { paymentId, reference, currency });
  if (!advances.ok) return advances;
  const company = await companyById(billingTables(db), payment.company_id);
  const nowMs = await parts.nowMs(db);
  const bookedOn = dayAt(nowMs, company.time_zone);
  const entry = {
    companyId: company.id,
    currency,
    bookedOn,
    kind: 'payment' as const,
    memo: `${reference}: ${reason}`,
    customerId: payment.customer_id,
    postedAtMs: nowMs,
  };
  const allocations = await allocationsOf(db, paymentId);
  // As whoever allocates does: what several do with the same invoices at once comes one after the other, in whichever order each has them.
  await lockOwed(billingTables(db), parts.kind, [
    ...allocations.map(({ invoice_id: invoiceId }) => invoiceId),
    ...advances.value.map(({ invoiceId }) => invoiceId),
  ]);
  // What credit notes freed stands on no invoice; behind the locks, so what one frees meanwhile is known.
  const released = releasedBy(await releasesOf(db, paymentId));
  for (const {
    allocation_no: no,
    invoice_id: documentId,
    amount_minor: minor,
    entry_id: putBy,
  } of allocations) {
    const lines = reversed(allocationPosting(BigInt(minor) - (released.get(putBy) ?? 0n)));
    if (lines.length === 0) continue;
    await post(billingTables(db), { ...entry, documentId, lines, source: `reversal ${paymentId} ${no}` });
  }
  for (const { advanceId, useNo, invoiceId: documentId, grossMinor, entryId: putBy } of advances.value) {
    const lines = reversed(allocationPosting(grossMinor - (released.get(putBy) ?? 0n)));
    if (lines.length === 0) continue;
    await post(billingTables(db), {
      ...entry,
      documentId,
      lines,
      source: `reversal ${paymentId} of ${advanceId} ${useNo}`,
    });
  }
  const entryId = await post(billingTables(db), {
    ...entry,
    lines: reversed(paymentPosting(BigInt(payment.amount_minor))),
    source: `reversal ${paymentId}`,
  });
  await db
    .insertInto('payment_reversal')
    .values({ payment_id: paymentId, reason, booked_on: bookedOn, entry_id: entryId, reversed_at_ms: nowMs })
    .execute();
  await context.note('payment', paymentId);
  for (const { invoice_id: invoiceId } of allocations) await context.note('invoice', invoiceId);
  for (const { invoiceId } of advances.value) await context.note('invoice', invoiceId);
  return done({ amount: { amountMinor: String(payment.amount_minor), currency } });
}

/** What invoices settle of its advance invoices, locked; refused while VAT stands on any of it. */
async function advanceOf(
  parts: PaymentsParts,
  db: Kysely<PaymentsTables>,
  of: { readonly paymentId: string; readonly reference: string; readonly currency: Currency },
): Promise<Outcome<AdvanceUse[], 'advance-open' | 'advance-used'>> {
  const { paymentId, reference, currency } = of;
  const advances = await advancesOfPayment(billingTables(db), paymentId, parts.kind);
  const open = advances.find((advance) => advanceVatLeftMinor(advance) > 0n);
  if (open !== undefined) {
    const left = amountWords(advanceLeftMinor(open), currency);
    return refuse('advance-open', { number: open.number, left, reference });
  }
  const ids = advances.map(({ id }) => id);
  const uses = await usesOfAdvances(billingTables(db), parts.kind, ids);
  const settled = uses.filter(({ kind }) => kind === 'invoice');
  const used = settled.find(({ isCredited }) => !isCredited);
  if (used !== undefined) {
    const number = advances.find(({ id }) => id === used.advanceId)?.number ?? '';
    return refuse('advance-used', { invoice: used.number, number, reference });
  }
  return done(settled);
}
