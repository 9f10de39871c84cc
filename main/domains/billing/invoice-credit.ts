import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import { leftMinor } from '../../../shared/domains/billing/credit-rules.ts';
import { ChargedParts } from '../../../shared/domains/billing/charged-parts.ts';
import { creditPosting } from '../../../shared/domains/billing/ledger-rules.ts';
import { newId } from '../../../shared/kernel/id.ts';
import { dayAt, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables } from './billing-tables.ts';
import { calendarOfDocument, companyById, lockCalendar } from './company-store.ts';
import { draftCredit, type CreditDraft } from './credit-draft.ts';
import { insertDeferrals } from './deferral-store.ts';
import { insertDocument } from './document-insert.ts';
import { allotNumber, type AllottedNumber } from './document-series.ts';
import type { CreditNoteDocument } from './invoice-document.ts';
import { previewOf } from './invoice-get.ts';
import { post } from './ledger-store.ts';

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
  const { document, lines, body } = drafted.value;
  const left = new Map(lines.map((line) => [line.lineNo, leftMinor(line).toString()]));
  const invoiced = previewOf(document, parts.layoutFolder, document.language);
  return done({
    ...previewOf(body, parts.layoutFolder, document.language),
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
 * between them; then number, document and posting, all or nothing.
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
  const allotted = await allotNumber(db, company, { type: 'credit-note', issuedOn });
  if (!allotted.ok) return allotted;
  const { number } = allotted.value;
  context.subject(`${invoice.number} of ${invoice.customer_name} by ${number}`);
  const creditNoteId = await issue(db, drafted.value, {
    allotted: allotted.value,
    issuedOn,
    nowMs,
    reason: input.reason,
    closedUntil: calendar?.closedUntil ?? null,
    billingZone,
  });
  await context.note('invoice', creditNoteId);
  await context.note('invoice', invoice.id);
  return done({ creditNoteId, number, gross: { amountMinor: body.grossMinor, currency: body.currency } });
}

async function issue(
  db: Db,
  draft: CreditDraft,
  made: {
    readonly allotted: AllottedNumber;
    readonly issuedOn: LocalDate;
    readonly nowMs: number;
    readonly reason: string;
    readonly closedUntil: LocalDate | null;
    readonly billingZone: string;
  },
): Promise<string> {
  const { invoice, body } = draft;
  const document: CreditNoteDocument = {
    ...body,
    form: 'credit-note-1',
    number: made.allotted.number,
    issuedOn: made.issuedOn,
    dueOn: made.issuedOn,
    language: draft.document.language,
    corrects: {
      invoiceId: invoice.id,
      number: invoice.number,
      issuedOn: invoice.issued_on,
      lineNos: draft.lineNos,
    },
    reason: made.reason,
  };
  const id = newId('inv', made.nowMs);
  const parts = new ChargedParts(made.closedUntil ?? made.issuedOn);
  for (const { netMinor, service } of body.lines) parts.add(BigInt(netMinor), service);
  const deferredMinor = parts.deferrals.minor;
  const entryId = await post(db, {
    companyId: invoice.company_id,
    currency: invoice.currency,
    bookedOn: made.issuedOn,
    kind: 'credit-note',
    source: `credit-note ${id}`,
    memo: `${document.number} takes from ${invoice.number}`,
    lines: creditPosting(
      { earnedMinor: BigInt(body.netMinor) - deferredMinor, deferredMinor },
      BigInt(body.vatMinor),
    ),
    customerId: invoice.customer_id,
    documentId: invoice.id,
    postedAtMs: made.nowMs,
  });
  await insertDeferrals(db, {
    entryId,
    companyId: invoice.company_id,
    billingZone: made.billingZone,
    currency: invoice.currency,
    parts,
  });
  await insertDocument(db, {
    id,
    type: 'credit-note',
    companyId: invoice.company_id,
    customerId: invoice.customer_id,
    document,
    allotted: made.allotted,
    entryId,
    issuedAtMs: made.nowMs,
    credits: { invoiceId: invoice.id, creditNo: draft.creditNo },
  });
  return id;
}
