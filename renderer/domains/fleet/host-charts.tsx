import { useMemo } from 'react';
import type { HostFacts } from '../../../shared/domains/fleet/host-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { LoadCharts } from './load-charts.tsx';
import { RangeChoice, STORED_RANGES, storedRangeOf } from './load-range.tsx';
import { SERIES_EVERY_MS } from './vm-charts.tsx';
import { hasAny } from './vm-load.ts';

/** What a host and its VMs together did over an hour to two years, with one crosshair. */
export function HostCharts({ host, height }: { host: HostFacts; height: number }) {
  const [text, setRange] = useAddressParam('range', '1h');
  const range = storedRangeOf(text);
  const { data, error, refetch } = useQuery(
    'fleet.hostSeries',
    { hostId: host.id, range },
    { atMostEveryMs: SERIES_EVERY_MS },
  );
  const timesMs = useMemo(() => data?.atSeconds.map((second) => second * 1000) ?? [], [data]);
  if (!data) {
    return error ? (
      <ErrorPanel title="The charts could not be read" error={error} onRetry={refetch} />
    ) : (
      <Skeleton rows={8} />
    );
  }
  return (
    <section aria-label="Load">
      <RangeChoice value={range} ranges={STORED_RANGES} hasStored onChange={setRange} />
      {data.note ? <Note tone="warn">{data.note}</Note> : null}
      {hasAny(data) ? null : (
        <p className="ik-sm ik-t3">
          Nothing was measured in this time. A point is written every minute while the host is heard; where it
          is not, the reason stands above.
        </p>
      )}
      <LoadCharts
        timesMs={timesMs}
        values={data}
        height={height}
        group={`host-${host.id}`}
        cpuNote={`of ${host.cpuCount} CPUs`}
        memoryBytes={host.memoryBytes}
      />
    </section>
  );
}
