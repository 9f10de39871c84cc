import './chart.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { stepOf } from './chart-step.ts';
import { useElementSize } from './element-size.ts';
import uPlot from 'uplot';
import { formatClock, formatDayMonth, formatMoment } from './format.ts';
import { lonePoints } from './lone-points.ts';

export type ChartColour = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

export interface ChartSeries {
  label: string;
  /** One value per time; null where nothing was measured: a gap, never a zero. */
  values: readonly (number | null)[];
  colour?: ChartColour;
}

export interface ChartProps {
  title: string;
  /** Epoch milliseconds, ascending. */
  timesMs: readonly number[];
  series: readonly ChartSeries[];
  /** `91` → `91 %`. */
  format: (value: number) => string;
  /** At the right of the title: "of 8 vCPU", "peak 71 MB/s". */
  note?: string;
  /** Upper end of the scale; otherwise what the values need. */
  max?: number;
  height?: number;
  /** Charts of one group share the crosshair; give the time axis to the last of them. */
  group?: string;
  axis?: boolean;
  /** Lines alone, of things that are compared: none of them is the one the area belongs to. */
  compared?: boolean;
}

const AXIS_PX = 20;
/** Of the axis's font at its size, rather too wide than too narrow. */
const LABEL_LETTER_PX = 6.5;
const COLOURS = {
  1: '--ik-chart-1',
  2: '--ik-chart-2',
  3: '--ik-chart-3',
  4: '--ik-chart-4',
  5: '--ik-chart-5',
  6: '--ik-chart-6',
  7: '--ik-chart-7',
  8: '--ik-chart-8',
} as const;

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Colours of the moment; another scheme gives another object, and the chart is drawn anew. */
function useSchemeName(): string {
  const read = (): string => document.documentElement.dataset['mantineColorScheme'] ?? 'dark';
  const [name, setName] = useState(read);
  useEffect(() => {
    const observer = new MutationObserver(() => {
      setName(read());
    });
    observer.observe(document.documentElement, {
      attributes: true,
      attributeFilter: ['data-mantine-color-scheme'],
    });
    return () => {
      observer.disconnect();
    };
  }, []);
  return name;
}

const DAY_SECONDS = 86_400;

/** Times, or days where a step is one, for places where the whole of the label has room: one cut in half says another time. */
function timeLabels(
  plot: uPlot,
  splits: readonly number[],
  _axis: number,
  _space: number,
  stepSeconds: number,
): (string | null)[] {
  const write = stepSeconds < DAY_SECONDS ? formatClock : formatDayMonth;
  return splits.map((second) => {
    const label = write(second * 1000);
    const half = (label.length * LABEL_LETTER_PX) / 2;
    const at = plot.valToPos(second, 'x');
    return at >= half && at <= plot.width - half ? label : null;
  });
}

function optionsOf(
  props: ChartProps,
  width: number,
  height: number,
  onCursor: (at: number | null, left: number) => void,
): uPlot.Options {
  const soft = token('--ik-chart-1-soft');
  const axisColour = token('--ik-chart-axis');
  const font = `10.5px ${getComputedStyle(document.body).fontFamily}`;
  return {
    width,
    height,
    padding: [4, 0, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { size: 7, width: 1.5 },
      ...(props.group ? { sync: { key: props.group, setSeries: false } } : {}),
    },
    scales: {
      x: { time: true },
      y: { range: (_plot, _min, max) => [0, props.max ?? Math.max(max * 1.15, 1e-9)] },
    },
    axes: [
      {
        show: props.axis ?? false,
        size: AXIS_PX,
        gap: 4,
        stroke: axisColour,
        font,
        grid: { show: false },
        ticks: { show: false },
        space: 80,
        values: timeLabels,
      },
      { show: false, grid: { show: true, stroke: token('--ik-chart-grid'), width: 1 } },
    ],
    series: [
      {},
      ...props.series.map((series, at) => ({
        label: series.label,
        stroke: token(COLOURS[series.colour ?? 1]),
        width: 1.5,
        // A line needs two points: one between gaps is drawn as a dot.
        points: {
          show: () => false,
          filter: (plot: uPlot, index: number) => lonePoints(plot.data[index] ?? []),
          size: 4,
          width: 0,
          fill: token(COLOURS[series.colour ?? 1]),
        },
        ...(at === 0 && props.compared !== true
          ? { fill: `color-mix(in srgb, ${soft} 45%, transparent)` }
          : {}),
      })),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          onCursor(plot.cursor.idx ?? null, plot.cursor.left ?? -10);
        },
      ],
      drawAxes: [
        (plot) => {
          drawFrame(plot);
        },
      ],
    },
  };
}

/** Hairlines at the top and the foot of a strip. */
function drawFrame(plot: uPlot): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = token('--ik-chart-grid');
  ctx.lineWidth = 1;
  for (const y of [bbox.top + 0.5, bbox.top + bbox.height - 0.5]) {
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** A strip over time: title, value (the last, or under the crosshair), note; 1.5 px line, soft area, shared crosshair. */
export function Chart(props: ChartProps) {
  const { timesMs, series, height = 50 } = props;
  const { ref: box, width } = useElementSize();
  const plot = useRef<uPlot | null>(null);
  const scheme = useSchemeName();
  const [cursor, setCursor] = useState<{ at: number | null; left: number }>({ at: null, left: -10 });
  const data = useMemo<uPlot.AlignedData>(
    () => [timesMs.map((ms) => ms / 1000), ...series.map((each) => [...each.values])],
    [timesMs, series],
  );
  const latest = useRef({ props, data });
  useEffect(() => {
    latest.current = { props, data };
  });
  const shape = series.map((each) => `${each.label}:${each.colour ?? 1}`).join('|');
  const full = height + (props.axis ? AXIS_PX : 0);
  const drawable = width > 0;
  useEffect(() => {
    if (!drawable || !box.current) return undefined;
    const onCursor = (at: number | null, left: number): void => {
      setCursor((old) => (old.at === at && old.left === left ? old : { at: left < 0 ? null : at, left }));
    };
    const made = new uPlot(
      optionsOf(latest.current.props, box.current.clientWidth, full, onCursor),
      latest.current.data,
      box.current,
    );
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [box, drawable, full, scheme, shape, props.group, props.max, props.axis]);
  useEffect(() => {
    plot.current?.setData(data);
  }, [data]);
  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height: full });
  }, [width, full]);

  const pointAll = (left: number | null): void => {
    const plots = props.group ? uPlot.sync(props.group).plots : plot.current ? [plot.current] : [];
    for (const each of plots) each.setCursor({ left: left ?? -10, top: left === null ? -10 : 0 });
  };
  /** The crosshair by keyboard; the charts of the group follow, as they do the pointer. */
  const onKeyDown = (event: KeyboardEvent): void => {
    const made = plot.current;
    const to = stepOf(event.key, cursor.at, timesMs.length);
    if (!made || to === undefined) return;
    const second = to === null ? undefined : data[0][to];
    pointAll(second === undefined ? null : made.valToPos(second, 'x'));
    event.preventDefault();
  };
  const at = cursor.at ?? timesMs.length - 1;
  const shownMs = timesMs[at];
  const valueOf = (each: ChartSeries): string => {
    const value = cursor.at === null ? each.values.findLast((known) => known !== null) : each.values[at];
    return value === null || value === undefined ? '–' : props.format(value);
  };
  return (
    <div className="ik-chart">
      <div className="ik-chart-title">
        <span className="ik-t2">{props.title}</span>
        {series.map((each) => (
          <span key={each.label}>
            {series.length > 1 ? (
              <span className="ik-key">
                <i data-line style={{ background: `var(${COLOURS[each.colour ?? 1]})` }} />
                {each.label}
              </span>
            ) : null}{' '}
            <b>{valueOf(each)}</b>
          </span>
        ))}
        {props.note ? <span className="ik-t3 ik-end">{props.note}</span> : null}
      </div>
      <div
        ref={box}
        role="img"
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => {
          if (cursor.at !== null) pointAll(null);
        }}
        aria-label={`${props.title}: ${series.map((each) => `${each.label} ${valueOf(each)}`).join(', ')}`}
        style={{ height: full, position: 'relative' }}
      >
        {props.axis && cursor.at !== null && shownMs !== undefined ? (
          <span className="ik-chart-chip" style={{ left: cursor.left }}>
            {formatMoment(shownMs)}
          </span>
        ) : null}
      </div>
    </div>
  );
}
