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

/** A change drawn from the middle: half the width is all of what it was. */
export function ChangeBar({ percent }: { percent: number | null }) {
  if (percent === null || percent === 0) return null;
  const width = Math.min(50, Math.max(2, Math.abs(percent) / 2));
  return (
    <span className="ik-run-bar" data-less={percent < 0 || undefined} aria-hidden>
      <i style={{ width: `${width}%`, left: percent < 0 ? `${50 - width}%` : '50%' }} />
    </span>
  );
}
