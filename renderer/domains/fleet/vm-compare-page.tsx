import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { CompareView } from './compare-view.tsx';
import type { ComparedLoad } from './compare-view.tsx';
import { comparedIds } from './load-compare.ts';
import { storedRangeOf } from './load-range.tsx';
import type { StoredRange } from './load-range.tsx';
import { SERIES_EVERY_MS } from './vm-charts.tsx';

const VM_TOPIC = ['vm'];

/** One VM of the comparison; as many are asked as there may be, so that hooks are always the same. */
function useCompared(vmId: string | undefined, range: StoredRange): ComparedLoad {
  const vm = useQuery('fleet.vmGet', vmId === undefined ? null : { vmId }, {
    atMostEveryMs: SERIES_EVERY_MS,
  });
  // Of loads it is only told that something on a host moved.
  const series = useQuery('fleet.vmSeries', vmId === undefined ? null : { vmId, range }, {
    topics: VM_TOPIC,
    atMostEveryMs: SERIES_EVERY_MS,
  });
  return {
    id: vmId ?? '',
    name: vm.data?.name ?? vmId ?? '',
    series: series.data,
    problem: (series.error ?? vm.error)?.sentence ?? null,
  };
}

/** Up to eight VMs on one chart of each kind; the address holds which and how long. */
export function VmComparePage() {
  const [idText, setIds] = useAddressParam('ids');
  const [text, setRange] = useAddressParam('range', '1h');
  const range = storedRangeOf(text);
  const ids = comparedIds(idText);
  const all = [
    useCompared(ids[0], range),
    useCompared(ids[1], range),
    useCompared(ids[2], range),
    useCompared(ids[3], range),
    useCompared(ids[4], range),
    useCompared(ids[5], range),
    useCompared(ids[6], range),
    useCompared(ids[7], range),
  ];
  return (
    <CompareView
      kind="VM"
      compared={all.slice(0, ids.length)}
      range={range}
      onRange={setRange}
      onLeaveOut={(left) => {
        setIds(ids.filter((id) => id !== left).join(','));
      }}
    />
  );
}
