import './capacity.css';
import { Link } from 'wouter';
import IconMapQuestion from '@tabler/icons-react/dist/esm/icons/IconMapQuestion.mjs';
import type { CapacityDay } from '../../../shared/domains/capacity/capacity-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { ChartKey } from '../../ui/capacity-bar.tsx';
import { Chart } from '../../ui/chart.tsx';
import { Segments } from '../../ui/chips.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount } from '../../ui/format.ts';
import { StaleMarker } from '../../ui/moment.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { CapacityFigures } from './capacity-figures.tsx';
import { CAPACITY_EVERY_MS, CAPACITY_TOPICS } from './capacity-topics.ts';
import { HostLossPanel } from './host-loss-panel.tsx';
import { HostsPanel } from './hosts-panel.tsx';
import { fullWords } from './loss-words.tsx';

const RANGES = [
  { value: '30', label: '30 d' },
  { value: '90', label: '90 d' },
  { value: '365', label: '1 y' },
  { value: '730', label: '2 y' },
] as const;

interface GrowthChart {
  title: string;
  /** Sold, what may be sold, used. */
  of: (day: CapacityDay) => readonly [number, number, number | null];
  format: (value: number) => string;
}

function GrowthPanel(props: {
  days: readonly CapacityDay[];
  range: string;
  onRange: (range: string) => void;
  foot: string;
}) {
  const { days } = props;
  const timesMs = days.map(({ day }) => Date.parse(`${day}T12:00:00Z`));
  const charts: readonly GrowthChart[] = [
    {
      title: 'Memory',
      of: (day) => [day.memorySoldBytes, day.memorySellableBytes, day.memoryUsedBytes],
      format: (value) => formatBytes(Math.round(value)),
    },
    {
      title: 'vCPUs',
      of: (day) => [day.cpuSold, day.cpuSellable, null],
      format: (value: number) => formatCount(Math.round(value)),
    },
    {
      title: 'Disk used',
      of: (day) => [day.diskUsedBytes, day.diskBytes, null],
      format: (value: number) => formatBytes(Math.round(value)),
    },
  ];
  return (
    <Panel
      title="Growth"
      meta="by day, UTC"
      actions={
        <>
          <span className="ik-row" style={{ gap: 12 }}>
            <ChartKey colour="var(--ik-chart-1)" line>
              sold
            </ChartKey>
            <ChartKey colour="var(--ik-chart-2)" line>
              may be sold
            </ChartKey>
            <ChartKey colour="var(--ik-chart-3)" line>
              used
            </ChartKey>
          </span>
          <Segments
            label="Range"
            value={RANGES.find(({ value }) => value === props.range)?.value ?? '90'}
            options={RANGES}
            onChange={props.onRange}
          />
        </>
      }
      foot={<span>{props.foot}</span>}
    >
      <div className="ik-capcharts">
        {days.length < 2 ? (
          <p className="ik-sm ik-t3">
            What is sold is recorded from day to day; a line is drawn from the second day on.
          </p>
        ) : (
          charts.map((chart, at) => {
            const values = days.map(chart.of);
            return (
              <Chart
                key={chart.title}
                title={chart.title}
                timesMs={timesMs}
                series={[
                  {
                    label: chart.title === 'Disk used' ? 'used' : 'sold',
                    values: values.map(([sold]) => sold),
                  },
                  { label: 'may be sold', values: values.map(([, sellable]) => sellable), colour: 2 },
                  ...(values.some(([, , used]) => used !== null)
                    ? [{ label: 'used', values: values.map(([, , used]) => used), colour: 3 as const }]
                    : []),
                ]}
                format={chart.format}
                group="capacity"
                height={64}
                axis={at === charts.length - 1}
              />
            );
          })
        )}
      </div>
    </Panel>
  );
}

/** One cluster: figures, growth, the loss of a host on trial, its hosts. */
export function ClusterCapacityView({ clusterId }: { clusterId: string }) {
  const [range, setRange] = useAddressParam('days', '90');
  const [tried, setTried] = useAddressParam('host');
  const answer = useQuery(
    'capacity.capacityGet',
    { clusterId, days: Number(RANGES.find(({ value }) => value === range)?.value ?? '90') },
    { topics: CAPACITY_TOPICS, atMostEveryMs: CAPACITY_EVERY_MS },
  );
  const found = answer.data;
  if (answer.refusal === 'no-such-cluster') {
    return (
      <EmptyState
        icon={IconMapQuestion}
        title="This cluster is no longer here"
        action={
          <Link href="/capacity" className="ik-link">
            Capacity of all clusters
          </Link>
        }
      >
        It was removed; its hosts are in others.
      </EmptyState>
    );
  }
  const capacity = found?.capacity;
  const shownId = tried || (capacity?.worst?.hostId ?? '');
  const full = capacity && fullWords(capacity.growth);
  return (
    <>
      <PageHead
        title={capacity ? `Capacity of ${capacity.cluster}` : 'Capacity'}
        meta={
          capacity ? (
            <span>
              {formatCount(capacity.vms)} VMs · {formatCount(capacity.hosts)}{' '}
              {capacity.hosts === 1 ? 'host' : 'hosts'}
              {capacity.site === '' ? '' : ` · ${capacity.site}`}
            </span>
          ) : undefined
        }
        actions={
          <>
            {answer.stale ? <StaleMarker seenMs={answer.readMs} /> : null}
            <Link href={`/clusters/${clusterId}`} className="ik-link ik-sm">
              Ratios and policy
            </Link>
            <Link href="/capacity" className="ik-link ik-sm">
              All clusters
            </Link>
          </>
        }
      />
      <div className="ik-page">
        {found === undefined || capacity === undefined ? (
          answer.error ? (
            <ErrorPanel title="Capacity could not be read" error={answer.error} onRetry={answer.refetch} />
          ) : (
            <Skeleton rows={12} />
          )
        ) : (
          <>
            <Panel title="Now">
              <CapacityFigures cpu={capacity.cpu} memory={capacity.memory} disk={capacity.disk} />
            </Panel>
            <div className="ik-capduo">
              <GrowthPanel
                days={found.days}
                range={range}
                onRange={setRange}
                foot={full ? (full.words === '–' ? full.title : `Full: ${full.words}. ${full.title}`) : ''}
              />
              <HostLossPanel
                hosts={found.hosts.map(({ hostId, host }) => ({ hostId, host }))}
                hostId={shownId}
                onHost={setTried}
              />
            </div>
            <HostsPanel hosts={found.hosts} shownId={shownId} onTry={setTried} />
          </>
        )}
      </div>
    </>
  );
}
