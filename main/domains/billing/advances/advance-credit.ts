import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import {
  advanceLeftMinor,
  advancePart,
  advanceVatLeftMinor,
  type AdvancePart,
} from '../../../../shared/domains/billing/advance-rules.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { advancePosting } from '../../../../shared/domains/billing/ledger-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText } from '../../../../shared/kernel/money.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { companyById } from '../companies/company-store.ts';
import { insertDocument } from '../documents/document-insert.ts';
import { allotNumber } from '../documents/document-series.ts';
import {
  LAYOUT_EDITION,
  type AdvanceInvoiceDocument,
  type CreditNoteDocument,
  type InvoiceBody,
} from '../invoices/invoice-document.ts';
import { documentById } from '../invoices/invoice-store.ts';
import { post } from '../ledger/ledger-store.ts';
import { nationalPart } from './advance-settle.ts';
import { lockAdvances, type StandingAdvance } from './advance-store.ts';

type Operation = typeof billingContract.advanceCredit;
type Db = Kysely<BillingTables>;

/**
 * Takes an advance invoice back, or what of it no invoice settled: money that is paid back, or that was documented wrongly. The advance
 * is locked first, so that what is credited and what invoices settle is never more than it is; its VAT is not owed any more, and the
 * money is on account again.
 */
export async function advanceCredit(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { invoiceId } = input;
  const advance = (await lockAdvances(db, parts.kind, [invoiceId])).get(invoiceId);
  if (advance === undefined) {
    const found = await documentById(db, invoiceId);
    return found === undefined
      ? refuse('no-such-invoice', { invoiceId })
      : refuse('not-an-advance', { number: found.number });
  }
  const { number, currency, document } = advance;
  const customer = document.buyer.name;
  context.subject(`${number} of ${customer}`);
  const left = advanceLeftMinor(advance);
  if (left === 0n) return refuse('nothing-left', { number });
  const gross = input.grossMinor === undefined ? left : BigInt(input.grossMinor);
  const words = (minor: bigint): string => `${moneyToDecimalText(money(minor, currency))} ${currency}`;
  if (gross > left) return refuse('more-than-left', { number, left: words(left), amount: words(gross) });
  const part = advancePart(advance, gross);
  if (part.vatMinor === 0n) return refuse('no-vat-in-it', { amount: words(gross) });
  const rest = left - gross;
  if (rest > 0n && advanceVatLeftMinor({ ...advance, takenMinor: advance.takenMinor + gross }) === 0n) {
    return refuse('rest-without-vat', { number, rest: words(rest), left: words(left) });
  }
  const company = await companyById(db, advance.companyId);
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, company.time_zone);
  const issuedOn = input.issuedOn ?? today;
  if (issuedOn > today) return refuse('date-in-future', { issuedOn, today });
  if (issuedOn < advance.issuedOn) {
    return refuse('date-before-invoice', { number, invoiceDate: advance.issuedOn });
  }
  const allotted = await allotNumber(db, company, { type: 'credit-note', issuedOn, customer });
  if (!allotted.ok) return allotted;
  const note: CreditNoteDocument = {
    ...advanceCreditBody(advance, part),
    form: 'credit-note-1',
    edition: LAYOUT_EDITION,
    number: allotted.value.number,
    issuedOn,
    dueOn: issuedOn,
    language: document.language,
    corrects: { invoiceId, number, issuedOn: advance.issuedOn, lineNos: [1], isAdvance: true },
    reason: input.reason,
  };
  context.subject(`${number} of ${customer} by ${note.number}`);
  const creditNoteId = newId('inv', nowMs);
  const entryId = await post(db, {
    companyId: company.id,
    currency,
    bookedOn: issuedOn,
    kind: 'advance-invoice',
    source: `credit-note ${creditNoteId}`,
    memo: `${note.number} takes from ${number}`,
    lines: advancePosting(-part.vatMinor),
    customerId: advance.customerId,
    documentId: invoiceId,
    postedAtMs: nowMs,
  });
  await insertDocument(db, {
    id: creditNoteId,
    type: 'credit-note',
    companyId: company.id,
    customerId: advance.customerId,
    document: note,
    allotted: allotted.value,
    entryId,
    issuedAtMs: nowMs,
    credits: { invoiceId, creditNo: (await creditsOf(db, invoiceId)) + 1 },
  });
  await db
    .insertInto('advance_use')
    .values({
      advance_id: invoiceId,
      use_no: advance.uses + 1,
      kind: 'credit-note',
      invoice_id: creditNoteId,
      gross_minor: Number(gross),
      vat_minor: Number(part.vatMinor),
      entry_id: entryId,
    })
    .execute();
  await context.note('invoice', creditNoteId);
  await context.note('invoice', invoiceId);
  await context.note('payment', advance.paymentId);
  const wire = { amountMinor: note.grossMinor, currency };
  return done({ creditNoteId, number: note.number, gross: wire });
}

async function creditsOf(db: Db, advanceId: string): Promise<number> {
  const rows = await db.selectFrom('invoice').select('id').where('credits_id', '=', advanceId).execute();
  return rows.length;
}

/** What a credit note says of the next part of an advance: one line, which takes the money back with the VAT in it. */
export function advanceCreditBody(
  advance: Pick<StandingAdvance, 'document' | 'takenVatMinor' | 'vatCategory' | 'vatRate'>,
  { netMinor, vatMinor, grossMinor }: AdvancePart,
): InvoiceBody {
  const { seller, buyer, period, currency, lines, notes, account } = advance.document;
  const national = nationalPart(advance, vatMinor).vatNational;
  const negative = (minor: bigint): string => (-minor).toString();
  return {
    seller,
    buyer,
    period,
    currency,
    lines: lines.slice(0, 1).map((line) => ({
      ...line,
      part: paidFor(lines),
      numerator: '-1',
      unitPrice: moneyToDecimalText(money(grossMinor, currency)),
      netMinor: negative(netMinor),
      grossMinor: negative(grossMinor),
      isPart: true,
    })),
    vatLines: [
      {
        vatCategory: advance.vatCategory,
        vatRate: advance.vatRate,
        baseMinor: negative(netMinor),
        vatMinor: negative(vatMinor),
      },
    ],
    notes,
    ...(national !== undefined && {
      vatNational: { ...national, vatMinor: negative(BigInt(national.vatMinor)) },
    }),
    netMinor: negative(netMinor),
    vatMinor: negative(vatMinor),
    grossMinor: negative(grossMinor),
    account,
  };
}

function paidFor(lines: AdvanceInvoiceDocument['lines']): string {
  return lines.map(({ part }) => part ?? '').join('; ');
}
