import type { MoneyWire } from '../../../shared/kernel/money.ts';
import { formatMinor } from '../../ui/format.ts';

/** `+471.34`, `−32.00`, a dash for no change. */
export function ChangeText({ money }: { money: MoneyWire }) {
  const minor = BigInt(money.amountMinor);
  if (minor === 0n) return <span className="ik-t3">–</span>;
  return (
    <>
      {minor > 0n ? '+' : ''}
      {formatMinor(minor)}
    </>
  );
}

/** `+38.0`, `−5.0`. */
export function percentText(percent: number): string {
  const size = Math.abs(percent);
  const sign = percent > 0 ? '+' : percent < 0 ? '−' : '';
  return `${sign}${size >= 1000 ? Math.round(size).toLocaleString('en-US') : size.toFixed(1)}`;
}

/** Where a bar is full, in invoices of the average of the run. */
const FULL_INVOICES = 10;

/** By whose size changes are drawn: what an invoice of the run comes to, in minor units; null where it has none. */
export type ChangeScale = number | null;

/**
 * A change drawn from the middle, in one currency for all rows; half the width is ten invoices of the run's average. By its root, so that
 * small ones are seen beside large ones.
 */
export function ChangeBar({ change, scale }: { change: MoneyWire | null; scale: ChangeScale }) {
  const minor = Number(change?.amountMinor ?? 0);
  if (minor === 0 || scale === null || scale <= 0) return null;
  const width = 50 * Math.min(1, Math.max(0.04, Math.sqrt(Math.abs(minor) / (FULL_INVOICES * scale))));
  return (
    <span className="ik-run-bar" data-less={minor < 0 || undefined} aria-hidden>
      <i style={{ width: `${width}%`, left: minor < 0 ? `${50 - width}%` : '50%' }} />
    </span>
  );
}

/** `+407.03 EUR`. */
export function changeWords({ amountMinor, currency }: MoneyWire): string {
  const minor = BigInt(amountMinor);
  return `${minor > 0n ? '+' : ''}${formatMinor(minor)} ${currency}`;
}
