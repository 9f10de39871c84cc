import './fleet.css';
import { useMemo } from 'react';
import { Link } from 'wouter';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import IconChartLine from '@tabler/icons-react/dist/esm/icons/IconChartLine.mjs';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { Button } from '../../ui/button.tsx';
import { Chart } from '../../ui/chart.tsx';
import type { ChartColour } from '../../ui/chart.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { formatRate } from '../../ui/format.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { formatBitRate } from './load-words.tsx';
import { RANGES, RangeChoice, rangeOf } from './vm-charts.tsx';
import type { Range } from './vm-charts.tsx';
import { COMPARED_AT_MOST, onOneTime } from './vm-compare.ts';

/** What is stored; the last minutes live are of one VM's own page. */
const STORED = RANGES.filter((range) => range.value !== '5min').map((range) => ({
  ...range,
  sample: range.value === '1h' ? '1 min means' : range.sample,
}));
const EVERY_MS = 20_000;
const VM_TOPIC = ['vm'];
const CHART_PX = 120;

/** One VM of the comparison; as many are asked as there may be, so that hooks are always the same. */
function useCompared(vmId: string | undefined, range: Range) {
  const vm = useQuery('fleet.vmGet', vmId === undefined ? null : { vmId }, { atMostEveryMs: EVERY_MS });
  // Of loads it is only told that something on a host moved.
  const series = useQuery('fleet.vmSeries', vmId === undefined || range === '5min' ? null : { vmId, range }, {
    topics: VM_TOPIC,
    atMostEveryMs: EVERY_MS,
  });
  return { vmId, name: vm.data?.name ?? vmId ?? '', series: series.data, error: series.error ?? vm.error };
}

function useAllCompared(ids: readonly string[], range: Range) {
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
  return all.slice(0, ids.length);
}

/** Up to eight VMs on one chart of each kind, with one crosshair; the address holds which and how long. */
export function VmComparePage() {
  const [idText, setIds] = useAddressParam('ids');
  const [text, setRange] = useAddressParam('range', '1h');
  const asked = rangeOf(text).value;
  const range = asked === '5min' ? '1h' : asked;
  const ids = [...new Set(idText.split(',').filter(Boolean))].slice(0, COMPARED_AT_MOST);
  const compared = useAllCompared(ids, range);
  const isRead = compared.every((one) => one.series !== undefined || one.error !== null);
  const whole = useMemo(
    () => onOneTime(compared.map((one) => one.series)),
    // oxlint-disable-next-line react/exhaustive-deps -- the answers themselves stay the same objects until they change
    Array.from({ length: COMPARED_AT_MOST }, (_, at) => compared[at]?.series),
  );
  if (ids.length === 0)
    return (
      <>
        <PageHead title="Compare VMs" />
        <EmptyState icon={IconChartLine} title="No VM is named here">
          Tick two to {COMPARED_AT_MOST} VMs in their list and press Compare.
        </EmptyState>
      </>
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
      <PageHead title={`Compare ${compared.length} ${compared.length === 1 ? 'VM' : 'VMs'}`} />
      <div className="ik-compare">
        <ul className="ik-compared" aria-label="VMs compared">
          {compared.map((one, at) => (
            <li key={one.vmId}>
              <span className="ik-key">
                <i data-line style={{ background: `var(--ik-chart-${at + 1})` }} />
                <Link href={`/vms/${one.vmId ?? ''}`} className="ik-link">
                  {one.name}
                </Link>
              </span>
              {one.error ? <span className="ik-xs ik-warn">{one.error.sentence}</span> : null}
              {compared.length > 1 ? (
                <Button
                  size="sm"
                  kind="ghost"
                  icon={IconX}
                  label={`Leave out ${one.name}`}
                  onClick={() => {
                    setIds(ids.filter((id) => id !== one.vmId).join(','));
                  }}
                />
              ) : null}
            </li>
          ))}
        </ul>
        <section aria-label="Load">
          <RangeChoice value={range} ranges={STORED} hasStored onChange={setRange} />
          {isRead ? (
            <>
              <Chart
                {...shared}
                title="CPU"
                series={lines(whole.lines('cpuPercent'))}
                format={(value) => `${Math.round(value)} %`}
                max={100}
              />
              <Chart
                {...shared}
                title="Memory"
                series={lines(whole.lines('memoryBytes'))}
                format={formatBytes}
              />
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
          ) : (
            <Skeleton rows={12} />
          )}
        </section>
      </div>
    </>
  );
}
