import { Bar } from '../../ui/progress-bar.tsx';

/** From here on a load is worth a look. */
const WARN_PERCENT = 95;

/** A bar and its percent, the number tinted where it needs a look; `off` where nothing runs. */
export function LoadCell({ percent, label, off }: { percent: number; label: string; off?: boolean }) {
  const warn = percent >= WARN_PERCENT;
  return (
    <span className="ik-cpu">
      <Bar thin share={percent / 100} tone={warn ? 'warn' : undefined} label={label} />
      <span className={warn ? 'ik-num ik-warn' : off ? 'ik-num ik-t3' : 'ik-num'}>
        {Math.round(percent)} <span className="ik-u">%</span>
      </span>
    </span>
  );
}

/** The same in a cell of a list whose class is `ik-cpu`: the bar is one element. */
export function loadCell(percent: number, label: string, off = false) {
  const isHigh = percent >= WARN_PERCENT;
  const share = Math.round(Math.min(100, Math.max(0, percent)));
  return (
    <>
      <span
        className="ik-bar"
        data-thin
        data-drawn
        data-tone={isHigh ? 'warn' : undefined}
        role="progressbar"
        aria-label={label}
        aria-valuenow={share}
        aria-valuemin={0}
        aria-valuemax={100}
        style={{ '--share': `${share}%` } as React.CSSProperties}
      />
      <span className={isHigh ? 'ik-num ik-warn' : off ? 'ik-num ik-t3' : 'ik-num'}>
        {`${Math.round(percent)} `}
        <span className="ik-u">%</span>
      </span>
    </>
  );
}

/** Uptime in one unit: `41 d`, `5 h`, `12 min`. */
export function uptimeOf(seconds: number): { value: string; unit: string } {
  if (seconds >= 2 * 86_400) return { value: String(Math.floor(seconds / 86_400)), unit: 'd' };
  if (seconds >= 2 * 3600) return { value: String(Math.floor(seconds / 3600)), unit: 'h' };
  if (seconds >= 120) return { value: String(Math.floor(seconds / 60)), unit: 'min' };
  return { value: String(Math.floor(seconds)), unit: 's' };
}

/** Network rates are counted in bits: `246 Mb/s`. */
export function formatBitRate(bytesPerSecond: number): string {
  let value = bytesPerSecond * 8;
  let step = 0;
  const units = ['b/s', 'kb/s', 'Mb/s', 'Gb/s'];
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step += 1;
  }
  return `${value >= 10 || step === 0 ? value.toFixed(0) : value.toFixed(1)} ${units[step] ?? ''}`;
}
