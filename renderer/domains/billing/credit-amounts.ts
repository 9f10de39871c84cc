import type { MoneyWire } from '../../../shared/kernel/money.ts';
import { readMoney } from '../../ui/typed-amount.ts';

/** What is typed for a line of an invoice; undefined: what is left of it. */
export type TypedNets = Readonly<Record<number, string>>;

interface Left {
  readonly lineNo: number;
  readonly left: MoneyWire;
}

/** Why what is typed for a line cannot be read, or null. */
export function netFault(text: string, { currency }: MoneyWire): string | null {
  const read = readMoney(text, currency, { isSigned: true });
  return read.ok ? null : read.fault;
}

function typedNet(text: string, { currency }: MoneyWire): bigint | undefined {
  const read = readMoney(text, currency, { isSigned: true });
  return read.ok ? read.amountMinor : undefined;
}

/**
 * What to ask for: undefined for all that is left, 'unclear' while an amount cannot be read. Where something was taken back that is on
 * no document, all there is has that in it: then it is asked for only while nothing is typed.
 */
export function creditLines(
  left: readonly Left[],
  typed: TypedNets,
  isAllMore = false,
): { lineNo: number; netMinor: string }[] | undefined | 'unclear' {
  const lines: { lineNo: number; netMinor: string }[] = [];
  let isAll = !isAllMore || Object.keys(typed).length === 0;
  for (const line of left) {
    const text = typed[line.lineNo];
    const minor = text === undefined ? BigInt(line.left.amountMinor) : typedNet(text, line.left);
    if (minor === undefined) return 'unclear';
    if (minor !== BigInt(line.left.amountMinor)) isAll = false;
    if (minor !== 0n) lines.push({ lineNo: line.lineNo, netMinor: minor.toString() });
  }
  return isAll ? undefined : lines;
}
