import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { writeOffPosting } from '../../../../shared/domains/billing/ledger-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText } from '../../../../shared/kernel/money.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { companyById } from '../companies/company-store.ts';
import { documentById, openMinorOf } from './invoice-store.ts';
import { post } from '../ledger/ledger-store.ts';

type Operation = typeof billingContract.invoiceWriteOff;

/** Gives up what is open of an invoice, or a part; the invoice is locked, so that it is given up once. */
export async function invoiceWriteOff(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { invoiceId, reason } = input;
  const invoice = await documentById(db, invoiceId, parts.kind);
  if (invoice === undefined) return refuse('no-such-invoice', { invoiceId });
  const { number, currency } = invoice;
  if (invoice.document_type !== 'invoice') return refuse('not-an-invoice', { number });
  context.subject(`${number} of ${invoice.customer_name}`);
  const open = await openMinorOf(db, invoiceId);
  const amountMinor = input.amountMinor === undefined ? open : BigInt(input.amountMinor);
  if (open <= 0n) return refuse('nothing-open', { number });
  if (amountMinor > open) {
    const words = (minor: bigint): string => `${moneyToDecimalText(money(minor, currency))} ${currency}`;
    return refuse('more-than-open', { number, open: words(open), amount: words(amountMinor) });
  }
  const company = await companyById(db, invoice.company_id);
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, company.time_zone);
  const bookedOn = input.bookedOn ?? today;
  if (bookedOn > today) return refuse('date-in-future', { issuedOn: bookedOn, today });
  if (bookedOn < invoice.issued_on) {
    return refuse('date-before-invoice', { number, invoiceDate: invoice.issued_on });
  }
  const id = newId('wro', nowMs);
  const entryId = await post(db, {
    companyId: company.id,
    currency,
    bookedOn,
    kind: 'write-off',
    source: `write-off ${id}`,
    memo: `${number}: ${reason}`,
    lines: writeOffPosting(amountMinor),
    customerId: invoice.customer_id,
    documentId: invoice.id,
    postedAtMs: nowMs,
  });
  await db
    .insertInto('write_off')
    .values({
      id,
      company_id: company.id,
      invoice_id: invoice.id,
      customer_id: invoice.customer_id,
      currency,
      amount_minor: Number(amountMinor),
      reason,
      booked_on: bookedOn,
      entry_id: entryId,
      written_at_ms: nowMs,
    })
    .execute();
  await context.note('invoice', invoice.id);
  const wire = (minor: bigint): OutputOf<Operation>['open'] => ({ amountMinor: minor.toString(), currency });
  return done({ amount: wire(amountMinor), open: wire(open - amountMinor) });
}
