import type { ChargeRow } from '../../../shared/domains/billing/billing-contract.ts';
import { addDays, localDate } from '../../../shared/kernel/local-date.ts';
import { formatDay, formatMinor } from '../../ui/format.ts';

/** Charges in a row that say the same, each of the day after the one before; one that stands for itself is alone. */
export type DayStretch = readonly [ChargeRow, ...ChargeRow[]];

/** Charges of days, in their order, where the same quantity was charged at the same price day after day; all others stay alone. */
export function dayStretches(charges: readonly ChargeRow[]): DayStretch[] {
  const found: [ChargeRow, ...ChargeRow[]][] = [];
  for (const charge of charges) {
    const last = found.at(-1)?.at(-1);
    if (last !== undefined && goesOn(last, charge)) found.at(-1)?.push(charge);
    else found.push([charge]);
  }
  return found;
}

function goesOn(before: ChargeRow, charge: ChargeRow): boolean {
  return (
    isOfOneDay(before) &&
    isOfOneDay(charge) &&
    charge.day === addDays(localDate(before.day), 1) &&
    charge.component === before.component &&
    charge.quantity === before.quantity &&
    charge.unitPrice === before.unitPrice &&
    charge.invoiceId === before.invoiceId
  );
}

/** Quantity and price say all of it. */
function isOfOneDay({ explanation, reason }: ChargeRow): boolean {
  return explanation === null && reason === 'service';
}

export function stretchSumMinor(stretch: DayStretch): bigint {
  return stretch.reduce((sum, { amount }) => sum + BigInt(amount.amountMinor), 0n);
}

/** `1–31 May 2026`, `30 Apr 2026 – 2 May 2026`. */
export function stretchDays(stretch: DayStretch): string {
  const first = stretch[0].day;
  const last = stretch.at(-1)?.day ?? first;
  return first.slice(0, 7) === last.slice(0, 7)
    ? `${Number(first.slice(8))}–${formatDay(last)}`
    : `${formatDay(first)} – ${formatDay(last)}`;
}

/** `31 days × 0.50`; where cents were carried from day to day `31 days, 0.33 to 0.34 each`. */
export function stretchWords(stretch: DayStretch): string {
  const amounts = stretch
    .map(({ amount }) => BigInt(amount.amountMinor))
    .toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  const [least = 0n, most = 0n] = [amounts[0], amounts.at(-1)];
  const days = `${stretch.length} days`;
  return least === most
    ? `${days} × ${formatMinor(least)}`
    : `${days}, ${formatMinor(least)} to ${formatMinor(most)} each`;
}
