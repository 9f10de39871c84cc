import { useCallback, useMemo, useState } from 'react';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { useFeed } from '../../client/use-feed.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { Chart } from '../../ui/chart.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatRate } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { formatBitRate } from './load-words.tsx';
import { continueSeries, lastOf, peakOf } from './vm-load.ts';
import type { VmLiveItem, VmLoad } from './vm-load.ts';

export const RANGES = [
  { value: '5min', label: '5 min', title: 'Last 5 minutes', sample: 'every 2 s' },
  { value: '1h', label: '1 h', title: 'Last hour', sample: '1 min means, then every 2 s' },
  { value: '24h', label: '24 h', title: 'Last 24 hours', sample: '1 min means' },
  { value: '7d', label: '7 d', title: 'Last 7 days', sample: '5 min means' },
  { value: '30d', label: '30 d', title: 'Last 30 days', sample: '30 min means' },
  { value: '1y', label: '1 y', title: 'Last year', sample: '6 h means' },
  { value: '2y', label: '2 y', title: 'Last 2 years', sample: '12 h means' },
] as const;
interface RangeWords {
  readonly value: Range;
  readonly label: string;
  readonly title: string;
  /** How far apart its points are. */
  readonly sample: string;
}
export type Range = (typeof RANGES)[number]['value'];

/** An hour of points every two seconds. */
const LIVE_KEPT = 1800;
const LIVE_RANGE_MS = 300_000;
/** The stored series grows by one point a minute at most. */
const SERIES_EVERY_MS = 20_000;

export function rangeOf(text: string): (typeof RANGES)[number] {
  return RANGES.find((range) => range.value === text) ?? RANGES[1];
}

export function RangeChoice({
  value,
  ranges = RANGES,
  hasStored,
  onChange,
}: {
  value: Range;
  ranges?: readonly RangeWords[];
  /** Stored means are among what is shown. */
  hasStored: boolean;
  onChange: (range: Range) => void;
}) {
  const chosen = ranges.find((range) => range.value === value) ?? rangeOf(value);
  // Until it was watched for so long, the last minutes begin with what is stored, as the last hour does.
  const { sample } = value === '5min' && hasStored ? rangeOf('1h') : chosen;
  return (
    <div className="ik-fleet-range">
      <h3 className="ik-strong ik-sm">{chosen.title}</h3>
      <span className="ik-xs ik-t3">{sample}</span>
      <span className="ik-ranges" role="group" aria-label="Range">
        {ranges.map((range) => (
          <button
            key={range.value}
            type="button"
            aria-pressed={range.value === value}
            onClick={() => {
              onChange(range.value);
            }}
          >
            {range.label}
          </button>
        ))}
      </span>
    </div>
  );
}

function useVmLoad(
  vmId: string,
  range: Range,
): { load: VmLoad | null; note: string; problem: string | null; retry: () => void } {
  const [live, setLive] = useState<readonly VmLiveItem[]>([]);
  const isLive = range === '5min' || range === '1h';
  const stored = useQuery(
    'fleet.vmSeries',
    { vmId, range: range === '5min' ? '1h' : range },
    { atMostEveryMs: SERIES_EVERY_MS },
  );
  const take = useCallback((item: VmLiveItem) => {
    setLive((old) => [...old.slice(1 - LIVE_KEPT), item]);
  }, []);
  const feed = useFeed('fleet.vmLive', isLive ? { vmId } : null, take);
  const { data } = stored;
  const load = useMemo(() => {
    if (!data) return null;
    const whole = continueSeries(data, isLive ? live : []);
    return range === '5min' ? lastOf(whole, LIVE_RANGE_MS) : whole;
  }, [data, live, isLive, range]);
  return {
    load,
    note: data?.note ?? '',
    problem: stored.error?.sentence ?? feed.error?.sentence ?? null,
    retry: stored.refetch,
  };
}

function peakWords(
  format: (value: number) => string,
  ...series: readonly (readonly (number | null)[])[]
): string {
  const peak = peakOf(series.map(peakOf));
  return peak === null ? '' : `peak ${format(peak)}`;
}

/** CPU, memory, disk and network over time with one crosshair: what was stored, continued live in the last hour. */
export function VmCharts({ vm, height }: { vm: VmDetail; height: number }) {
  const [text, setRange] = useAddressParam('range', '1h');
  const range = rangeOf(text).value;
  const { load, note, problem, retry } = useVmLoad(vm.id, range);
  const group = `vm-${vm.id}`;
  if (!load) {
    return problem ? (
      <ErrorPanel title="The charts could not be read" error={{ sentence: problem }} onRetry={retry} />
    ) : (
      <Skeleton rows={8} />
    );
  }
  const { timesMs, values } = load;
  const shared = { timesMs, height, group };
  return (
    <section aria-label="Load">
      <RangeChoice value={range} hasStored={load.stored > 0} onChange={setRange} />
      {note ? <Note tone="warn">{note}</Note> : null}
      <Chart
        {...shared}
        title="CPU"
        series={[{ label: 'CPU', values: values.cpuPercent }]}
        format={(value) => `${Math.round(value)} %`}
        note={`of ${vm.vcpus} vCPU`}
        max={100}
      />
      <Chart
        {...shared}
        title="Memory"
        series={[{ label: 'Memory', values: values.memoryBytes }]}
        format={formatBytes}
        note={`of ${formatBytes(vm.memoryBytes)}`}
        max={vm.memoryBytes}
      />
      <Chart
        {...shared}
        title="Disk"
        series={[
          { label: 'read', values: values.diskReadBytesPerSecond },
          { label: 'write', values: values.diskWriteBytesPerSecond, colour: 2 },
        ]}
        format={formatRate}
        note={peakWords(formatRate, values.diskReadBytesPerSecond, values.diskWriteBytesPerSecond)}
      />
      <Chart
        {...shared}
        axis
        title="Network"
        series={[
          { label: 'in', values: values.netReceiveBytesPerSecond },
          { label: 'out', values: values.netTransmitBytesPerSecond, colour: 2 },
        ]}
        format={formatBitRate}
        note={peakWords(formatBitRate, values.netReceiveBytesPerSecond, values.netTransmitBytesPerSecond)}
      />
      {problem && vm.staleSince === null ? <p className="ik-xs ik-t3">Not live now: {problem}</p> : null}
    </section>
  );
}
