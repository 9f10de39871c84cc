import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { CompareView } from './compare-view.tsx';
import { comparedIds } from './load-compare.ts';
import { storedRangeOf } from './load-range.tsx';
import { SERIES_EVERY_MS } from './vm-charts.tsx';

const HOST_TOPIC = ['host'];
const GONE = 'It is no longer in the fleet: leave it out.';

/** Up to eight hosts on one chart of each kind; the address holds which and how long. */
export function HostComparePage() {
  const [idText, setIds] = useAddressParam('ids');
  const [text, setRange] = useAddressParam('range', '1h');
  const range = storedRangeOf(text);
  const hostIds = comparedIds(idText);
  const { data, error } = useQuery(
    'fleet.hostSeriesCompare',
    hostIds.length === 0 ? null : { hostIds: [...hostIds], range },
    { topics: HOST_TOPIC, atMostEveryMs: SERIES_EVERY_MS },
  );
  const compared = hostIds.map((id) => {
    const host = data?.hosts.find(({ hostId }) => hostId === id);
    const isGone = data !== undefined && host === undefined;
    return {
      id,
      name: host?.name ?? id,
      series: host?.series,
      problem: isGone ? GONE : data === undefined ? (error?.sentence ?? null) : null,
    };
  });
  return (
    <CompareView
      kind="host"
      compared={compared}
      range={range}
      onRange={setRange}
      onLeaveOut={(left) => {
        setIds(hostIds.filter((id) => id !== left).join(','));
      }}
    />
  );
}
