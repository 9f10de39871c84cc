import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { documentsContract } from '../../../shared/domains/documents/documents-contract.ts';
import { addDays } from '../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import {
  billingTables,
  documentNumbers,
  draftInvoice,
  invoiceCreate,
  previewOf,
} from '../billing/billing-public.ts';
import type { DocumentsParts } from './documents-parts.ts';
import type { DocumentsTables } from './documents-tables.ts';
import { PAPER_EDITION, type PaperDraft, type ProForma } from './paper-forms.ts';
import { issuePaper, openPaper } from './paper-issue.ts';
import { paperLine } from './paper-line.ts';
import { invoiceOf, paperById } from './paper-store.ts';

type Issue = typeof documentsContract.proFormaIssue;
type Invoice = typeof documentsContract.proFormaInvoice;

/** Asks for payment of what the invoice of the same customer, period and products would say now. */
export async function proFormaIssue(
  parts: DocumentsParts,
  input: InputOf<Issue>,
  context: CallContext,
): Promise<Outcome<OutputOf<Issue>, RefusalCodeOf<Issue>>> {
  const opened = await openPaper(parts, input, context);
  if (!opened.ok) return opened;
  const { db, customer, company, issuedOn, common } = opened.value;
  const period = { start: input.periodStart, endExclusive: input.periodEndExclusive };
  const { productIds } = input;
  const scope = { customerId: customer.id, period, productIds };
  const drafted = await draftInvoice(parts, billingTables(db), scope);
  if (!drafted.ok) return drafted;
  const { body } = drafted.value;
  const shared = common(body.currency);
  const words = previewOf(body, parts.layoutFolder, shared.language, PAPER_EDITION);
  const draft: PaperDraft = {
    ...shared,
    form: 'pro-forma-1',
    dueOn: addDays(issuedOn, company.payment_days),
    period,
    lines: words.lines.map(paperLine),
    vatLines: body.vatLines,
    ofProducts: drafted.value.ofProducts(),
    ...(productIds !== undefined && { onlyOf: productIds }),
    notes: words.notes,
    netMinor: body.netMinor,
    vatMinor: body.vatMinor,
    grossMinor: body.grossMinor,
  };
  const amountMinor = BigInt(body.grossMinor);
  return await issuePaper(opened.value, { kind: 'pro-forma', draft, amountMinor }, context);
}

/**
 * Issues the invoice that it asked for, once: of the same customer, period and products, and to the same amount. The pro forma is locked first, so that
 * an advance invoice that is issued for it at the same moment is settled, or refused.
 */
export async function proFormaInvoice(
  parts: DocumentsParts,
  { documentId }: InputOf<Invoice>,
  context: CallContext,
): Promise<Outcome<OutputOf<Invoice>, RefusalCodeOf<Invoice>>> {
  const db = context.tables<DocumentsTables>();
  const paper = await paperById(db, documentId, parts.kind);
  if (paper === undefined) return refuse('no-such-document', { documentId });
  const { number } = paper;
  context.subject(`the invoice of ${number} for ${paper.customer_name}`);
  if (paper.kind !== 'pro-forma') return refuse('not-a-pro-forma', { number });
  const before = await invoiceOf(db, documentId);
  if (before !== undefined) {
    const numbers = await documentNumbers(billingTables(db), [before]);
    return refuse('invoiced-before', { number, invoice: numbers.get(before) ?? before });
  }
  const { period, grossMinor, onlyOf } = JSON.parse(paper.document) as ProForma;
  const scope = {
    customerId: paper.customer_id,
    periodStart: period.start,
    periodEndExclusive: period.endExclusive,
    productIds: onlyOf === undefined ? undefined : [...onlyOf],
  };
  const made = await invoiceCreate(parts, scope, context);
  if (!made.ok) return made;
  const { gross } = made.value;
  if (gross.amountMinor !== grossMinor || gross.currency !== paper.currency) {
    const words = (minor: string): string =>
      `${moneyToDecimalText(money(BigInt(minor), gross.currency))} ${gross.currency}`;
    return refuse('amount-changed', { number, asked: words(grossMinor), now: words(gross.amountMinor) });
  }
  await db
    .insertInto('paper_invoice')
    .values({ paper_id: documentId, invoice_id: made.value.invoiceId })
    .execute();
  await context.note('document', documentId);
  return done(made.value);
}
