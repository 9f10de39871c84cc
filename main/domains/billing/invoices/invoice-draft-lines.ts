import { LINE_KINDS } from '../../../../shared/domains/billing/charge-rules.ts';
import { netsInMinor } from '../../../../shared/domains/billing/price-vat-rules.ts';
import { documentTotals } from '../../../../shared/domains/billing/invoice-rules.ts';
import { vatKey, type TaxedSo } from '../../../../shared/domains/billing/vat-key-rules.ts';
import { money, moneyToDecimalText, type Currency } from '../../../../shared/kernel/money.ts';
import type { UnbilledCharge } from '../charges/charge-store.ts';
import { lineAmounts, type DocumentLine } from './invoice-document.ts';
import type { ProductTerms } from './invoicing-terms.ts';

export type DraftLine = DocumentLine & { readonly chargeIds: readonly string[] };

interface LineTerms {
  readonly currency: Currency;
  readonly termsOf: (charge: UnbilledCharge) => ProductTerms;
}

/**
 * A line per subscription, plan, component, price and calendar month of what is charged day by day: within a month the denominator of the quantity
 * is one, and the net of a month that is invoiced whole is its price times its quantity, rounded. What is charged by the period is a
 * line each. A line is of one plan, so it is taxed as its product is.
 */
export function draftLines(charges: readonly UnbilledCharge[], of: LineTerms): DraftLine[] {
  const key = (charge: UnbilledCharge): string =>
    [
      charge.vm,
      charge.subscriptionId,
      charge.month ?? charge.service.start,
      LINE_KINDS.indexOf(charge.kind),
      charge.unitPrice,
      charge.month === null ? charge.id : charge.plan,
    ].join('\u0000');
  const groups = [...Map.groupBy(charges, key)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const made = groups.flatMap(([, group], at) => {
    const [first] = group;
    if (first === undefined) return [];
    const { rateInPrice, vat } = of.termsOf(first);
    const line = { ...lineOf(first, group), lineNo: at + 1, vatCategory: vat.category, vatRate: vat.rate };
    return [{ line, rateInPrice }];
  });
  return withNets(made, of.currency);
}

function lineOf(
  first: UnbilledCharge,
  group: readonly UnbilledCharge[],
): Omit<DraftLine, 'lineNo' | 'vatCategory' | 'vatRate'> {
  const last = group.at(-1) ?? first;
  const sum = (amount: (charge: UnbilledCharge) => bigint): string =>
    group.reduce((total, charge) => total + amount(charge), 0n).toString();
  return {
    subscriptionId: first.subscriptionId,
    component: first.kind,
    ...(first.month === null && { part: first.part }),
    ...(first.productId !== null && { productId: first.productId }),
    plan: first.plan,
    vm: first.vm,
    service: { start: first.service.start, endExclusive: last.service.endExclusive },
    numerator: sum((charge) => charge.numerator),
    denominator: String(first.denominator),
    unitPrice: first.unitPrice,
    netMinor: sum((charge) => charge.amountMinor),
    ...(first.grossMinor !== null && { grossMinor: sum((charge) => charge.grossMinor ?? 0n) }),
    chargeIds: group.map((charge) => charge.id),
  };
}

/** What a product comes to on a document with VAT, and how that is taxed. */
export interface ProductGross extends TaxedSo {
  /** '' is of none. */
  readonly productId: string;
  /** Of its lines by themselves: of several products at a rate together it may be another by a cent or so. Minor units as text. */
  readonly grossMinor: string;
}

export function grossOfProducts(
  lines: readonly DraftLine[],
  charges: readonly UnbilledCharge[],
  productOf: (charge: UnbilledCharge) => string,
): readonly ProductGross[] {
  const products = new Map(charges.map((charge) => [charge.id, productOf(charge)]));
  const byProduct = Map.groupBy(lines, ({ chargeIds: [chargeId = ''] }) => products.get(chargeId) ?? '');
  return [...byProduct]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([productId, of]) => {
      const { grossMinor } = documentTotals(of.map(lineAmounts));
      return of.slice(0, 1).map(({ vatCategory, vatRate }) => ({
        productId,
        vatCategory,
        vatRate,
        grossMinor: grossMinor.toString(),
      }));
    });
}

interface MadeLine {
  readonly line: DraftLine;
  readonly rateInPrice: string;
}

/**
 * Lines whose prices have VAT in them get their nets, of all that are taxed alike together (invoice-rules.ts); where none is owed they are
 * amounts without it.
 */
function withNets(made: readonly MadeLine[], currency: Currency): DraftLine[] {
  const nets = new Map<number, bigint>();
  const alike = Map.groupBy(made, ({ line, rateInPrice }) => `${vatKey(line)} ${rateInPrice}`);
  for (const group of alike.values()) {
    const priced = group.flatMap(({ line, rateInPrice }) =>
      line.grossMinor === undefined ? [] : [{ ...line, grossMinor: line.grossMinor, rateInPrice }],
    );
    const [first] = priced;
    if (first === undefined) continue;
    const found = netsInMinor(
      priced.map(({ grossMinor }) => BigInt(grossMinor)),
      first.rateInPrice,
    );
    for (const [at, { lineNo }] of priced.entries()) nets.set(lineNo, found[at] ?? 0n);
  }
  return made.map(({ line, rateInPrice }) => {
    const net = nets.get(line.lineNo);
    if (net === undefined) return line;
    const { grossMinor: _gross, ...without } = line;
    if (line.vatRate === rateInPrice) return { ...line, netMinor: net.toString() };
    return { ...without, ...asAmount(net, currency), netMinor: net.toString(), isWithoutVat: true };
  });
}

/** Quantity 1 at an amount, which may be one taken back. */
function asAmount(
  net: bigint,
  currency: Currency,
): Pick<DocumentLine, 'numerator' | 'denominator' | 'unitPrice'> {
  return {
    numerator: net < 0n ? '-1' : '1',
    denominator: '1',
    unitPrice: moneyToDecimalText(money(net < 0n ? -net : net, currency)),
  };
}
