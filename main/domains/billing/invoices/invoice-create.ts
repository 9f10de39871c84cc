import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { customerFacts } from '../../customers/customers-public.ts';
import { laterThan } from '../advances/advance-settle.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { findCompany } from '../companies/company-store.ts';
import { allotNumber } from '../documents/document-series.ts';
import { draftInvoice } from './invoice-draft.ts';
import { issueInvoices } from './invoice-issue.ts';

type Operation = typeof billingContract.invoiceCreate;

/**
 * Issues the invoice of a customer for a period, in the caller's transaction: number, document with its hash, posting and the
 * charges it settles, all or nothing. The number comes first: its series is the lock behind which the charges are read, so two
 * that are issued at once never take the same ones. Its pages are drawn from the document by whoever reads them first (see
 * invoice-print.ts): nobody waits for a number while a page is drawn, and a page that cannot be drawn loses no invoice.
 */
export async function invoiceCreate(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { customerId, periodStart: start, periodEndExclusive: endExclusive, productIds } = input;
  const buyer = await customerFacts(db, customerId);
  const company = await findCompany(db, buyer?.companyId);
  if (company === undefined) return refuse('no-company');
  const today = dayAt(await parts.nowMs(db), company.time_zone);
  const issuedOn = input.issuedOn ?? today;
  if (issuedOn > today) return refuse('date-in-future', { issuedOn, today });
  if (buyer !== undefined) context.subject(`an invoice for ${buyer.name} (${buyer.number})`);
  const allotted = await allotNumber(db, company, {
    type: 'invoice',
    issuedOn,
    customer: buyer?.name ?? customerId,
  });
  if (!allotted.ok) return refuse(allotted.code, allotted.facts);
  const scope = { customerId, period: { start, endExclusive }, productIds };
  const drafted = await draftInvoice(parts, db, scope, { lock: true });
  if (!drafted.ok) return drafted;
  const draft = drafted.value;
  const later = laterThan(draft.body, issuedOn);
  if (later !== undefined) {
    return refuse('date-before-advance', { number: later.number, advanceDate: later.issuedOn, issuedOn });
  }
  const { number } = allotted.value;
  context.subject(`${number} for ${draft.customer.name} (${draft.customer.number})`);
  const nowMs = await parts.nowMs(db);
  const invoiceId = newId('inv', nowMs);
  const invoice = { ...draft, invoiceId, customerId, language: draft.customer.language };
  await issueInvoices(parts, db, {
    company: draft.company,
    issuedOn,
    allotted: [allotted.value],
    invoices: [invoice],
    nowMs,
  });
  await context.note('invoice', invoiceId);
  const gross = { amountMinor: draft.body.grossMinor, currency: draft.body.currency };
  return done({ invoiceId, number, gross });
}
