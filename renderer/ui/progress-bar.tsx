import type { Tone } from './icon.ts';
import { formatBytes } from '../../shared/kernel/bytes.ts';
import { formatCount, formatDuration, formatRate } from './format.ts';

/** A bare bar; `share` 0 to 1. */
export function Bar(props: {
  share: number;
  tone?: Tone | undefined;
  thin?: boolean;
  label: string;
  width?: number | string;
}) {
  const percent = Math.round(Math.min(1, Math.max(0, props.share)) * 100);
  return (
    <span
      className="ik-bar"
      data-tone={props.tone}
      data-thin={props.thin || undefined}
      role="progressbar"
      aria-label={props.label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      style={{ width: props.width }}
    >
      <i style={{ width: `${percent}%` }} />
    </span>
  );
}

export interface Progress {
  done: number;
  total: number;
  /** What is counted; `bytes` adds rate and units of its own. */
  unit: string;
  /** Units per second, once known. */
  ratePerSecond?: number | undefined;
}

/** "62 % · 38 GiB of 61 GiB · 112 MiB/s · 3 min left" (the order is part of the design). */
export function progressWords(progress: Progress): string {
  const { done, total, unit, ratePerSecond } = progress;
  const bytes = unit === 'bytes';
  const parts = [
    total > 0 ? `${Math.floor((done / total) * 100)} %` : '',
    bytes
      ? `${formatBytes(done)} of ${formatBytes(total)}`
      : `${formatCount(done)} of ${formatCount(total)} ${unit}`,
    ratePerSecond && bytes ? formatRate(ratePerSecond) : '',
    ratePerSecond && total > done ? `${formatDuration(((total - done) / ratePerSecond) * 1000)} left` : '',
  ];
  return parts.filter(Boolean).join(' · ');
}

/** Bar, percent, done of total, rate, time left. */
export function ProgressBar(props: { progress: Progress; label: string; width?: number }) {
  const { progress } = props;
  return (
    <span className="ik-row ik-nw">
      <Bar
        thin
        share={progress.total > 0 ? progress.done / progress.total : 0}
        label={props.label}
        width={props.width ?? 96}
      />
      <span className="ik-tn ik-sm">{progressWords(progress)}</span>
    </span>
  );
}
