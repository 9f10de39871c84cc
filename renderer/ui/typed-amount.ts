import { CURRENCIES, moneyFromMajor, type Currency } from '../../shared/kernel/money.ts';

/** What was typed, read: `plain` is the same number with a point and without thousands (`1500.00`), as the contract takes it. */
export type ReadNumber =
  | { readonly ok: true; readonly plain: string }
  | { readonly ok: false; readonly fault: string };
/** What was typed as money, in minor units; or a sentence why it cannot be told what is meant. */
export type ReadMoney =
  | { readonly ok: true; readonly amountMinor: bigint }
  | { readonly ok: false; readonly fault: string };

export interface NumberRules {
  /** Digits after the point at most. */
  readonly decimals: number;
  /** Below 0 too. */
  readonly isSigned?: boolean;
  /** Digits before the point at most; 12 where it is not said. */
  readonly digits?: number;
}

/** Prices, units and quantities: exact decimals, as the engine takes them. */
export const EXACT: NumberRules = { decimals: 10, digits: 15 };

/** Spaces that keyboards, spreadsheets and statements of banks put between thousands. */
const SPACE = /[\u0020\u00a0\u2009\u202f]/;

const fault = (words: string): { readonly ok: false; readonly fault: string } => ({
  ok: false,
  fault: words,
});

/**
 * A number as people of many countries type it: `1500.5`, `1500,50`, `1 500,50`, `1,500.50`, `1.500,50`. What can be read in two ways
 * (`1,500` is 1500 or 1.5) is refused and never guessed, because the wrong one is off by a thousand.
 */
export function readNumber(text: string, rules: NumberRules): ReadNumber {
  const typed = text.trim().replace(/^[−–]/, '-');
  if (typed === '') return fault('Write an amount.');
  const sign = typed.startsWith('-') ? '-' : '';
  if (sign !== '' && rules.isSigned !== true) return fault('Not below 0.');
  const unsigned = typed.slice(sign.length);
  const parts = /^(\d[\d\u0020\u00a0\u2009\u202f.,]*)$/.test(unsigned)
    ? splitNumber(unsigned, rules.decimals)
    : undefined;
  if (parts === undefined) return fault(`${typed} is not a number: write it as in 1500.00.`);
  if (!parts.ok) return parts;
  const whole = parts.whole.replace(/^0+(?=\d)/, '');
  const part = parts.part;
  if (part.length > rules.decimals)
    return fault(rules.decimals === 0 ? 'A whole number.' : `At most ${countOfDecimals(rules.decimals)}.`);
  if (whole.length > (rules.digits ?? 12)) return fault('That is too much.');
  const plain = part === '' ? whole : `${whole}.${part}`;
  return { ok: true, plain: /[1-9]/.test(plain) ? sign + plain : plain };
}

/** An amount of money in minor units of its currency. */
export function readMoney(
  text: string,
  currency: Currency,
  rules: Pick<NumberRules, 'isSigned'> = {},
): ReadMoney {
  const read = readNumber(text, { ...rules, decimals: CURRENCIES[currency], digits: 12 });
  return read.ok ? { ok: true, amountMinor: moneyFromMajor(read.plain, currency).amountMinor } : read;
}

/** The number as the contract takes it; empty for nothing typed. Call it only where nothing is at fault. */
export function plainNumber(text: string, rules: NumberRules): string {
  const read = readNumber(text, rules);
  return read.ok ? read.plain : '';
}

/** Why it cannot be read, or null; nothing typed is nothing wrong. */
export function numberFault(text: string, rules: NumberRules): string | null {
  if (text.trim() === '') return null;
  const read = readNumber(text, rules);
  return read.ok ? null : read.fault;
}

/** A decimal of the engine as a field shows it first, so that it is read as it was written: `1.125` becomes `1.1250`. */
export function typedNumber(plain: string): string {
  return /^-?[1-9]\d{0,2}\.\d{3}$/.test(plain) ? `${plain}0` : plain;
}

type Split =
  | { readonly ok: true; readonly whole: string; readonly part: string }
  | { readonly ok: false; readonly fault: string };

function splitNumber(text: string, decimals: number): Split | undefined {
  const last = Math.max(text.lastIndexOf('.'), text.lastIndexOf(','));
  const mark = last === -1 ? '' : text.charAt(last);
  const other = mark === '.' ? ',' : '.';
  const marks = text.split(mark === '' ? '\n' : mark).length - 1;
  const isMixed = mark !== '' && text.includes(other);
  const hasSpaces = SPACE.test(text);
  // Several of one kind alone can only be thousands: 1,234,567.
  if (marks > 1) return isMixed || hasSpaces ? undefined : grouped(text, mark, '');
  if (mark === '') return hasSpaces ? grouped(text, ' ', '') : { ok: true, whole: text, part: '' };
  const [whole, part] = [text.slice(0, last), text.slice(last + 1)];
  if (!/^\d*$/.test(part)) return undefined;
  if (isMixed) return hasSpaces || part === '' ? undefined : grouped(whole, other, part);
  if (hasSpaces) return part === '' ? undefined : grouped(whole, ' ', part);
  if (part === '') return undefined;
  const plain = whole.replace(/^0+(?=\d)/, '');
  if (part.length === 3 && /^[1-9]\d{0,2}$/.test(plain))
    return fault(
      `${text} can be ${plain}${part} or ${plain}.${part}: write ${asThousands(plain + part, decimals)} or ${asDecimals(plain, part, decimals)}.`,
    );
  return { ok: true, whole, part };
}

/** How to write it so that nothing after a mark can be meant: with as many zeros as may be written. */
function asThousands(whole: string, decimals: number): string {
  return decimals === 0 ? whole : `${whole}.${'0'.repeat(Math.min(decimals, 2))}`;
}

/** How to write it so that it cannot be thousands, with decimals that are taken. */
function asDecimals(whole: string, part: string, decimals: number): string {
  if (decimals === 0) return 'another whole number';
  if (decimals > 3) return `${whole}.${part}0`;
  const written = part.slice(0, Math.min(decimals, 2));
  return /[1-9]/.test(part.slice(written.length))
    ? `at most ${countOfDecimals(Math.min(decimals, 2))}`
    : `${whole}.${written}`;
}

function countOfDecimals(decimals: number): string {
  return decimals === 1 ? '1 decimal' : `${decimals} decimals`;
}

/** Thousands in groups of three, else it is something else than a number. */
function grouped(text: string, mark: string, part: string): Split | undefined {
  const [first = '', ...rest] = text.split(mark === ' ' ? SPACE : mark);
  const fits = /^\d{1,3}$/.test(first) && rest.every((group) => /^\d{3}$/.test(group));
  return fits ? { ok: true, whole: [first, ...rest].join(''), part } : undefined;
}
