import { useCallback, useMemo, useState } from 'react';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import { useFeed } from '../../client/use-feed.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { LoadCharts } from './load-charts.tsx';
import { RangeChoice, rangeOf, storedRangeOf } from './load-range.tsx';
import type { Range } from './load-range.tsx';
import { continueSeries, lastOf } from './vm-load.ts';
import type { VmLiveItem, VmLoad } from './vm-load.ts';

/** An hour of points every two seconds. */
const LIVE_KEPT = 1800;
const LIVE_RANGE_MS = 300_000;
/** The stored series grows by one point a minute at most. */
export const SERIES_EVERY_MS = 20_000;

function useVmLoad(
  vmId: string,
  range: Range,
): { load: VmLoad | null; note: string; problem: string | null; retry: () => void } {
  const [live, setLive] = useState<readonly VmLiveItem[]>([]);
  const isLive = range === '5min' || range === '1h';
  const stored = useQuery(
    'fleet.vmSeries',
    { vmId, range: storedRangeOf(range) },
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

/** CPU, memory, disk and network over time with one crosshair: what was stored, continued live in the last hour. */
export function VmCharts({ vm, height }: { vm: VmDetail; height: number }) {
  const [text, setRange] = useAddressParam('range', '1h');
  const range = rangeOf(text);
  const { load, note, problem, retry } = useVmLoad(vm.id, range);
  if (!load) {
    return problem ? (
      <ErrorPanel title="The charts could not be read" error={{ sentence: problem }} onRetry={retry} />
    ) : (
      <Skeleton rows={8} />
    );
  }
  return (
    <section aria-label="Load">
      <RangeChoice value={range} hasStored={load.stored > 0} onChange={setRange} />
      {note ? <Note tone="warn">{note}</Note> : null}
      <LoadCharts
        timesMs={load.timesMs}
        values={load.values}
        height={height}
        group={`vm-${vm.id}`}
        cpuNote={`of ${vm.vcpus} vCPU`}
        memoryBytes={vm.memoryBytes}
      />
      {problem && vm.staleSince === null ? <p className="ik-xs ik-t3">Not live now: {problem}</p> : null}
    </section>
  );
}
