import './chart.css';
import { useState } from 'react';
import type { KeyboardEvent } from 'react';
import { stepOf } from './chart-step.ts';
import { useElementSize } from './element-size.ts';
import { formatDay } from './format.ts';

export interface DayBar {
  /** `2026-08-14`. */
  readonly day: string;
  /** 0 where nothing was read. */
  readonly value: number;
  /** What of it is beyond the limit. */
  readonly beyond: number;
  /** The value as it is said, with its unit: `3.5 GiB`. */
  readonly words: string;
}

export interface DayBarsProps {
  readonly title: string;
  readonly note?: string;
  /** Every day of the time it is of, in order. */
  readonly days: readonly DayBar[];
  /** What each day is compared with, and what that is called: a dashed line. */
  readonly limit?: { readonly value: number; readonly words: string };
  /** The day on which a limit of all days together was reached, and how that is said: a dashed line upright. */
  readonly reached?: { readonly at: number; readonly words: string };
}

const HEIGHT = 64;
const TOP = 14;
const FOOT = 18;

/** A bar per day, what is beyond a limit marked; the arrows lead from day to day and say each. */
export function DayBars({ title, note, days, limit, reached }: DayBarsProps) {
  const { ref, width } = useElementSize();
  const [at, setAt] = useState<number | null>(null);
  const most = Math.max(limit?.value ?? 0, ...days.map(({ value }) => value)) || 1;
  const full = TOP + HEIGHT + FOOT;
  const foot = TOP + HEIGHT;
  const y = (value: number): number => foot - (value / most) * HEIGHT;
  const pitch = days.length === 0 ? 0 : width / days.length;
  const gap = Math.min(2, pitch * 0.2);
  const shown = at === null ? undefined : days[at];
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = stepOf(event.key, at, days.length);
    if (to === undefined) return;
    setAt(to);
    event.preventDefault();
  };
  const said = [note, limit?.words, reached?.words].filter(Boolean).join(', ');
  return (
    <figure className="ik-chart ik-day-bars">
      <figcaption className="ik-chart-title">
        <span className="ik-strong">{title}</span>
        <span className="ik-end ik-t3">
          {shown === undefined ? (
            note
          ) : (
            <>
              {formatDay(shown.day)} <b>{shown.words}</b>
            </>
          )}
        </span>
      </figcaption>
      <div
        ref={ref}
        role="img"
        tabIndex={0}
        aria-label={`${title}, ${shown === undefined ? said : `${formatDay(shown.day)}: ${shown.words}`}`}
        onKeyDown={onKeyDown}
        onBlur={() => {
          setAt(null);
        }}
        onPointerLeave={() => {
          setAt(null);
        }}
        onPointerMove={(event) => {
          const left = event.clientX - event.currentTarget.getBoundingClientRect().left;
          setAt(Math.min(days.length - 1, Math.max(0, Math.floor(left / Math.max(pitch, 1e-9)))));
        }}
      >
        <svg width={width} height={full} aria-hidden="true">
          <path className="ik-gl" d={`M0 ${foot + 0.5}H${width}`} />
          {days.map((bar, n) => (
            <g key={bar.day}>
              <Part x={n * pitch + gap / 2} width={pitch - gap} from={y(bar.value - bar.beyond)} to={foot} />
              <Part
                x={n * pitch + gap / 2}
                width={pitch - gap}
                from={y(bar.value)}
                to={y(bar.value - bar.beyond)}
                beyond
              />
            </g>
          ))}
          {shown === undefined || at === null ? null : (
            <path className="ik-day-cross" d={`M${(at + 0.5) * pitch} ${TOP}V${foot}`} />
          )}
          {limit === undefined ? null : (
            <>
              <path className="ik-day-limit" d={`M0 ${Math.round(y(limit.value)) + 0.5}H${width}`} />
              <text className="ik-ax" x={0} y={10}>
                {limit.words}
              </text>
            </>
          )}
          {reached === undefined ? null : (
            <>
              <path
                className="ik-day-limit"
                d={`M${Math.round(reached.at * pitch) + 0.5} ${TOP - 2}V${foot}`}
              />
              <text
                className="ik-ax"
                x={reached.at * pitch}
                y={10}
                textAnchor={reached.at > days.length / 2 ? 'end' : 'start'}
              >
                {reached.words}
              </text>
            </>
          )}
          <text className="ik-ax" x={0} y={full - 4}>
            {formatDay(days[0]?.day ?? '')}
          </text>
          <text className="ik-ax" x={width} y={full - 4} textAnchor="end">
            {formatDay(days.at(-1)?.day ?? '')}
          </text>
        </svg>
      </div>
    </figure>
  );
}

function Part(props: { x: number; width: number; from: number; to: number; beyond?: boolean }) {
  const height = props.to - props.from;
  if (!(height > 0) || props.width <= 0) return null;
  return (
    <rect
      className={props.beyond === true ? 'ik-day-beyond' : 'ik-day-within'}
      x={props.x}
      y={props.from}
      width={props.width}
      height={height}
    />
  );
}
