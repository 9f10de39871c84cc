import { CATEGORY_OF_NOTE } from '../../../../shared/domains/billing/vat-rules.ts';
import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import {
  creditOf,
  type Credit,
  type CreditableLine,
  type CreditFault,
  type LeftOfCharges,
} from '../../../../shared/domains/billing/credit-rules.ts';
import { money, moneyToDecimalText, type Currency } from '../../../../shared/kernel/money.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import type { BillingTables, InvoiceTable } from '../billing-tables.ts';
import {
  lineAmounts,
  readDocument,
  type CreditNoteDocument,
  type DocumentLine,
  type InvoiceBody,
  type InvoiceDocument,
} from './invoice-document.ts';
import { leftOfCharges, ratedLines, type RatedLineOfInvoice } from '../charges/charge-credits.ts';
import {
  leftWithout,
  partsOf,
  standingRepairs,
  type CreditPart,
  type StandingRepair,
} from './credit-standing.ts';
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
  /** What is left of the charges that rating made of them. */
  readonly leftOf: LeftOfCharges;
  readonly body: InvoiceBody;
  /** What each line of the body takes from, and the repair that it settles. */
  readonly parts: readonly CreditPart[];
  /** All repairs of its lines that were on no document. */
  readonly standing: readonly StandingRepair[];
  /** How many-th credit note of the invoice it would be. */
  readonly creditNo: number;
}

/** Lines of an invoice with what its credit notes so far took, in the order in which those were made. */
export function creditableLines(
  document: InvoiceDocument,
  notes: readonly CreditNoteDocument[],
  rated: readonly RatedLineOfInvoice[] = [],
): CreditableLine[] {
  const charges = new Map(rated.map((line) => [line.lineNo, line]));
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
    ...ratedAs(charges.get(line.lineNo)),
  }));
}

function ratedAs(line: RatedLineOfInvoice | undefined): Pick<CreditableLine, 'rated'> {
  return line === undefined ? {} : { rated: { charge: line.charge, chargedMinor: line.chargedMinor } };
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
  scope: Pick<InputOf<typeof billingContract.creditPreview>, 'invoiceId' | 'lines' | 'takenBack'>,
  lock?: StoreKind,
): Promise<Outcome<CreditDraft, CreditRefusal>> {
  const invoice = await documentById(db, scope.invoiceId, lock);
  if (invoice === undefined) return refuse('no-such-invoice', { invoiceId: scope.invoiceId });
  const document = readDocument(invoice.document);
  if (document.form !== 'invoice-1') return refuse('not-an-invoice', { number: invoice.number });
  const notes = await creditNotesOf(db, invoice.id);
  const rated = (await ratedLines(db, [invoice.id])).get(invoice.id) ?? [];
  const lines = creditableLines(document, notes, rated);
  const leftOf = await leftOfCharges(
    db,
    rated.map(({ charge }) => charge),
  );
  const standing = await standingRepairs(db, lines);
  const settled = scope.lines === undefined ? standing : [];
  const asked = scope.takenBack === true ? netsOf(standing) : netsAsked(scope.lines);
  const credit = creditOf(lines, asked ?? 'all-left', leftWithout(leftOf, lines, settled));
  if ('fault' in credit) return refused(credit, invoice);
  const parts = partsOf(credit, settled);
  return done({
    invoice,
    document,
    lines,
    leftOf,
    standing,
    parts,
    body: {
      ...bodyOf(document, credit, parts),
      ...nationalVatOfCredit(document, {
        beforeMinor: notes.reduce((sum, note) => sum - BigInt(note.vatMinor), 0n),
        nowMinor: -credit.vatMinor,
      }),
    },
    creditNo: notes.length + 1,
  });
}

function netsOf(standing: readonly StandingRepair[]): Map<number, bigint> {
  const nets = new Map<number, bigint>();
  for (const { lineNo, netMinor } of standing) nets.set(lineNo, (nets.get(lineNo) ?? 0n) + netMinor);
  return nets;
}

function netsAsked(
  lines: InputOf<typeof billingContract.creditPreview>['lines'],
): Map<number, bigint> | undefined {
  return lines && new Map(lines.map((line) => [line.lineNo, BigInt(line.netMinor)]));
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
    case 'taken-back':
      return refuse('taken-back', { number, lineNo: found.lineNo, left: amount(found.leftMinor) });
    case 'over-rate':
      return refuse('over-rate', { number, vatRate: found.vatRate, left: amount(found.leftMinor) });
  }
}

function bodyOf(document: InvoiceDocument, credit: Credit, parts: readonly CreditPart[]): InvoiceBody {
  const byNo = new Map(document.lines.map((line) => [line.lineNo, line]));
  return {
    seller: document.seller,
    buyer: document.buyer,
    period: document.period,
    currency: document.currency,
    lines: parts.flatMap(({ lineNo, netMinor, repair }, at) => {
      const line = byNo.get(lineNo);
      if (line === undefined) return [];
      const taken = creditLine(line, { netMinor, at, currency: document.currency });
      return [repair === undefined ? taken : { ...taken, service: repair.service }];
    }),
    vatLines: credit.vat.map((group) => ({
      vatCategory: group.vatCategory,
      vatRate: group.vatRate,
      baseMinor: group.baseMinor.toString(),
      vatMinor: group.vatMinor.toString(),
    })),
    ...notesOfCredit(document, credit),
    netMinor: credit.netMinor.toString(),
    vatMinor: credit.vatMinor.toString(),
    grossMinor: credit.grossMinor.toString(),
    account: document.account,
  };
}

/** Sentences about what it takes back. */
function notesOfCredit(
  { notes, exempt }: InvoiceDocument,
  { vat }: Credit,
): Pick<InvoiceBody, 'notes' | 'exempt'> {
  const taken = new Set(vat.map(({ vatCategory }) => vatCategory));
  const mine = notes.filter((note) => taken.has(CATEGORY_OF_NOTE[note]));
  return { notes: mine, ...(exempt !== undefined && mine.includes('exempt') && { exempt }) };
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
