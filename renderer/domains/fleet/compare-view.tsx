import './fleet.css';
import { useMemo } from 'react';
import { Link } from 'wouter';
import IconChartLine from '@tabler/icons-react/dist/esm/icons/IconChartLine.mjs';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import type { VmSeries } from '../../../shared/domains/fleet/vm-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { Button } from '../../ui/button.tsx';
import { Chart } from '../../ui/chart.tsx';
import type { ChartColour } from '../../ui/chart.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { formatRate } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { COMPARED_AT_MOST, onOneTime, pathOf } from './load-compare.ts';
import type { Compared } from './load-compare.ts';
import { RangeChoice, STORED_RANGES } from './load-range.tsx';
import type { StoredRange } from './load-range.tsx';
import { formatBitRate } from './load-words.tsx';
import { hasAny } from './vm-load.ts';

const CHART_PX = 120;

/** One line of each chart. */
export interface ComparedLoad {
  readonly id: string;
  readonly name: string;
  /** Undefined until it is read. */
  readonly series: VmSeries | undefined;
  /** Why it cannot be, a sentence. */
  readonly problem: string | null;
}

interface CompareProps {
  kind: Compared;
  compared: readonly ComparedLoad[];
  range: StoredRange;
  onRange: (range: string) => void;
  onLeaveOut: (id: string) => void;
}

function ComparedList({ kind, compared, onLeaveOut }: CompareProps) {
  return (
    <ul className="ik-compared" aria-label={`${kind}s compared`}>
      {compared.map((one, at) => (
        <li key={one.id}>
          <span className="ik-key">
            <i data-line style={{ background: `var(--ik-chart-${at + 1})` }} />
            <Link href={pathOf(kind, one.id)} className="ik-link">
              {one.name}
            </Link>
          </span>
          {one.problem === null ? null : <span className="ik-xs ik-warn">{one.problem}</span>}
          {compared.length > 1 ? (
            <Button
              size="sm"
              kind="ghost"
              icon={IconX}
              label={`Leave out ${one.name}`}
              onClick={() => {
                onLeaveOut(one.id);
              }}
            />
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function ComparedCharts({ kind, compared }: Pick<CompareProps, 'kind' | 'compared'>) {
  const whole = useMemo(
    () => onOneTime(compared.map((one) => one.series)),
    // oxlint-disable-next-line react/exhaustive-deps -- the answers themselves stay the same objects until they change
    Array.from({ length: COMPARED_AT_MOST }, (_, at) => compared[at]?.series),
  );
  const lines = (values: (number | null)[][]) =>
    compared.map((one, at) => ({
      label: one.name,
      values: values[at] ?? [],
      colour: (at + 1) as ChartColour,
    }));
  const shared = { timesMs: whole.timesMs, height: CHART_PX, group: 'compare', compared: true };
  return (
    <>
      {compared.some(({ series }) => series !== undefined && hasAny(series)) ? null : (
        <p className="ik-sm ik-t3">
          Nothing was measured of {compared.length === 1 ? `this ${kind}` : `these ${kind}s`} in this time:
          choose a longer one above.
        </p>
      )}
      <Chart
        {...shared}
        title="CPU"
        series={lines(whole.lines('cpuPercent'))}
        format={(value) => `${Math.round(value)} %`}
        max={100}
      />
      <Chart {...shared} title="Memory" series={lines(whole.lines('memoryBytes'))} format={formatBytes} />
      <Chart
        {...shared}
        title="Disk"
        series={lines(whole.lines('diskReadBytesPerSecond', 'diskWriteBytesPerSecond'))}
        format={formatRate}
        note="read and written"
      />
      <Chart
        {...shared}
        axis
        title="Network"
        series={lines(whole.lines('netReceiveBytesPerSecond', 'netTransmitBytesPerSecond'))}
        format={formatBitRate}
        note="in and out"
      />
    </>
  );
}

/** Up to eight VMs or hosts on one chart of each kind, with one crosshair. */
export function CompareView(props: CompareProps) {
  const { kind, compared } = props;
  if (compared.length === 0)
    return (
      <>
        <PageHead title={`Compare ${kind}s`} />
        <EmptyState
          icon={IconChartLine}
          title={`No ${kind} is named here`}
          action={
            <Link href={pathOf(kind, '')} className="ik-link">
              Open the list of {kind}s
            </Link>
          }
        >
          Tick two to {COMPARED_AT_MOST} {kind}s in their list and press Compare.
        </EmptyState>
      </>
    );
  const isRead = compared.every((one) => one.series !== undefined || one.problem !== null);
  const notes = new Set(compared.map((one) => one.series?.note ?? '').filter((note) => note !== ''));
  return (
    <>
      <PageHead title={`Compare ${compared.length} ${compared.length === 1 ? kind : `${kind}s`}`} />
      <div className="ik-compare">
        <ComparedList {...props} />
        <section aria-label="Load">
          <RangeChoice value={props.range} ranges={STORED_RANGES} hasStored onChange={props.onRange} />
          {[...notes].map((note) => (
            <Note key={note} tone="warn">
              {note}
            </Note>
          ))}
          {isRead ? <ComparedCharts kind={kind} compared={compared} /> : <Skeleton rows={12} />}
        </section>
      </div>
    </>
  );
}
