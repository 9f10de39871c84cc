import { moneyFromMajor } from '../../../shared/kernel/money.ts';
import type { MoneyWire } from '../../../shared/kernel/money.ts';

/** What is typed for a line of an invoice; undefined: what is left of it. */
export type TypedNets = Readonly<Record<number, string>>;

interface Left {
  readonly lineNo: number;
  readonly left: MoneyWire;
}

/** `12.5` or `12,50` as minor units; undefined for anything else. */
export function typedMinor(text: string, currency: MoneyWire['currency']): bigint | undefined {
  const plain = text.trim().replace(',', '.');
  return /^-?\d{1,15}(\.\d{1,2})?$/.test(plain) ? moneyFromMajor(plain, currency).amountMinor : undefined;
}

/** What to ask for: undefined for all that is left, 'unclear' while an amount cannot be read. */
export function creditLines(
  left: readonly Left[],
  typed: TypedNets,
): { lineNo: number; netMinor: string }[] | undefined | 'unclear' {
  const lines: { lineNo: number; netMinor: string }[] = [];
  let isAll = true;
  for (const line of left) {
    const text = typed[line.lineNo];
    const minor = text === undefined ? BigInt(line.left.amountMinor) : typedMinor(text, line.left.currency);
    if (minor === undefined) return 'unclear';
    if (minor !== BigInt(line.left.amountMinor)) isAll = false;
    if (minor !== 0n) lines.push({ lineNo: line.lineNo, netMinor: minor.toString() });
  }
  return isAll ? undefined : lines;
}
