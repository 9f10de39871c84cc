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
import { netsWithinRates } from '../../../../shared/domains/billing/nets-within-rates.ts';
import { money, moneyToDecimalText, type Currency } from '../../../../shared/kernel/money.ts';
import { forNoKeyUpdate } from '../../../platform/store/for-update.ts';
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
import { eachOf, leftOfCharges, ratedLines, type RatedLineOfInvoice } from '../charges/charge-credits.ts';
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
  /** It takes what repairs took and no more: what it gives back of lines that took back is repaired again. */
  readonly isOfRepairs: boolean;
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

/** An invoice with its credit notes, and its lines with what those took of them. */
export interface CreditableInvoice {
  readonly invoice: InvoiceTable;
  readonly document: InvoiceDocument;
  readonly notes: readonly CreditNoteDocument[];
  readonly lines: readonly CreditableLine[];
}

/**
 * Invoices that can be credited, by their ids; what is none, or not there, is left out. With `lock` (the kind of store) they are locked, in one
 * order, until the transaction ends, so that what is left of them stays so.
 */
export async function creditableInvoices(
  db: Db,
  invoiceIds: readonly string[],
  lock?: StoreKind,
): Promise<ReadonlyMap<string, CreditableInvoice>> {
  const ids = [...new Set(invoiceIds)].toSorted();
  const invoices = await eachOf(ids, async (some) => {
    const found = db.selectFrom('invoice').selectAll().where('id', 'in', some).orderBy('id');
    return await (lock === undefined ? found : forNoKeyUpdate(found, lock)).execute();
  });
  const notes = Map.groupBy(
    await eachOf(ids, async (some) =>
      db
        .selectFrom('invoice')
        .select(['document', 'credits_id'])
        .where('credits_id', 'in', some)
        .orderBy('credit_no')
        .execute(),
    ),
    ({ credits_id: id }) => id,
  );
  const rated = await ratedLines(db, ids);
  return new Map(
    invoices.flatMap((invoice) => {
      const document = readDocument(invoice.document);
      if (document.form !== 'invoice-1') return [];
      const before = (notes.get(invoice.id) ?? []).flatMap((row) => {
        const note = readDocument(row.document);
        return note.form === 'credit-note-1' ? [note] : [];
      });
      const lines = creditableLines(document, before, rated.get(invoice.id));
      return [[invoice.id, { invoice, document, notes: before, lines }] as const];
    }),
  );
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
  const of = (await creditableInvoices(db, [invoice.id])).get(invoice.id);
  if (of === undefined) return refuse('not-an-invoice', { number: invoice.number });
  const leftOf = await leftOfCharges(db, chargesOf(of));
  const standing = await standingRepairs(db, of.lines);
  const settles = scope.lines === undefined ? standing : [];
  const asked = scope.takenBack === true ? netsOf(of.lines, standing, leftOf) : netsAsked(scope.lines);
  const isOfRepairs = scope.takenBack === true;
  return draftOf(of, { leftOf, standing, settles, isOfRepairs, asked: asked ?? 'all-left' });
}

/** Charges of rating that are on an invoice. */
export function chargesOf({ lines }: Pick<CreditableInvoice, 'lines'>): string[] {
  return lines.flatMap(({ rated }) => (rated === undefined ? [] : [rated.charge]));
}

/** The credit note that settles these repairs of an invoice, and takes nothing else but what must go with them. */
export function draftRepairs(
  of: CreditableInvoice,
  repairs: readonly StandingRepair[],
  leftOf: LeftOfCharges,
): Outcome<CreditDraft, CreditRefusal> {
  return draftOf(of, {
    leftOf,
    standing: repairs,
    settles: repairs,
    isOfRepairs: true,
    asked: netsOf(of.lines, repairs, leftOf),
  });
}

function draftOf(
  { invoice, document, notes, lines }: CreditableInvoice,
  of: {
    readonly leftOf: LeftOfCharges;
    readonly standing: readonly StandingRepair[];
    readonly settles: readonly StandingRepair[];
    readonly isOfRepairs: boolean;
    readonly asked: ReadonlyMap<number, bigint> | 'all-left';
  },
): Outcome<CreditDraft, CreditRefusal> {
  const { leftOf, standing, settles } = of;
  const credit = creditOf(lines, of.asked, leftWithout(leftOf, lines, settles));
  if ('fault' in credit) return refused(credit, invoice);
  const parts = partsOf(credit, settles);
  const body = bodyOf(document, credit, parts);
  const before = notes.flatMap(({ vatLines }) => vatLines);
  return done({
    invoice,
    document,
    lines,
    leftOf,
    standing,
    isOfRepairs: of.isOfRepairs,
    parts,
    body: { ...body, ...nationalVatOfCredit(document, { before, now: body.vatLines }) },
    creditNo: notes.length + 1,
  });
}

function netsOf(
  lines: readonly CreditableLine[],
  standing: readonly StandingRepair[],
  leftOf: LeftOfCharges,
): ReadonlyMap<number, bigint> {
  const nets = new Map<number, bigint>();
  for (const { lineNo, netMinor } of standing) nets.set(lineNo, (nets.get(lineNo) ?? 0n) + netMinor);
  return netsWithinRates(lines, nets, leftOf);
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
