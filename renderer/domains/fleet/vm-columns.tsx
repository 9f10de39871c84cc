import type { VmRow } from '../../../shared/domains/fleet/vm-contract.ts';
import { STATE_WORDS } from '../../../shared/domains/fleet/vm-rules.ts';
import { GIB } from '../../../shared/kernel/bytes.ts';
import { BytesText, Figure } from '../../ui/figures.tsx';
import { Tag } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { LoadCell, uptimeOf } from './load-words.tsx';
import { VmStateLabel } from './vm-state.tsx';

const none = <span className="ik-t3">–</span>;

function Uptime({ seconds }: { seconds: number | null }) {
  return seconds === null ? none : <Figure {...uptimeOf(seconds)} />;
}

/** Columns of the list of VMs; exports carry plain numbers, their unit in the head. */
export const vmColumns: readonly TableColumn<VmRow>[] = [
  {
    key: 'name',
    title: 'Name',
    width: 92,
    grow: true,
    fixed: true,
    sortable: true,
    cell: (vm) => <span className="ik-med">{vm.name}</span>,
    text: (vm) => vm.name,
  },
  {
    key: 'state',
    title: 'State',
    width: 102,
    sortable: true,
    cell: (vm) => <VmStateLabel vm={vm} />,
    text: (vm) => (vm.staleSince === null ? STATE_WORDS[vm.state] : `${STATE_WORDS[vm.state]} (old)`),
  },
  {
    key: 'customer',
    title: 'Customer',
    width: 80,
    grow: true,
    sortable: true,
    cell: (vm) => (vm.customer === '' ? none : <span title={vm.customer}>{vm.customer}</span>),
    text: (vm) => vm.customer,
  },
  {
    key: 'host',
    title: 'Host',
    width: 76,
    sortable: true,
    cell: (vm) => vm.host,
    text: (vm) => vm.host,
  },
  {
    key: 'address',
    title: 'IP',
    width: 104,
    sortable: true,
    cell: (vm) => (vm.address === '' ? none : <span className="ik-tn">{vm.address}</span>),
    text: (vm) => vm.address,
  },
  {
    key: 'vcpus',
    title: 'vCPU',
    width: 38,
    align: 'right',
    sortable: true,
    cell: (vm) => vm.vcpus,
    text: (vm) => String(vm.vcpus),
  },
  {
    key: 'memory',
    title: 'Memory',
    width: 60,
    align: 'right',
    sortable: true,
    cell: (vm) => <BytesText bytes={vm.memoryBytes} />,
    text: (vm) => `${vm.memoryBytes / GIB} GiB`,
  },
  {
    key: 'cpu',
    title: 'CPU',
    width: 80,
    align: 'right',
    sortable: true,
    cell: (vm) => (
      <LoadCell percent={vm.cpuPercent} label={`CPU of ${vm.name}`} off={vm.uptimeSeconds === null} />
    ),
    text: (vm) => `${vm.cpuPercent} %`,
  },
  {
    key: 'disk',
    title: 'Disk',
    width: 60,
    align: 'right',
    sortable: true,
    cell: (vm) => (vm.diskBytes === 0 ? none : <BytesText bytes={vm.diskBytes} />),
    text: (vm) => `${vm.diskBytes / GIB} GiB`,
  },
  {
    key: 'uptime',
    title: 'Uptime',
    width: 60,
    align: 'right',
    sortable: true,
    cell: (vm) => <Uptime seconds={vm.uptimeSeconds} />,
    text: (vm) => (vm.uptimeSeconds === null ? '' : `${vm.uptimeSeconds} s`),
  },
  {
    key: 'tags',
    title: 'Tags',
    width: 64,
    grow: true,
    cell: (vm) => (
      <span className="ik-vm-tags" title={vm.tags.join(', ')}>
        {vm.tags.map((tag) => (
          <Tag key={tag}>{tag}</Tag>
        ))}
      </span>
    ),
    text: (vm) => vm.tags.join(' '),
  },
  {
    key: 'os',
    title: 'OS',
    width: 120,
    optional: true,
    cell: (vm) => vm.os || none,
    text: (vm) => vm.os,
  },
  {
    key: 'memoryUsed',
    title: 'Memory used',
    width: 88,
    align: 'right',
    optional: true,
    cell: (vm) => (vm.uptimeSeconds === null ? none : <BytesText bytes={vm.memoryUsedBytes} />),
    text: (vm) => `${vm.memoryUsedBytes / GIB} GiB`,
  },
  {
    key: 'uuid',
    title: 'UUID',
    width: 250,
    optional: true,
    cell: (vm) => <span className="ik-mono">{vm.uuid}</span>,
    text: (vm) => vm.uuid,
  },
];
