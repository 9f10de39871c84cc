import './capacity.css';
import { Link } from 'wouter';
import IconMapQuestion from '@tabler/icons-react/dist/esm/icons/IconMapQuestion.mjs';
import type { CapacityDay, HostCapacity } from '../../../shared/domains/capacity/capacity-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { Button } from '../../ui/button.tsx';
import { CapacityBar, ChartKey } from '../../ui/capacity-bar.tsx';
import { Chart } from '../../ui/chart.tsx';
import { Segments } from '../../ui/chips.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { BytesText, Figure } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { StaleMarker } from '../../ui/moment.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Tag } from '../../ui/state-label.tsx';
import { CapacityFigures, shareOf } from './capacity-figures.tsx';
import { CAPACITY_EVERY_MS, CAPACITY_TOPICS } from './capacity-topics.ts';
import { HostLossPanel } from './host-loss-panel.tsx';
import { fullWords, LossLabel } from './loss-words.tsx';

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

function HostRow({ host, isShown, onTry }: { host: HostCapacity; isShown: boolean; onTry: () => void }) {
  const { memory, cpu, disk } = host;
  const pools = host.pools
    .map((pool) =>
      pool.active
        ? `${pool.name}: ${formatBytes(pool.availableBytes)} of ${formatBytes(pool.capacityBytes)} free`
        : `${pool.name}: not active`,
    )
    .join('\n');
  return (
    <tr className={host.closed === '' ? undefined : 'ik-stale'} aria-current={isShown ? 'true' : undefined}>
      <td className="ik-med">
        <Link href={`/hosts/${host.hostId}`} className="ik-el">
          {host.host}
        </Link>
      </td>
      <td>
        {host.closed === '' ? (
          <span className="ik-row" style={{ gap: 4 }}>
            {host.labels.length === 0 ? <span className="ik-t3">–</span> : null}
            {host.labels.map((label) => (
              <Tag key={label}>{label}</Tag>
            ))}
          </span>
        ) : (
          <span className="ik-warn ik-el" title={host.closed}>
            {host.closed}
          </span>
        )}
      </td>
      <td className="ik-num">{formatCount(host.vms)}</td>
      <td style={{ paddingLeft: 12 }}>
        <CapacityBar
          used={shareOf(memory.used, memory.sellable)}
          sold={shareOf(memory.sold, memory.sellable)}
        />
      </td>
      <td className="ik-num">
        <BytesText bytes={memory.used} />
      </td>
      <td className="ik-num">
        <Figure value={Math.round(shareOf(memory.sold, memory.sellable) * 100)} unit="%" />
      </td>
      <td className="ik-num">
        <BytesText bytes={Math.max(0, memory.sellable - memory.sold)} />
      </td>
      <td className="ik-num">
        {formatCount(cpu.sold)} <span className="ik-u">of {formatCount(cpu.sellable)}</span>
      </td>
      <td className="ik-num" title={pools}>
        <BytesText bytes={Math.max(0, disk.total - disk.used)} />
      </td>
      <td style={{ paddingLeft: 12 }}>
        <LossLabel loss={host.loss} />
      </td>
      <td className="ik-num">
        <Button size="sm" kind="ghost" label={`Try the loss of ${host.host}`} onClick={onTry}>
          Try
        </Button>
      </td>
    </tr>
  );
}

function HostsPanel(props: {
  hosts: readonly HostCapacity[];
  shownId: string;
  onTry: (hostId: string) => void;
}) {
  return (
    <Panel
      title="Hosts"
      meta={`${formatCount(props.hosts.length)}, what may be sold of each by the ratios of the cluster`}
    >
      <table className="ik-tb">
        <colgroup>
          <col style={{ width: 112 }} />
          <col style={{ width: 148 }} />
          <col style={{ width: 48 }} />
          <col />
          <col style={{ width: 72 }} />
          <col style={{ width: 52 }} />
          <col style={{ width: 72 }} />
          <col style={{ width: 96 }} />
          <col style={{ width: 76 }} />
          <col style={{ width: 166 }} />
          <col style={{ width: 56 }} />
        </colgroup>
        <thead>
          <tr>
            <th>Host</th>
            <th>Labels, or why it takes no VM</th>
            <th className="ik-num">VMs</th>
            <th>
              <span className="ik-sr">Memory</span>
            </th>
            <th className="ik-num">Used</th>
            <th className="ik-num">Sold</th>
            <th className="ik-num">Free</th>
            <th className="ik-num">vCPU sold</th>
            <th className="ik-num">Disk free</th>
            <th style={{ paddingLeft: 12 }}>If it fails</th>
            <th>
              <span className="ik-sr">Trial</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {props.hosts.map((host) => (
            <HostRow
              key={host.hostId}
              host={host}
              isShown={host.hostId === props.shownId}
              onTry={() => {
                props.onTry(host.hostId);
              }}
            />
          ))}
        </tbody>
      </table>
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
                foot={full ? `Full: ${full.words}. ${full.title}` : ''}
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
