import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { countedMinor, leftMinor } from '../../../../shared/domains/billing/credit-rules.ts';
import { ChargedParts } from '../../../../shared/domains/billing/charged-parts.ts';
import { creditPosting } from '../../../../shared/domains/billing/ledger-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { creditCharges, creditedBy } from '../charges/charge-credits.ts';
import { calendarOfDocument, companyById, lockCalendar } from '../companies/company-store.ts';
import { draftCredit, type CreditDraft } from './credit-draft.ts';
import { insertDeferrals } from '../ledger/deferral-store.ts';
import { insertDocument } from './document-insert.ts';
import { allotNumber, holdSeries, type AllottedNumber } from './document-series.ts';
import { LAYOUT_EDITION, type CreditNoteDocument } from './invoice-document.ts';
import { previewOf } from './invoice-get.ts';
import { post } from '../ledger/ledger-store.ts';

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
  const creditNoteId = await issue(db, drafted.value, {
    parts,
    allotted: allotted.value,
    issuedOn,
    nowMs,
    reason: input.reason,
    closedUntil: calendar?.closedUntil ?? null,
    billingZone,
  });
  const credited = { invoiceId: invoice.id, creditNoteId, number, issuedOn, nowMs };
  for (const paymentId of await parts.payments.freeExcess(db, credited))
    await context.note('payment', paymentId);
  await context.note('invoice', creditNoteId);
  await context.note('invoice', invoice.id);
  return done({ creditNoteId, number, gross: { amountMinor: body.grossMinor, currency: body.currency } });
}

async function issue(
  db: Db,
  draft: CreditDraft,
  made: {
    readonly parts: Pick<BillingParts, 'insertMany' | 'updateMany'>;
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
    edition: LAYOUT_EDITION,
    number: made.allotted.number,
    issuedOn: made.issuedOn,
    dueOn: made.issuedOn,
    language: draft.document.language,
    corrects: {
      invoiceId: invoice.id,
      number: invoice.number,
      issuedOn: invoice.issued_on,
      lineNos: draft.parts.map(({ lineNo }) => lineNo),
    },
    reason: made.reason,
  };
  const id = newId('inv', made.nowMs);
  const parts = new ChargedParts(made.closedUntil ?? made.issuedOn);
  for (const [at, { netMinor, service }] of body.lines.entries()) {
    const repair = draft.parts[at]?.repair;
    // What a repair took of days to come it took as it was posted; what the invoice's net differs by is earned, or not, at once.
    if (repair === undefined) parts.add(BigInt(netMinor), service);
    else parts.add(BigInt(netMinor) - repair.postedMinor);
  }
  const settledMinor = draft.parts.reduce((sum, { repair }) => sum + (repair?.postedMinor ?? 0n), 0n);
  const deferredMinor = parts.deferrals.minor;
  const entryId = await post(db, {
    companyId: invoice.company_id,
    currency: invoice.currency,
    bookedOn: made.issuedOn,
    kind: 'credit-note',
    source: `credit-note ${id}`,
    memo: `${document.number} takes from ${invoice.number}`,
    lines: creditPosting(
      { earnedMinor: BigInt(body.netMinor) - settledMinor - deferredMinor, deferredMinor },
      BigInt(body.vatMinor),
      settledMinor,
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
  const settled = draft.parts.flatMap(({ repair }, at) =>
    repair === undefined ? [] : [{ charge_id: repair.chargeId, invoice_id: id, line_no: at + 1 }],
  );
  if (settled.length > 0) await db.insertInto('invoice_charge').values(settled).execute();
  await creditCharges(made.parts, db, { credits: takenOf(id, draft), today: made.issuedOn });
  return id;
}

/** What it takes of charges that rating made, besides the repairs it settles: so that nothing is repaired of them that is given back here. */
function takenOf(
  creditNoteId: string,
  { lines, parts }: CreditDraft,
): readonly { readonly charge: string; readonly source: string; readonly amountMinor: bigint }[] {
  return lines.flatMap((line) => {
    const ofLine = parts.filter(({ lineNo }) => lineNo === line.lineNo);
    if (line.rated === undefined || ofLine.length === 0) return [];
    const net = ofLine.reduce((sum, { netMinor }) => sum - netMinor, 0n);
    const settled = ofLine.reduce((sum, { repair }) => sum + (repair?.countedMinor ?? 0n), 0n);
    const amountMinor = settled - countedMinor(line, net);
    const source = creditedBy(creditNoteId, line.lineNo);
    return amountMinor === 0n ? [] : [{ charge: line.rated.charge, source, amountMinor }];
  });
}
