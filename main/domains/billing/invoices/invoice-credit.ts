import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { leftMinor } from '../../../../shared/domains/billing/credit-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { calendarOfDocument, companyById, lockCalendar } from '../companies/company-store.ts';
import { draftCredit } from './credit-draft.ts';
import { issueCredits } from './credit-issue.ts';
import { allotNumber, holdSeries } from '../documents/document-series.ts';
import { LAYOUT_EDITION } from './invoice-document.ts';
import { previewOf } from './invoice-get.ts';

type Operation = typeof billingContract.invoiceCredit;
type Preview = typeof billingContract.creditPreview;
type Db = Kysely<BillingTables>;

/** What a credit note would say, in the words of the invoice, with what is left of each of its lines before it. */
export async function creditPreview(
  parts: Pick<BillingParts, 'layoutFolder'>,
  input: InputOf<Preview>,
  db: Db,
): Promise<Outcome<OutputOf<Preview>, RefusalCodeOf<Preview>>> {
  const drafted = await draftCredit(db, input);
  if (!drafted.ok) return drafted;
  const { document, lines, leftOf, standing, body } = drafted.value;
  const left = new Map(lines.map((line) => [line.lineNo, leftMinor(line, leftOf).toString()]));
  const invoiced = previewOf(document, parts.layoutFolder, document.language, document.edition);
  const standingMinor = standing.reduce((sum, { netMinor }) => sum + netMinor, 0n);
  return done({
    standing: { amountMinor: standingMinor.toString(), currency: document.currency },
    ...previewOf(body, parts.layoutFolder, document.language, LAYOUT_EDITION),
    left: invoiced.lines.map(({ lineNo, description, net }) => ({
      lineNo,
      description,
      net,
      left: { amountMinor: left.get(lineNo) ?? '0', currency: net.currency },
    })),
  });
}

/**
 * Issues a credit note in the caller's transaction: the invoice is locked first, so that two at once cannot take more than it is
 * between them; then number, document and posting, and what was paid beyond what is left of the invoice is free again, all or nothing.
 */
export async function invoiceCredit(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  // First, as all who lock it do: no day closes while it is parted into what was earned and what was to come.
  const { billingZone = '', ...ofCompany } = await calendarOfDocument(db, input.invoiceId);
  const calendar = await lockCalendar(db, { ...ofCompany, billingZone });
  // What stands unbilled is taken behind it, here as by whoever issues an invoice.
  await holdSeries(db, ofCompany.companyId ?? '', 'invoice');
  const drafted = await draftCredit(db, input, parts.kind);
  if (!drafted.ok) return drafted;
  const { invoice, body } = drafted.value;
  context.subject(`${invoice.number} of ${invoice.customer_name}`);
  const company = await companyById(db, invoice.company_id);
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, company.time_zone);
  const issuedOn = input.issuedOn ?? today;
  if (issuedOn > today) return refuse('date-in-future', { issuedOn, today });
  if (issuedOn < invoice.issued_on) {
    return refuse('date-before-invoice', { number: invoice.number, invoiceDate: invoice.issued_on });
  }
  const allotted = await allotNumber(db, company, {
    type: 'credit-note',
    issuedOn,
    customer: invoice.customer_name,
  });
  if (!allotted.ok) return allotted;
  const { number } = allotted.value;
  context.subject(`${invoice.number} of ${invoice.customer_name} by ${number}`);
  const creditNoteId = newId('inv', nowMs);
  const note = { creditNoteId, draft: drafted.value, allotted: allotted.value, reason: input.reason };
  const charged = { billingZone, closedUntil: calendar?.closedUntil ?? null };
  const { freedPayments } = await issueCredits(parts, db, {
    notes: [{ ...note, ...charged }],
    issuedOn,
    nowMs,
  });
  for (const paymentId of freedPayments) await context.note('payment', paymentId);
  await context.note('invoice', creditNoteId);
  await context.note('invoice', invoice.id);
  return done({ creditNoteId, number, gross: { amountMinor: body.grossMinor, currency: body.currency } });
}
