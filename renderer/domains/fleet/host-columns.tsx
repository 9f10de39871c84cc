import type { HostRow } from '../../../shared/domains/fleet/host-contract.ts';
import { GIB } from '../../../shared/kernel/bytes.ts';
import { BytesText } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { Ago } from '../../ui/moment.tsx';
import { CapacityBar } from '../../ui/capacity-bar.tsx';
import { Tag } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { HostStateLabel, hostStateLooks } from './host-state.tsx';
import { LoadCell } from './load-words.tsx';

const none = <span className="ik-t3">–</span>;
const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

/** Columns of the list of hosts. */
export const hostColumns: readonly TableColumn<HostRow>[] = [
  {
    key: 'name',
    title: 'Name',
    width: 92,
    grow: true,
    fixed: true,
    sortable: true,
    cell: (host) => <span className="ik-med">{host.name}</span>,
    text: (host) => host.name,
  },
  {
    key: 'state',
    title: 'State',
    width: 104,
    sortable: true,
    cell: (host) => (
      <span title={host.reason}>
        <HostStateLabel state={host.state} />
      </span>
    ),
    text: (host) => hostStateLooks[host.state].word,
  },
  {
    key: 'cluster',
    title: 'Cluster',
    width: 96,
    sortable: true,
    spare: true,
    cell: (host) => <span className="ik-el">{host.cluster}</span>,
    text: (host) => host.cluster,
  },
  {
    key: 'problems',
    title: 'Problems',
    width: 62,
    align: 'right',
    cell: (host) => (host.problems > 0 ? <span className="ik-warn">{host.problems}</span> : none),
    text: (host) => String(host.problems),
  },
  {
    key: 'vms',
    title: 'VMs on',
    width: 74,
    align: 'right',
    sortable: true,
    cell: (host) => (
      <>
        {formatCount(host.vmsRunning)} <span className="ik-u">of {formatCount(host.vms)}</span>
      </>
    ),
    text: (host) => `${host.vmsRunning}/${host.vms}`,
  },
  {
    key: 'cpu',
    title: 'CPU',
    width: 84,
    align: 'right',
    sortable: true,
    cell: (host) => <LoadCell percent={host.cpuUsedPercent} label={`CPU of ${host.name}`} />,
    text: (host) => `${host.cpuUsedPercent} %`,
  },
  {
    key: 'sold',
    title: 'vCPU sold',
    width: 78,
    align: 'right',
    cell: (host) => (
      <>
        {host.cpuSold} <span className="ik-u">on {host.cpuCount}</span>
      </>
    ),
    text: (host) => `${host.cpuSold}/${host.cpuCount}`,
  },
  {
    key: 'memory',
    title: 'Memory used, sold',
    width: 160,
    sortable: true,
    cell: (host) => (
      <span className="ik-row">
        <CapacityBar
          width={56}
          used={share(host.memoryUsedBytes, host.memoryBytes)}
          sold={share(host.memorySoldBytes, host.memoryBytes)}
        />
        <span className="ik-tn">
          {Math.round(host.memorySoldBytes / GIB)}{' '}
          <span className="ik-u">of {Math.round(host.memoryBytes / GIB)} GiB</span>
        </span>
      </span>
    ),
    text: (host) =>
      `${Math.round(host.memoryUsedBytes / GIB)} / ${Math.round(host.memorySoldBytes / GIB)} / ${Math.round(host.memoryBytes / GIB)} GiB`,
  },
  {
    key: 'disk',
    title: 'Disk free',
    width: 68,
    align: 'right',
    cell: (host) => (host.diskBytes > 0 ? <BytesText bytes={host.diskFreeBytes} /> : none),
    text: (host) => `${Math.round(host.diskFreeBytes / GIB)} GiB`,
  },
  {
    key: 'seen',
    title: 'Heard',
    width: 72,
    align: 'right',
    cell: (host) => (host.seenAt ? <Ago atMs={Date.parse(host.seenAt)} /> : none),
    text: (host) => host.seenAt ?? '',
  },
  {
    key: 'labels',
    title: 'Labels',
    width: 120,
    optional: true,
    cell: (host) =>
      host.labels.length === 0 ? none : host.labels.map((label) => <Tag key={label}>{label}</Tag>),
    text: (host) => host.labels.join(' '),
  },
  {
    key: 'address',
    title: 'Address',
    width: 130,
    optional: true,
    cell: (host) => host.address,
    text: (host) => host.address,
  },
  {
    key: 'versions',
    title: 'libvirt, QEMU',
    width: 110,
    optional: true,
    cell: (host) => `${host.libvirtVersion}, ${host.qemuVersion}`,
    text: (host) => `${host.libvirtVersion} ${host.qemuVersion}`,
  },
  {
    key: 'cpuModel',
    title: 'Processor',
    width: 160,
    optional: true,
    cell: (host) => host.cpuModel,
    text: (host) => host.cpuModel,
  },
];
