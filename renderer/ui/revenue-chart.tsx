import './chart.css';
import { useId } from 'react';
import { ChartKey } from './capacity-bar.tsx';
import { formatCount } from './format.ts';
import { gridStep } from './grid-step.ts';
import { useElementSize } from './element-size.ts';

export interface RevenueBar {
  label: string;
  value: number;
  /** Solid when settled, hatched when draft. */
  draft: boolean;
}

export interface RevenueLine {
  label: string;
  /** One value per bar; null where it is not known. */
  values: readonly (number | null)[];
  colour: 2 | 3;
}

const HEIGHT = 180;
/** Of the axis's figures, rather too wide than too narrow. */
const LETTER_PX = 6.5;
/** Between the figures and the bars. */
const FIGURE_GAP = 11;
const LEFT_AT_LEAST = 34;
const TOP = 8;
const FOOT = 20;

/** Money by month: bars for revenue, lines for what is owed; one y axis, in the unit the panel's head names. */
export function RevenueChart(props: {
  label: string;
  bars: readonly RevenueBar[];
  lines?: readonly RevenueLine[];
  barLabel: string;
}) {
  const { ref, width } = useElementSize();
  const hatch = useId();
  const lines = props.lines ?? [];
  const max = Math.max(
    0,
    ...props.bars.map((bar) => bar.value),
    ...lines.flatMap((line) => line.values.map((value) => value ?? 0)),
  );
  const step = gridStep(max);
  const top = Math.max(step, Math.ceil(max / step) * step);
  const y = (value: number): number => HEIGHT - FOOT - (value / top) * (HEIGHT - FOOT - TOP);
  const left = Math.max(LEFT_AT_LEAST, formatCount(top).length * LETTER_PX + FIGURE_GAP);
  const pitch = width > left ? (width - left) / Math.max(props.bars.length, 6) : 0;
  const middle = (at: number): number => left + pitch * (at + 0.5);
  const barWidth = Math.max(0, Math.min(pitch * 0.6, 40));
  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, at) => at * step);
  return (
    <div style={{ padding: '0 12px' }}>
      <div ref={ref}>
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={props.label}
          style={{ overflow: 'visible' }}
        >
          <defs>
            <pattern
              id={hatch}
              width={5}
              height={5}
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <rect width={5} height={5} fill="var(--ik-panel)" />
              <rect width={2} height={5} fill="var(--ik-chart-1)" />
            </pattern>
          </defs>
          {grid.map((value) => (
            <g key={value}>
              <path className="ik-gl" d={`M${left - 4} ${y(value) + 0.5}H${width}`} />
              <text className="ik-ax" x={left - FIGURE_GAP} y={y(value) + 4} textAnchor="end">
                {formatCount(value)}
              </text>
            </g>
          ))}
          {props.bars.map((bar, at) => (
            <g key={bar.label}>
              <rect
                x={middle(at) - barWidth / 2}
                y={y(bar.value)}
                width={barWidth}
                height={Math.max(0, y(0) - y(bar.value))}
                fill={bar.draft ? `url(#${hatch})` : 'var(--ik-chart-1-soft)'}
                stroke={bar.draft ? 'var(--ik-chart-1)' : 'none'}
              />
              <text className="ik-ax" x={middle(at)} y={HEIGHT - 5} textAnchor="middle">
                {bar.label}
              </text>
            </g>
          ))}
          {lines.map((line) => (
            <Line key={line.label} line={line} x={middle} y={y} />
          ))}
        </svg>
      </div>
      <div className="ik-keys" style={{ paddingLeft: left - 4 }}>
        <ChartKey colour="var(--ik-chart-1-soft)">{props.barLabel}</ChartKey>
        <span className="ik-key">
          <svg width={10} height={8} aria-hidden="true">
            <rect x={0.5} y={0.5} width={9} height={7} fill={`url(#${hatch})`} stroke="var(--ik-chart-1)" />
          </svg>
          Draft
        </span>
        {lines.map((line) => (
          <ChartKey key={line.label} line colour={`var(--ik-chart-${line.colour})`}>
            {line.label}
          </ChartKey>
        ))}
      </div>
    </div>
  );
}

function Line({
  line,
  x,
  y,
}: {
  line: RevenueLine;
  x: (at: number) => number;
  y: (value: number) => number;
}) {
  const points = line.values.flatMap((value, at) => (value === null ? [] : [{ x: x(at), y: y(value) }]));
  const end = points.at(-1);
  const colour = `var(--ik-chart-${line.colour})`;
  return (
    <g>
      <path
        d={points.map((point, at) => `${at === 0 ? 'M' : 'L'}${point.x} ${point.y}`).join('')}
        fill="none"
        stroke={colour}
        strokeWidth={1.75}
      />
      {end ? <circle cx={end.x} cy={end.y} r={2.5} fill={colour} /> : null}
    </g>
  );
}
