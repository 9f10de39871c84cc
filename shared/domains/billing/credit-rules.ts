import { ratio } from '../../kernel/ratio.ts';
import { roundRatio } from '../../kernel/rounding.ts';
import {
  byCategoryAndRate,
  documentTotals,
  vatOfMinor,
  type LineAmounts,
  type VatSubtotal,
} from './invoice-rules.ts';
import { vatKey } from './vat-key-rules.ts';

/** A line of an invoice with what earlier credit notes took from it; minor units, both with the sign of the line. */
export interface CreditableLine extends LineAmounts {
  readonly lineNo: number;
  readonly creditedMinor: bigint;
  /** Of a line that rating made: the charge it is of, or takes something back of, and what stands on the line as that charge counts it. */
  readonly rated?: { readonly charge: string; readonly chargedMinor: bigint };
}

/** What is left of each rated charge after all that was taken back of it, wherever: minor units as the charge counts (with VAT where its price has it). */
export type LeftOfCharges = ReadonlyMap<string, bigint>;

export interface CreditedLine extends LineAmounts {
  /** Of the invoice. */
  readonly lineNo: number;
}

/** What a credit note says: amounts that undo, so those of a usual invoice are negative. */
export interface Credit {
  readonly lines: readonly CreditedLine[];
  readonly vat: readonly VatSubtotal[];
  readonly netMinor: bigint;
  readonly vatMinor: bigint;
  readonly grossMinor: bigint;
}

export type CreditFault =
  | { readonly fault: 'no-such-line'; readonly lineNo: number }
  | { readonly fault: 'nothing-left' }
  | { readonly fault: 'over-line'; readonly lineNo: number; readonly leftMinor: bigint }
  /** More than is left of what was charged, because the rest of it was taken back elsewhere. */
  | { readonly fault: 'taken-back'; readonly lineNo: number; readonly leftMinor: bigint }
  | { readonly fault: 'over-rate'; readonly vatRate: string; readonly leftMinor: bigint };

/** What of a line can still be credited by itself. */
export function leftMinor(line: CreditableLine, leftOf: LeftOfCharges = new Map()): bigint {
  const left = line.netMinor - line.creditedMinor;
  const most = line.rated === undefined ? undefined : leftOf.get(line.rated.charge);
  return most === undefined || left <= 0n ? left : netWithin(line, most);
}

/** What a further net of a line is of its charge, as that counts: parts of it come to all of it. */
export function countedMinor(
  line: Pick<CreditableLine, 'netMinor' | 'creditedMinor' | 'rated'>,
  netMinor: bigint,
): bigint {
  const charged = line.rated?.chargedMinor ?? line.netMinor;
  const upTo = (net: bigint): bigint =>
    charged === line.netMinor || line.netMinor === 0n
      ? net
      : roundRatio(ratio(charged * net, line.netMinor), 0);
  return upTo(line.creditedMinor + netMinor) - upTo(line.creditedMinor);
}

/** The largest net of what is left of a line that counts as no more than this. */
function netWithin(line: CreditableLine, mostMinor: bigint): bigint {
  const left = line.netMinor - line.creditedMinor;
  if (mostMinor <= 0n) return 0n;
  if (countedMinor(line, left) <= mostMinor) return left;
  const charged = line.rated?.chargedMinor ?? line.netMinor;
  let net = (mostMinor * line.netMinor) / charged;
  while (net > 0n && countedMinor(line, net) > mostMinor) net -= 1n;
  while (net < left && countedMinor(line, net + 1n) <= mostMinor) net += 1n;
  return net < left ? net : left;
}

/**
 * The credit of these nets (by line number, with the sign of the line), or of all that is left.
 *
 * No line is credited beyond its net, no rate beyond its base, and no charge beyond what is left of it after repairs and what else was
 * taken back of it. VAT is cumulative per category and rate:
 *
 *     VAT of a credit note = VAT(base credited with it) − VAT(base credited before)
 *
 * so that however an invoice is credited in parts, the parts never come to more than the invoice, and all of it comes to the
 * invoice to the cent. The VAT of one part is within a cent of its own base times the rate. Where prices have VAT in them, VAT(base) is the
 * part of the invoice's VAT that the base is of its base.
 */
export function creditOf(
  lines: readonly CreditableLine[],
  asked: ReadonlyMap<number, bigint> | 'all-left',
  leftOf: LeftOfCharges = new Map(),
): Credit | CreditFault {
  const nets = asked === 'all-left' ? allLeft(lines, leftOf) : asked;
  const unknown = [...nets.keys()].find((lineNo) => !lines.some((line) => line.lineNo === lineNo));
  if (unknown !== undefined) return { fault: 'no-such-line', lineNo: unknown };
  const chosen = lines.flatMap((line) => {
    const netMinor = nets.get(line.lineNo) ?? 0n;
    return netMinor === 0n ? [] : [{ line, netMinor }];
  });
  if (chosen.length === 0) return { fault: 'nothing-left' };
  const over = chosen.find(({ line, netMinor }) => !isWithin(netMinor, line.netMinor - line.creditedMinor));
  if (over !== undefined) {
    return { fault: 'over-line', lineNo: over.line.lineNo, leftMinor: leftMinor(over.line, leftOf) };
  }
  const beyondCharge = chosen.find(
    ({ line, netMinor }) => netMinor > 0n && chargeLeft(line, chosen, leftOf) < 0n,
  );
  if (beyondCharge !== undefined) {
    const { line } = beyondCharge;
    return { fault: 'taken-back', lineNo: line.lineNo, leftMinor: leftMinor(line, leftOf) };
  }
  const groups = vatGroups(lines, nets);
  const beyond = groups.find((group) => !isWithin(group.now, group.base - group.before));
  if (beyond !== undefined) {
    return { fault: 'over-rate', vatRate: beyond.vatRate, leftMinor: beyond.base - beyond.before };
  }
  const vat = groups.map((group) => ({
    vatCategory: group.vatCategory,
    vatRate: group.vatRate,
    baseMinor: -group.now,
    vatMinor: group.vatOf(group.before) - group.vatOf(group.before + group.now),
  }));
  const netMinor = vat.reduce((sum, group) => sum + group.baseMinor, 0n);
  const vatMinor = vat.reduce((sum, group) => sum + group.vatMinor, 0n);
  return {
    lines: chosen.map(({ line, netMinor: net }) => ({
      lineNo: line.lineNo,
      netMinor: -net,
      vatCategory: line.vatCategory,
      vatRate: line.vatRate,
    })),
    vat,
    netMinor,
    vatMinor,
    grossMinor: netMinor + vatMinor,
  };
}

/** What would be left of the charge of a line after all that is chosen. */
function chargeLeft(
  { rated }: CreditableLine,
  chosen: readonly { readonly line: CreditableLine; readonly netMinor: bigint }[],
  leftOf: LeftOfCharges,
): bigint {
  const left = rated && leftOf.get(rated.charge);
  if (left === undefined) return 0n;
  return chosen.reduce(
    (sum, { line, netMinor }) =>
      line.rated?.charge === rated?.charge ? sum - countedMinor(line, netMinor) : sum,
    left,
  );
}

/** Of lines that take back first, so that what they gave back can be taken of what they are of. */
function allLeft(lines: readonly CreditableLine[], leftOf: LeftOfCharges): ReadonlyMap<number, bigint> {
  const left = new Map(leftOf);
  const nets = new Map<number, bigint>();
  for (const line of lines.toSorted((a, b) => (a.netMinor < 0n ? 0 : 1) - (b.netMinor < 0n ? 0 : 1))) {
    const net = leftMinor(line, left);
    nets.set(line.lineNo, net);
    const before = line.rated && left.get(line.rated.charge);
    if (line.rated !== undefined && before !== undefined)
      left.set(line.rated.charge, before - countedMinor(line, net));
  }
  return nets;
}

/** Whether an amount lies between nothing and a limit of either sign. */
function isWithin(amount: bigint, limit: bigint): boolean {
  return limit >= 0n ? amount >= 0n && amount <= limit : amount <= 0n && amount >= limit;
}

interface VatGroup {
  readonly vatCategory: LineAmounts['vatCategory'];
  readonly vatRate: string;
  readonly base: bigint;
  readonly before: bigint;
  readonly now: bigint;
  /** VAT of a part of the base. */
  readonly vatOf: (base: bigint) => bigint;
}

function vatRuleOf(lines: readonly CreditableLine[]): (base: bigint) => bigint {
  const [invoiced] = documentTotals(lines).vat;
  if (invoiced === undefined || lines.every(({ grossMinor }) => grossMinor === undefined))
    return (base) => vatOfMinor(base, lines[0]?.vatRate ?? '0');
  const { baseMinor, vatMinor } = invoiced;
  return (base) => (baseMinor === 0n ? 0n : roundRatio(ratio(vatMinor * base, baseMinor), 0));
}

/** Those that the credit touches, by category and rate. */
function vatGroups(lines: readonly CreditableLine[], nets: ReadonlyMap<number, bigint>): VatGroup[] {
  return [...Map.groupBy(lines, vatKey).values()]
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      if (!group.some((line) => (nets.get(line.lineNo) ?? 0n) !== 0n)) return [];
      const sum = (of: (line: CreditableLine) => bigint): bigint =>
        group.reduce((total, line) => total + of(line), 0n);
      return [
        {
          vatCategory: first.vatCategory,
          vatRate: first.vatRate,
          vatOf: vatRuleOf(group),
          base: sum((line) => line.netMinor),
          before: sum((line) => line.creditedMinor),
          now: sum((line) => nets.get(line.lineNo) ?? 0n),
        },
      ];
    })
    .toSorted(byCategoryAndRate);
}
