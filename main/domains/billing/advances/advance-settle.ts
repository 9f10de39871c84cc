import type { OutputOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import {
  advanceLeftMinor,
  restOf,
  settledOf,
  type AdvancePart,
} from '../../../../shared/domains/billing/advance-rules.ts';
import { convertedMinor } from '../../../../shared/domains/billing/exchange-rate-rules.ts';
import type { VatSubtotal } from '../../../../shared/domains/billing/invoice-rules.ts';
import { isSameVat } from '../../../../shared/domains/billing/vat-key-rules.ts';
import { CATEGORY_OF_NOTE, isOwedAbroad } from '../../../../shared/domains/billing/vat-rules.ts';
import { addDays, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText } from '../../../../shared/kernel/money.ts';
import type { DocumentVatLine, InvoiceBody, SettledAdvance } from '../invoices/invoice-document.ts';
import { nationalVatWords } from '../invoices/vat-national-words.ts';
import type { StandingAdvance } from './advance-store.ts';

type Preview = OutputOf<typeof billingContract.invoicePreview>;
type Body = Pick<InvoiceBody, 'currency' | 'vatLines' | 'grossMinor' | 'vatMinor' | 'settles'>;
/** What decides which advances an invoice settles. */
type Taxed = Pick<InvoiceBody, 'currency' | 'vatLines' | 'period' | 'notes' | 'taxed' | 'seller' | 'buyer'>;

const subtotals = (lines: readonly DocumentVatLine[]): VatSubtotal[] =>
  lines.map((line) => ({
    ...line,
    baseMinor: BigInt(line.baseMinor),
    vatMinor: BigInt(line.vatMinor),
  }));

/** Whether money had come by the day on which what was supplied in a period is taxed, its last one. */
export function cameBy(
  period: InvoiceBody['period'],
  { document }: Pick<StandingAdvance, 'document'>,
): boolean {
  return document.payment.receivedOn < period.endExclusive;
}

/** The state that VAT is owed to: of services where the customer is taxed, of goods that of its address. */
export function vatOwedIn({
  notes,
  taxed,
  seller,
  buyer,
}: Pick<Taxed, 'notes' | 'taxed' | 'seller' | 'buyer'>): string {
  if (!notes.some(isOwedAbroad)) return seller.country;
  return notes.includes('one-stop-shop') ? (taxed?.country ?? buyer.country) : buyer.country;
}

/**
 * Why an invoice must not settle an advance; undefined where it may. VAT of money that came after the supply was taxed is of a later
 * period, and what one state was owed is not deducted from what another is.
 */
export function reasonAgainst(
  body: Taxed,
  {
    currency,
    document,
    vatCategory,
    vatRate,
  }: Pick<StandingAdvance, 'currency' | 'document' | 'vatCategory' | 'vatRate'>,
): string | undefined {
  if (currency !== body.currency) return `this invoice is in ${body.currency}`;
  if (!cameBy(body.period, { document })) {
    const last = addDays(body.period.endExclusive, -1);
    return `its money came on ${document.payment.receivedOn}, and what this invoice is for was taxed by ${last}`;
  }
  if (!body.vatLines.some((line) => isSameVat(line, { vatCategory, vatRate })))
    return `it is taxed at ${vatRate} %, which this invoice is not`;
  const [then, now] = [vatOwedIn(document), vatOwedIn(body)];
  if (then !== now) return `its VAT is owed in ${then}, that of this invoice in ${now}`;
  // Of what else stands on the invoice the advance knows nothing.
  const ruleOf = ({ notes }: Pick<Taxed, 'notes'>): string =>
    notes
      .filter((note) => CATEGORY_OF_NOTE[note] === vatCategory)
      .toSorted()
      .join(' ');
  return ruleOf(document) === ruleOf(body) ? undefined : 'it is taxed under another rule than this invoice';
}

/** What an invoice settles of its customer's open advances, oldest first; undefined where it settles none. */
export function settledBy(
  body: Taxed,
  advances: readonly StandingAdvance[],
): readonly SettledAdvance[] | undefined {
  const mine = advances.filter((advance) => reasonAgainst(body, advance) === undefined);
  const settled = settledOf(subtotals(body.vatLines), mine);
  return settled.length === 0 ? undefined : settled.map(({ advance, ...part }) => settledPart(advance, part));
}

function settledPart(advance: StandingAdvance, part: AdvancePart): SettledAdvance {
  return {
    advanceId: advance.id,
    number: advance.number,
    issuedOn: advance.issuedOn,
    receivedOn: advance.document.payment.receivedOn,
    vatCategory: advance.vatCategory,
    vatRate: advance.vatRate,
    netMinor: part.netMinor.toString(),
    vatMinor: part.vatMinor.toString(),
    grossMinor: part.grossMinor.toString(),
    ...nationalPart(advance, part.vatMinor),
  };
}

/** VAT of the next part of an advance in the national currency, by the rates of the advance: cumulative, so that parts come to the whole. */
export function nationalPart(
  { document, takenVatMinor }: Pick<StandingAdvance, 'document' | 'takenVatMinor'>,
  vatMinor: bigint,
): Pick<InvoiceBody, 'vatNational'> {
  const { vatNational, currency } = document;
  if (vatNational === undefined) return {};
  const at = (minor: bigint): bigint => convertedMinor(minor, currency, vatNational.quotes);
  return {
    vatNational: {
      ...vatNational,
      vatMinor: (at(takenVatMinor + vatMinor) - at(takenVatMinor)).toString(),
    },
  };
}

/** Open advances that an invoice must leave alone, each in a sentence that says why. */
export function leftAlone(body: Taxed, advances: readonly StandingAdvance[]): string[] {
  return advances.flatMap((advance) => {
    const reason = reasonAgainst(body, advance);
    if (reason === undefined) return [];
    const left = `${moneyToDecimalText(money(advanceLeftMinor(advance), advance.currency))} ${advance.currency}`;
    return [`${left} of the advance invoice ${advance.number} is left alone: ${reason}.`];
  });
}

const sumOf = (settles: Body['settles'], of: (part: SettledAdvance) => string): bigint =>
  (settles ?? []).reduce((total, part) => total + BigInt(of(part)), 0n);

/** VAT of a body that advance invoices had taxed already. */
export function advanceVatOf({ settles }: Pick<Body, 'settles'>): bigint {
  return sumOf(settles, ({ vatMinor }) => vatMinor);
}

/** What is to be paid of a body when it is issued. */
export function dueOf({ settles, grossMinor }: Pick<Body, 'settles' | 'grossMinor'>): bigint {
  return BigInt(grossMinor) - sumOf(settles, (part) => part.grossMinor);
}

/** What of a body is left to tax, rate by rate. */
export function vatLinesLeft({
  vatLines,
  settles = [],
}: Pick<Body, 'vatLines' | 'settles'>): DocumentVatLine[] {
  const parts = settles.map((part) => ({
    ...part,
    netMinor: BigInt(part.netMinor),
    vatMinor: BigInt(part.vatMinor),
    grossMinor: BigInt(part.grossMinor),
  }));
  return restOf(subtotals(vatLines), parts).map((group) => ({
    ...group,
    baseMinor: group.baseMinor.toString(),
    vatMinor: group.vatMinor.toString(),
  }));
}

/** The same for consoles. */
export function settledWords(body: Body): Pick<Preview, 'settles' | 'due'> {
  const { currency } = body;
  const wire = (amountMinor: string): Preview['due'] => ({ amountMinor, currency });
  return {
    settles: (body.settles ?? []).map((part) => ({
      advanceId: part.advanceId,
      number: part.number,
      issuedOn: part.issuedOn,
      receivedOn: part.receivedOn,
      vatCategory: part.vatCategory,
      vatRate: part.vatRate,
      net: wire(part.netMinor),
      vat: wire(part.vatMinor),
      gross: wire(part.grossMinor),
      vatNational: nationalVatWords({ currency, ...part }),
    })),
    due: wire(dueOf(body).toString()),
  };
}

/** The first advance invoice that an invoice of this day settles and that is of a later one. */
export function laterThan(
  { settles = [] }: Pick<Body, 'settles'>,
  issuedOn: LocalDate,
): SettledAdvance | undefined {
  return settles.find((part) => part.issuedOn > issuedOn);
}
