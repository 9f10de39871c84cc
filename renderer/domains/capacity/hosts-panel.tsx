import type { ReactNode } from 'react';
import { Link } from 'wouter';
import IconInfoCircle from '@tabler/icons-react/dist/esm/icons/IconInfoCircle.mjs';
import type { HostCapacity } from '../../../shared/domains/capacity/capacity-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { Button } from '../../ui/button.tsx';
import { CapacityBar, ChartKey } from '../../ui/capacity-bar.tsx';
import { BytesText, Figure } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { Tag } from '../../ui/state-label.tsx';
import { shareOf } from './capacity-figures.tsx';
import { LossLabel } from './loss-words.tsx';

interface Column {
  title: string;
  width?: number;
  isNumber?: boolean;
  isSpaced?: boolean;
  /** The head is for those who cannot see what stands below it. */
  isSilent?: boolean;
  /** Shown where there is little room, too. */
  isBrief?: boolean;
  cell: (host: HostCapacity) => ReactNode;
}

const poolWords = (pool: HostCapacity['pools'][number]): string =>
  pool.active
    ? `${pool.name}: ${formatBytes(pool.availableBytes)} of ${formatBytes(pool.capacityBytes)} free`
    : `${pool.name}: not active`;

const COLUMNS: readonly Column[] = [
  {
    title: 'Host',
    width: 112,
    isBrief: true,
    cell: ({ hostId, host }) => (
      <Link href={`/hosts/${hostId}`} className="ik-el ik-med">
        {host}
      </Link>
    ),
  },
  {
    title: 'Labels, or why it takes no VM',
    width: 184,
    cell: ({ closed, labels }) =>
      closed === '' ? (
        <span className="ik-row" style={{ gap: 4 }}>
          {labels.length === 0 ? <span className="ik-t3">–</span> : null}
          {labels.map((label) => (
            <Tag key={label}>{label}</Tag>
          ))}
        </span>
      ) : (
        <span className="ik-warn ik-el" title={closed}>
          {closed}
        </span>
      ),
  },
  { title: 'VMs', width: 48, isNumber: true, isBrief: true, cell: ({ vms }) => formatCount(vms) },
  {
    title: 'Memory',
    isSpaced: true,
    isSilent: true,
    isBrief: true,
    cell: ({ memory }) => (
      <CapacityBar
        used={shareOf(memory.used, memory.sellable)}
        sold={shareOf(memory.sold, memory.sellable)}
      />
    ),
  },
  {
    title: 'Used',
    width: 72,
    isNumber: true,
    isBrief: true,
    cell: ({ memory }) => <BytesText bytes={memory.used} />,
  },
  {
    title: 'Sold',
    width: 52,
    isNumber: true,
    isBrief: true,
    cell: ({ memory }) => <Figure value={Math.round(shareOf(memory.sold, memory.sellable) * 100)} unit="%" />,
  },
  {
    title: 'Free',
    width: 72,
    isNumber: true,
    isBrief: true,
    cell: ({ memory }) => <BytesText bytes={Math.max(0, memory.sellable - memory.sold)} />,
  },
  {
    title: 'vCPU sold',
    width: 96,
    isNumber: true,
    cell: ({ cpu }) => (
      <>
        {formatCount(cpu.sold)} <span className="ik-u">of {formatCount(cpu.sellable)}</span>
      </>
    ),
  },
  {
    title: 'Disk free',
    width: 76,
    isNumber: true,
    cell: ({ disk, pools }) => (
      <span title={pools.map(poolWords).join('\n')}>
        <BytesText bytes={Math.max(0, disk.total - disk.used)} />
      </span>
    ),
  },
  {
    title: 'If it fails',
    width: 166,
    isSpaced: true,
    isBrief: true,
    cell: ({ loss }) => <LossLabel loss={loss} />,
  },
];

function trialColumn(onTry: (hostId: string) => void): Column {
  return {
    title: 'Trial',
    width: 56,
    isNumber: true,
    isSilent: true,
    cell: ({ hostId, host }) => (
      <Button
        size="sm"
        kind="ghost"
        label={`Try the loss of ${host}`}
        onClick={() => {
          onTry(hostId);
        }}
      >
        Try
      </Button>
    ),
  };
}

function HostTable(props: {
  columns: readonly Column[];
  hosts: readonly HostCapacity[];
  shownId?: string | undefined;
}) {
  const { columns } = props;
  const look = ({ isNumber, isSpaced }: Column) => ({
    ...(isNumber ? { className: 'ik-num' } : {}),
    ...(isSpaced ? { style: { paddingLeft: 12 } } : {}),
  });
  return (
    <table className="ik-tb">
      <colgroup>
        {columns.map(({ title, width }) => (
          <col key={title} {...(width === undefined ? {} : { style: { width } })} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.title} {...look(column)}>
              {column.isSilent ? <span className="ik-sr">{column.title}</span> : column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.hosts.map((host) => (
          <tr
            key={host.hostId}
            className={host.closed === '' ? undefined : 'ik-stale'}
            aria-current={host.hostId === props.shownId ? 'true' : undefined}
          >
            {columns.map((column) => (
              <td key={column.title} {...look(column)}>
                {column.cell(host)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Every host of a cluster; one of them is on trial. */
export function HostsPanel(props: {
  hosts: readonly HostCapacity[];
  shownId: string;
  onTry: (hostId: string) => void;
}) {
  return (
    <Panel
      title="Hosts"
      meta={`${formatCount(props.hosts.length)}, what may be sold of each by the ratios of the cluster`}
    >
      <HostTable
        columns={[...COLUMNS, trialColumn(props.onTry)]}
        hosts={props.hosts}
        shownId={props.shownId}
      />
    </Panel>
  );
}

function footOf(hosts: readonly HostCapacity[]): string {
  const failing = hosts.filter(({ loss }) => loss?.verdict === 'fails');
  const [first] = failing;
  if (first === undefined)
    return 'If it fails is found by placing its VMs on the other hosts, by the rules that place new VMs';
  return failing.length === 1
    ? `${first.host} cannot be lost: ${formatCount(first.loss?.unplaced ?? 0)} of its VMs would have no place`
    : `${formatCount(failing.length)} hosts cannot be lost without VMs left over`;
}

/** The tightest hosts of the only cluster, for the overview. */
export function TightestHostsPanel({ hosts, rows }: { hosts: readonly HostCapacity[]; rows: number }) {
  const sold = ({ memory }: HostCapacity): number => shareOf(memory.sold, memory.sellable);
  const shown = hosts.toSorted((a, b) => sold(b) - sold(a)).slice(0, rows);
  return (
    <Panel
      title="Capacity by host"
      meta={
        shown.length < hosts.length
          ? `memory, tightest ${shown.length} of ${formatCount(hosts.length)}`
          : 'memory, tightest first'
      }
      actions={
        <span className="ik-row" style={{ gap: 12 }}>
          <ChartKey colour="var(--ik-chart-1)">used</ChartKey>
          <ChartKey colour="var(--ik-chart-1-soft)">sold</ChartKey>
          <ChartKey colour="var(--ik-track)">free</ChartKey>
        </span>
      }
      foot={
        <>
          <IconInfoCircle size={13} aria-hidden />
          <span>{footOf(hosts)}</span>
        </>
      }
    >
      <HostTable columns={COLUMNS.filter(({ isBrief }) => isBrief)} hosts={shown} />
    </Panel>
  );
}
