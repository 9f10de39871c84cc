import { addDays, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { DocumentLine } from '../billing/billing-public.ts';
import { changesByLine, type LineChange } from './run-compare.ts';

type Lines = readonly DocumentLine[];

/**
 * What makes most of the difference between two invoices, in a few words: `new: acct-4785 from 2026-11-01`,
 * `price +5.0 %: month of acct-12`, `quantity +110.0 %: Traffic of acct-4812`, `Backup of acct-9 +3.20`. Empty where no line changed.
 */
export function causeOf(now: Lines, before: Lines): string {
  const [most] = changesByLine(now, before);
  const line = most?.now[0] ?? most?.before[0];
  if (most === undefined || line === undefined || most.nowMinor === most.beforeMinor) return '';
  const isOfIt = ({ subscriptionId }: DocumentLine): boolean => subscriptionId === line.subscriptionId;
  if (!before.some(isOfIt)) return newWords(now.filter(isOfIt));
  if (!now.some(isOfIt)) return chargedUntilWords(before.filter(isOfIt));
  const part = `${line.part ?? line.component} of ${subjectOf(line)}`;
  if (isTwice(most.now, now)) return `charged twice: ${part}`;
  const rate = rateWords(most);
  if (rate !== '') return `${rate}: ${part}`;
  const change = most.nowMinor - most.beforeMinor;
  return `${part} ${change > 0n ? '+' : '−'}${decimal(change < 0n ? -change : change)}`;
}

/**
 * Whether the same is charged for the same days more than once and nothing of it taken back: as where a line was billed again that had
 * been charged anew. Of what is charged by the period alone: days at several prices stand in one month beside each other.
 */
function isTwice(charged: Lines, all: Lines): boolean {
  const inOrder = charged
    .filter(({ netMinor, part }) => part !== undefined && BigInt(netMinor) > 0n)
    .toSorted((one, other) => (one.service.start < other.service.start ? -1 : 1));
  const [again] = inOrder.filter((line, at) => overlaps(inOrder[at - 1], line));
  return (
    again !== undefined &&
    !all.some(
      (line) =>
        BigInt(line.netMinor) < 0n &&
        line.subscriptionId === again.subscriptionId &&
        line.part === again.part &&
        overlaps(line, again),
    )
  );
}

function overlaps(one: DocumentLine | undefined, other: DocumentLine): boolean {
  return (
    one !== undefined &&
    one.service.start < other.service.endExclusive &&
    other.service.start < one.service.endExclusive
  );
}

/** `new: acct-4785 from 2026-11-01`, `new: 3 subscriptions from 2026-11-01`; of an invoice with none before it. */
export function newWords(lines: Lines): string {
  const first = lines.map(({ service }) => service.start).toSorted()[0];
  return first === undefined ? '' : `new: ${subjectsOf(lines)} from ${first}`;
}

/** `no more: acct-4785, charged until 2026-10-31`; of an invoice with none after it. */
export function chargedUntilWords(lines: Lines): string {
  const end: LocalDate | undefined = lines
    .map(({ service }) => service.endExclusive)
    .toSorted()
    .at(-1);
  return end === undefined ? '' : `no more: ${subjectsOf(lines)}, charged until ${addDays(end, -1)}`;
}

/** Whether what is given back in an invoice is more than half of what is charged in it. */
export function creditsOverHalf(lines: Lines): boolean {
  const sum = (of: (minor: bigint) => boolean): bigint =>
    lines
      .map(({ netMinor }) => BigInt(netMinor))
      .filter(of)
      .reduce((total, minor) => total + minor, 0n);
  const charged = sum((minor) => minor > 0n);
  return charged > 0n && -sum((minor) => minor < 0n) * 2n > charged;
}

/** Where one line stands against one: whether its price changed or how much there is of it; empty where both did, or neither. */
function rateWords({ now, before }: LineChange): string {
  const [line, was] = [now[0], before[0]];
  if (line === undefined || was === undefined || now.length > 1 || before.length > 1) return '';
  const isSamePrice = line.unitPrice === was.unitPrice;
  const isSameQuantity =
    BigInt(line.numerator) * BigInt(was.denominator) === BigInt(was.numerator) * BigInt(line.denominator);
  if (isSamePrice === isSameQuantity) return '';
  const change = isSameQuantity
    ? percentOf(Number(line.unitPrice), Number(was.unitPrice))
    : percentOf(quantityOf(line), quantityOf(was));
  return change === '' ? '' : `${isSameQuantity ? 'price' : 'quantity'} ${change}`;
}

/** For the eye alone. */
function quantityOf({ numerator, denominator }: DocumentLine): number {
  return Number(numerator) / Number(denominator);
}

/** A float is good enough for a per cent; cut off after one decimal, as the change of a row is. */
function percentOf(now: number, before: number): string {
  const percent = ((now - before) / Math.abs(before)) * 100;
  const size = (Math.trunc(Math.round(Math.abs(percent) * 1e6) / 1e5) / 10).toFixed(1);
  return Number.isFinite(percent) && size !== '0.0' ? `${percent > 0 ? '+' : '−'}${size} %` : '';
}

function subjectOf({ vm, plan }: DocumentLine): string {
  return vm === '' ? plan : vm;
}

function subjectsOf(lines: Lines): string {
  const ids = new Set(lines.map(({ subscriptionId }) => subscriptionId));
  const [first] = lines;
  return ids.size === 1 && first !== undefined ? subjectOf(first) : `${ids.size} subscriptions`;
}

/** All our currencies have two digits. */
function decimal(minor: bigint): string {
  const text = minor.toString().padStart(3, '0');
  return `${text.slice(0, -2)}.${text.slice(-2)}`;
}
