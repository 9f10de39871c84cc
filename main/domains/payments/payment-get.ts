import type { PaymentDetail } from '../../../shared/domains/payments/payments-contract.ts';
import type { Kysely } from 'kysely';
import type { StoreKind } from '../../platform/store/store.ts';
import { advanceLeftMinor } from '../../../shared/domains/billing/advance-rules.ts';
import {
  advancesOfPayment,
  billingTables,
  documentNumbers,
  usesOfAdvances,
} from '../billing/billing-public.ts';
import { releasedBy, releasesOf } from './excess-free.ts';
import { allocationsOf, paymentById, paymentLocked, paymentRowOf } from './payment-store.ts';
import type { PaymentsTables } from './payments-tables.ts';
import { refundsOf } from './refund-store.ts';

/** A payment as it stands, with the invoices it settles; undefined for an unknown id. */
export async function paymentDetail(
  db: Kysely<PaymentsTables>,
  kind: StoreKind,
  paymentId: string,
): Promise<PaymentDetail | undefined> {
  const payment = await paymentById(db, paymentId);
  return payment && (await detailOf(db, kind, payment));
}

/** The same, and it is neither allocated nor taken back until the caller's transaction ends. */
export async function paymentDetailLocked(
  db: Kysely<PaymentsTables>,
  kind: StoreKind,
  paymentId: string,
): Promise<PaymentDetail | undefined> {
  const payment = await paymentLocked(db, kind, paymentId);
  return payment && (await detailOf(db, kind, payment));
}

async function detailOf(
  db: Kysely<PaymentsTables>,
  kind: StoreKind,
  payment: NonNullable<Awaited<ReturnType<typeof paymentById>>>,
): Promise<PaymentDetail> {
  const { id: paymentId } = payment;
  const allocations = await allocationsOf(db, paymentId);
  const releases = await releasesOf(db, paymentId);
  const released = releasedBy(releases);
  const numbers = await documentNumbers(billingTables(db), [
    ...allocations.map(({ invoice_id: id }) => id),
    ...releases.flatMap((each) => [each.invoice_id, each.credit_note_id]),
  ]);
  const advances = await advancesOfPayment(billingTables(db), paymentId);
  const uses = Map.groupBy(
    await usesOfAdvances(
      billingTables(db),
      kind,
      advances.map(({ id }) => id),
    ),
    ({ advanceId }) => advanceId,
  );
  const wire = (amountMinor: string): PaymentDetail['amount'] => ({
    amountMinor,
    currency: payment.currency,
  });
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
      amount: wire(String(each.amount_minor)),
      standing: wire((BigInt(each.amount_minor) - (released.get(each.entry_id) ?? 0n)).toString()),
    })),
    releases: releases.map((each) => ({
      invoiceId: each.invoice_id,
      number: numbers.get(each.invoice_id) ?? '',
      creditNoteId: each.credit_note_id,
      creditNote: numbers.get(each.credit_note_id) ?? '',
      bookedOn: each.booked_on,
      amount: wire(String(each.amount_minor)),
    })),
    advances: advances.map((advance) => {
      const settling = (uses.get(advance.id) ?? [])
        .filter((use) => use.kind === 'invoice')
        .map((use) => ({ ...use, standingMinor: use.grossMinor - (released.get(use.entryId) ?? 0n) }));
      const standing = settling.reduce((sum, use) => sum + use.standingMinor, advanceLeftMinor(advance));
      return {
        invoiceId: advance.id,
        number: advance.number,
        issuedOn: advance.issuedOn,
        gross: wire(advance.grossMinor.toString()),
        standing: wire(standing.toString()),
        left: wire(advanceLeftMinor(advance).toString()),
        settledBy: settling.map(({ invoiceId, number, issuedOn, grossMinor, standingMinor }) => ({
          invoiceId,
          number,
          issuedOn,
          amount: wire(grossMinor.toString()),
          standing: wire(standingMinor.toString()),
        })),
      };
    }),
    refunds: (await refundsOf(db, paymentId)).map((refund) => ({
      refundId: refund.id,
      paidOn: refund.paid_on,
      reference: refund.reference,
      iban: refund.iban,
      note: refund.note,
      amount: wire(String(refund.amount_minor)),
      reversal:
        refund.reversed_on === null
          ? null
          : { reason: refund.reversal_reason ?? '', bookedOn: refund.reversed_on },
    })),
    reversal: reversal === undefined ? null : { reason: reversal.reason, bookedOn: reversal.booked_on },
  };
}
