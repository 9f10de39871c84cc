import { Link } from 'wouter';
import type { ReactNode } from 'react';
import IconInfoCircle from '@tabler/icons-react/dist/esm/icons/IconInfoCircle.mjs';
import type { ClusterCapacity } from '../../../shared/domains/capacity/capacity-contract.ts';
import { CapacityBar, ChartKey } from '../../ui/capacity-bar.tsx';
import { BytesText, Figure } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { shareOf } from './capacity-figures.tsx';
import { FullIn, LossLabel } from './loss-words.tsx';

interface Column {
  title: string;
  /** What stands in the head, where that is not the title. */
  head?: ReactNode;
  width?: number;
  isNumber?: boolean;
  isSpaced?: boolean;
  /** Shown where there is little room, too. */
  isBrief?: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'Cluster', width: 112, isBrief: true },
  { title: 'Where', width: 132 },
  { title: 'Hosts', width: 54, isNumber: true, isBrief: true },
  { title: 'VMs', width: 58, isNumber: true, isBrief: true },
  { title: 'Memory', head: <span className="ik-sr">Memory</span>, isBrief: true },
  { title: 'Used', width: 72, isNumber: true, isBrief: true },
  { title: 'Sold', width: 52, isNumber: true, isBrief: true },
  { title: 'Free', width: 72, isNumber: true, isBrief: true },
  { title: 'vCPU sold', width: 62, isNumber: true },
  { title: 'Disk free', width: 76, isNumber: true },
  { title: 'If one host fails', width: 166, isSpaced: true, isBrief: true },
  { title: 'Full in', width: 112, isNumber: true },
];

function ClusterRow({ of, brief }: { of: ClusterCapacity; brief: boolean }) {
  const { memory, cpu, disk } = of;
  const free = Math.max(0, memory.sellable - memory.sold);
  return (
    <tr>
      <td className="ik-med">
        <Link href={`/capacity/${of.clusterId}`} className="ik-el" title={of.site}>
          {of.cluster}
        </Link>
      </td>
      {brief ? null : (
        <td className="ik-t2">
          <span className="ik-el">{[of.jurisdiction, of.site].filter(Boolean).join(' · ') || '–'}</span>
        </td>
      )}
      <td className={of.hostsOpen < of.hosts ? 'ik-num ik-warn' : 'ik-num'}>
        {of.hostsOpen < of.hosts
          ? `${formatCount(of.hostsOpen)} / ${formatCount(of.hosts)}`
          : formatCount(of.hosts)}
      </td>
      <td className="ik-num">{formatCount(of.vms)}</td>
      <td style={{ paddingLeft: 12 }}>
        <CapacityBar
          used={shareOf(memory.used, memory.sellable)}
          sold={shareOf(memory.sold, memory.sellable)}
          limit={of.worst === null ? undefined : shareOf(of.memorySellableLessOne, memory.sellable)}
        />
      </td>
      <td className="ik-num">
        <BytesText bytes={memory.used} />
      </td>
      <td className="ik-num">
        <Figure value={Math.round(shareOf(memory.sold, memory.sellable) * 100)} unit="%" />
      </td>
      <td className="ik-num">
        <BytesText bytes={free} />
      </td>
      {brief ? null : (
        <>
          <td className="ik-num">
            <Figure value={Math.round(shareOf(cpu.sold, cpu.sellable) * 100)} unit="%" />
          </td>
          <td className="ik-num">
            <BytesText bytes={Math.max(0, disk.total - disk.used)} />
          </td>
        </>
      )}
      <td style={{ paddingLeft: 12 }}>
        <LossLabel loss={of.worst} />
      </td>
      {brief ? null : (
        <td className="ik-num">
          <FullIn growth={of.growth} />
        </td>
      )}
    </tr>
  );
}

function footOf(clusters: readonly ClusterCapacity[]): string {
  const failing = clusters.filter(({ worst }) => worst?.verdict === 'fails');
  if (failing.length === 0)
    return 'If one fails is found by placing the VMs of each host on the others of its cluster, by the rules that place new VMs';
  const [first] = failing;
  return failing.length === 1
    ? `${first?.cluster} cannot lose ${first?.worst?.host}: ${formatCount(first?.worst?.unplaced ?? 0)} of its VMs would have no place`
    : `${failing.length} clusters cannot lose a host without VMs left over`;
}

/** Every cluster, tightest first: used, sold, free, and whether it can lose a host; `brief` where there is little room. */
export function ClustersPanel({
  clusters,
  brief,
}: {
  clusters: readonly ClusterCapacity[];
  brief?: { rows: number };
}) {
  const tightest = clusters.toSorted(
    (a, b) => shareOf(b.memory.sold, b.memory.sellable) - shareOf(a.memory.sold, a.memory.sellable),
  );
  const columns = COLUMNS.filter(({ isBrief }) => isBrief || !brief);
  const shown = brief ? tightest.slice(0, brief.rows) : tightest;
  return (
    <Panel
      title="Capacity by cluster"
      meta={
        shown.length < clusters.length
          ? `memory, tightest ${shown.length} of ${formatCount(clusters.length)}`
          : 'memory, tightest first'
      }
      actions={
        <span className="ik-row" style={{ gap: 12 }}>
          <ChartKey colour="var(--ik-chart-1)">used</ChartKey>
          <ChartKey colour="var(--ik-chart-1-soft)">sold</ChartKey>
          <ChartKey colour="var(--ik-track)">free</ChartKey>
          <ChartKey colour="var(--ik-text)" tick>
            N+1 limit
          </ChartKey>
        </span>
      }
      foot={
        <>
          <IconInfoCircle size={13} aria-hidden />
          <span>{footOf(clusters)}</span>
        </>
      }
    >
      <table className="ik-tb">
        <colgroup>
          {columns.map(({ title, width }) => (
            <col key={title} {...(width === undefined ? {} : { style: { width } })} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map(({ title, head, isNumber, isSpaced }) => (
              <th
                key={title}
                className={isNumber ? 'ik-num' : undefined}
                {...(isSpaced ? { style: { paddingLeft: 12 } } : {})}
              >
                {head ?? title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((of) => (
            <ClusterRow key={of.clusterId} of={of} brief={brief !== undefined} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
