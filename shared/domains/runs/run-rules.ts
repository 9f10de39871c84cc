import { addDays, addMonths, daysBetween, firstOfMonth, type Period } from '../../kernel/local-date.ts';

/**
 * `previewing` works out what it would post; `ready` waits for an approval, `returned` for its preparer; `posting` makes the invoices;
 * `stopped` stands still half-way and can go on; `failed` has no preview; `posted` and `aborted` are ends.
 */
export const RUN_STATES = [
  'previewing',
  'ready',
  'returned',
  'posting',
  'stopped',
  'failed',
  'posted',
  'aborted',
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Before anything of it was posted: it can be previewed again and aborted. */
export const OPEN_RUN_STATES: readonly RunState[] = ['previewing', 'ready', 'returned', 'failed'];

/**
 * `ready` would be posted; `held` cannot be, for its reason; `nothing`: no invoice comes of it (nothing charged, or 0 in all);
 * `left-out` by a person; `posted` has its document.
 */
export const RUN_ROW_STATES = ['ready', 'held', 'nothing', 'left-out', 'posted'] as const;
export type RunRowState = (typeof RUN_ROW_STATES)[number];

/** What a row would be, or is. */
export const RUN_DOCUMENT_TYPES = ['invoice', 'credit-note'] as const;
export type RunDocumentType = (typeof RUN_DOCUMENT_TYPES)[number];

/** What is remarkable about a row, and how much it wants to be looked at. */
export const FINDINGS = {
  new: { severity: 'none', words: 'New' },
  gone: { severity: 'check', words: 'Nothing this time' },
  changed: { severity: 'check', words: 'Changed' },
  zero: { severity: 'check', words: 'Comes to 0' },
  negative: { severity: 'high', words: 'Below 0' },
  'vat-changed': { severity: 'high', words: 'VAT changed' },
  'over-limit': { severity: 'high', words: 'Over its credit limit' },
  large: { severity: 'high', words: 'Large' },
  'missing-data': { severity: 'check', words: 'Missing data' },
  late: { severity: 'none', words: 'Charges of earlier periods' },
  credit: { severity: 'check', words: 'Credit note' },
  held: { severity: 'high', words: 'Held' },
} as const satisfies Readonly<Record<string, { readonly severity: RunSeverity; readonly words: string }>>;
export type Finding = keyof typeof FINDINGS;
export const FINDING_CODES = Object.keys(FINDINGS) as [Finding, ...Finding[]];
/** How a row is asked for of which there is nothing to say. */
export const NO_FINDING = 'none';

/** In the order in which one looks at them. */
export const RUN_SEVERITIES = ['none', 'check', 'high'] as const;
export type RunSeverity = (typeof RUN_SEVERITIES)[number];

/** Place of the gravest of them in {@link RUN_SEVERITIES}. */
export function severityOf(findings: readonly Finding[]): number {
  return Math.max(0, ...findings.map((code) => RUN_SEVERITIES.indexOf(FINDINGS[code].severity)));
}

/** What one compares an invoice by; minor units of one currency. */
export interface Compared {
  readonly state: RunRowState;
  /** What it would come to with VAT; null where no invoice comes of it. */
  readonly grossMinor: bigint | null;
  /** The same in the currency of the limit; null where no rate is known, too. */
  readonly limitedMinor: bigint | null;
  /** What was invoiced the last time; null: nothing. */
  readonly beforeMinor: bigint | null;
  /** VAT categories and rates as one text, of now and the last time; empty where there is none. */
  readonly vat: string;
  readonly vatBefore: string;
  readonly hasLate: boolean;
  /** What its customer's address lacks; empty where that is whole. */
  readonly addressGaps: string;
  /** Of a customer that pays after the invoice and may owe no more than this; null: no limit. */
  readonly credit: { readonly limitMinor: bigint; readonly owedMinor: bigint } | null;
}

export interface RunLimits {
  /** A change by more per cent is remarkable. */
  readonly changePercent: number;
  /** An invoice over this many minor units of one currency is looked at by a person, in whatever currency it is; null: none is. */
  readonly limitMinor: bigint | null;
}

/** What is remarkable about it, in a fixed order. */
export function findingsOf(of: Compared, limits: RunLimits): Finding[] {
  const { state, grossMinor: now, beforeMinor: before } = of;
  const found: Finding[] = [];
  if (state === 'held') found.push('held');
  if (now !== null && now < 0n) found.push('negative');
  if (now === 0n) found.push('zero');
  if (now !== null && now !== 0n && before === null) found.push('new');
  if (now === null && before !== null && state !== 'held') found.push('gone');
  const permille = changePermille(now, before);
  if (permille !== null && Math.abs(permille) > limits.changePercent * 10) found.push('changed');
  if (of.vat !== '' && of.vatBefore !== '' && of.vat !== of.vatBefore) found.push('vat-changed');
  if (now !== null && now > 0n && of.credit !== null && of.credit.owedMinor + now > of.credit.limitMinor)
    found.push('over-limit');
  const { limitedMinor: limited } = of;
  if (limited !== null && limits.limitMinor !== null && limited > limits.limitMinor) found.push('large');
  if (of.addressGaps !== '' && state === 'ready') found.push('missing-data');
  if (of.hasLate) found.push('late');
  return found;
}

/** The same of a credit note: that it is below 0 and that there was none before is what it is. */
export function creditFindings(
  { state, limitedMinor: limited }: Pick<Compared, 'state' | 'limitedMinor'>,
  limitMinor: RunLimits['limitMinor'],
): Finding[] {
  const isLarge = limited !== null && limitMinor !== null && -limited > limitMinor;
  return [...(state === 'held' ? ['held' as const] : []), ...(isLarge ? ['large' as const] : []), 'credit'];
}

/** Change in tenths of a per cent, cut off; null where there is nothing to compare with. */
export function changePermille(nowMinor: bigint | null, beforeMinor: bigint | null): number | null {
  if (nowMinor === null || beforeMinor === null || beforeMinor === 0n) return null;
  const size = beforeMinor < 0n ? -beforeMinor : beforeMinor;
  return Number(((nowMinor - beforeMinor) * 1000n) / size);
}

/** The period of the same length before it: months before whole months, else as many days. */
export function periodBefore({ start, endExclusive }: Period): Period {
  if (firstOfMonth(start) === start && firstOfMonth(endExclusive) === endExclusive) {
    const [fromYear = 0, fromMonth = 0] = start.split('-').map(Number);
    const [toYear = 0, toMonth = 0] = endExclusive.split('-').map(Number);
    return {
      start: addMonths(start, 12 * (fromYear - toYear) + fromMonth - toMonth),
      endExclusive: start,
    };
  }
  return { start: addDays(start, -daysBetween(start, endExclusive)), endExclusive: start };
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** `September 2026`, or its first and last day. */
export function periodWords(period: Period): string {
  const { start, endExclusive } = period;
  const month = monthName(period);
  return month === null ? `${start} to ${addDays(endExclusive, -1)}` : `${month} ${start.slice(0, 4)}`;
}

/** `September`; null of what is not one whole month. */
export function monthName({ start, endExclusive }: Period): string | null {
  const isMonth = firstOfMonth(start) === start && addMonths(start, 1) === endExclusive;
  return isMonth ? (MONTHS[Number(start.slice(5, 7)) - 1] ?? null) : null;
}

/** Letters of the note that a decision on a row needs at least. */
export const DECISION_NOTE_LEAST = 3;
