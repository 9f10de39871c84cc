import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import {
  creditOf,
  type Credit,
  type CreditableLine,
  type CreditFault,
} from '../../../shared/domains/billing/credit-rules.ts';
import { money, moneyToDecimalText, type Currency } from '../../../shared/kernel/money.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import type { BillingTables, InvoiceTable } from './billing-tables.ts';
import {
  lineAmounts,
  readDocument,
  type CreditNoteDocument,
  type DocumentLine,
  type InvoiceBody,
  type InvoiceDocument,
} from './invoice-document.ts';
import { nationalVatOfCredit } from './vat-national.ts';
import { documentById } from './invoice-store.ts';

type Db = Kysely<BillingTables>;
export type CreditRefusal = RefusalCodeOf<typeof billingContract.creditPreview>;

/** What a credit note would say of its invoice. */
export interface CreditDraft {
  readonly invoice: InvoiceTable;
  readonly document: InvoiceDocument;
  /** The lines of the invoice with what was credited of them before. */
  readonly lines: readonly CreditableLine[];
  readonly body: InvoiceBody;
  /** The line of the invoice that each line of the body takes from. */
  readonly lineNos: readonly number[];
  /** How many-th credit note of the invoice it would be. */
  readonly creditNo: number;
}

/** Lines of an invoice with what its credit notes so far took, in the order in which those were made. */
export function creditableLines(
  document: InvoiceDocument,
  notes: readonly CreditNoteDocument[],
): CreditableLine[] {
  const credited = new Map<number, bigint>();
  for (const note of notes) {
    for (const [at, lineNo] of note.corrects.lineNos.entries()) {
      credited.set(lineNo, (credited.get(lineNo) ?? 0n) - BigInt(note.lines[at]?.netMinor ?? 0));
    }
  }
  return document.lines.map((line) => ({
    ...lineAmounts(line),
    lineNo: line.lineNo,
    creditedMinor: credited.get(line.lineNo) ?? 0n,
  }));
}

/** The credit notes of an invoice, as they were made. */
export async function creditNotesOf(db: Db, invoiceId: string): Promise<CreditNoteDocument[]> {
  const rows = await db
    .selectFrom('invoice')
    .select('document')
    .where('credits_id', '=', invoiceId)
    .orderBy('credit_no')
    .execute();
  return rows.flatMap((row) => {
    const document = readDocument(row.document);
    return document.form === 'credit-note-1' ? [document] : [];
  });
}

/**
 * The body of a credit note. With `lock` (the kind of store) the invoice is locked until the transaction ends, so that what is
 * left of it stays so.
 */
export async function draftCredit(
  db: Db,
  scope: Pick<InputOf<typeof billingContract.creditPreview>, 'invoiceId' | 'lines'>,
  lock?: StoreKind,
): Promise<Outcome<CreditDraft, CreditRefusal>> {
  const invoice = await documentById(db, scope.invoiceId, lock);
  if (invoice === undefined) return refuse('no-such-invoice', { invoiceId: scope.invoiceId });
  const document = readDocument(invoice.document);
  if (document.form !== 'invoice-1') return refuse('not-an-invoice', { number: invoice.number });
  const notes = await creditNotesOf(db, invoice.id);
  const lines = creditableLines(document, notes);
  const asked = scope.lines && new Map(scope.lines.map((line) => [line.lineNo, BigInt(line.netMinor)]));
  const credit = creditOf(lines, asked ?? 'all-left');
  if ('fault' in credit) return refused(credit, invoice);
  return done({
    invoice,
    document,
    lines,
    body: {
      ...bodyOf(document, credit),
      ...nationalVatOfCredit(document.vatNational, {
        currency: document.currency,
        beforeMinor: notes.reduce((sum, note) => sum - BigInt(note.vatMinor), 0n),
        nowMinor: -credit.vatMinor,
      }),
    },
    lineNos: credit.lines.map(({ lineNo }) => lineNo),
    creditNo: notes.length + 1,
  });
}

function refused(found: CreditFault, { number, currency }: InvoiceTable): Outcome<never, CreditRefusal> {
  const amount = (minor: bigint): string => `${moneyToDecimalText(money(minor, currency))} ${currency}`;
  switch (found.fault) {
    case 'nothing-left':
      return refuse('nothing-left', { number });
    case 'no-such-line':
      return refuse('no-such-line', { number, lineNo: found.lineNo });
    case 'over-line':
      return refuse('over-line', { number, lineNo: found.lineNo, left: amount(found.leftMinor) });
    case 'over-rate':
      return refuse('over-rate', { number, vatRate: found.vatRate, left: amount(found.leftMinor) });
  }
}

function bodyOf(document: InvoiceDocument, credit: Credit): InvoiceBody {
  const byNo = new Map(document.lines.map((line) => [line.lineNo, line]));
  return {
    seller: document.seller,
    buyer: document.buyer,
    period: document.period,
    currency: document.currency,
    lines: credit.lines.flatMap(({ lineNo, netMinor }, at) => {
      const line = byNo.get(lineNo);
      return line === undefined ? [] : [creditLine(line, { netMinor, at, currency: document.currency })];
    }),
    vatLines: credit.vat.map((group) => ({
      vatCategory: group.vatCategory,
      vatRate: group.vatRate,
      baseMinor: group.baseMinor.toString(),
      vatMinor: group.vatMinor.toString(),
    })),
    notes: document.notes,
    netMinor: credit.netMinor.toString(),
    vatMinor: credit.vatMinor.toString(),
    grossMinor: credit.grossMinor.toString(),
    account: document.account,
  };
}

/** A whole line goes back with its quantity at its price; a part of one goes back as an amount. */
function creditLine(
  line: DocumentLine,
  of: { readonly netMinor: bigint; readonly at: number; readonly currency: Currency },
): DocumentLine {
  const taken = { lineNo: of.at + 1, netMinor: of.netMinor.toString() };
  if (-of.netMinor === BigInt(line.netMinor)) {
    const gross = line.grossMinor === undefined ? {} : { grossMinor: (-BigInt(line.grossMinor)).toString() };
    return { ...line, ...taken, ...gross, numerator: (-BigInt(line.numerator)).toString() };
  }
  const { grossMinor: _whole, ...without } = line;
  const isBack = of.netMinor < 0n;
  const unitPrice = moneyToDecimalText(money(isBack ? -of.netMinor : of.netMinor, of.currency));
  return { ...without, ...taken, isPart: true, numerator: isBack ? '-1' : '1', denominator: '1', unitPrice };
}
