import type { VmRow } from '../../../shared/domains/fleet/vm-contract.ts';
import { STATE_WORDS } from '../../../shared/domains/fleet/vm-rules.ts';
import { GIB } from '../../../shared/kernel/bytes.ts';
import { inBytes, inUnit } from '../../ui/figures.tsx';
import { Tag } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { loadCell, uptimeOf } from './load-words.tsx';
import { vmStateCell } from './vm-state.tsx';

const none = <span className="ik-t3">–</span>;

function uptimeCell(seconds: number): ReturnType<typeof inUnit> {
  const { value, unit } = uptimeOf(seconds);
  return inUnit(value, unit);
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
    className: 'ik-med',
    cell: (vm) => vm.name,
    text: (vm) => vm.name,
  },
  {
    key: 'state',
    title: 'State',
    width: 102,
    sortable: true,
    className: 'ik-cell-state',
    cell: vmStateCell,
    text: (vm) => (vm.staleSince === null ? STATE_WORDS[vm.state] : `${STATE_WORDS[vm.state]} (old)`),
  },
  {
    key: 'customer',
    title: 'Customer',
    width: 80,
    grow: true,
    sortable: true,
    hint: (vm) => vm.customer,
    cell: (vm) => (vm.customer === '' ? none : vm.customer),
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
    className: 'ik-tn',
    cell: (vm) => (vm.address === '' ? none : vm.address),
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
    cell: (vm) => inBytes(vm.memoryBytes),
    text: (vm) => `${vm.memoryBytes / GIB} GiB`,
  },
  {
    key: 'cpu',
    title: 'CPU',
    width: 80,
    align: 'right',
    sortable: true,
    className: 'ik-cpu',
    cell: (vm) => loadCell(vm.cpuPercent, `CPU of ${vm.name}`, vm.uptimeSeconds === null),
    text: (vm) => `${vm.cpuPercent} %`,
  },
  {
    key: 'disk',
    title: 'Disk',
    width: 60,
    align: 'right',
    sortable: true,
    cell: (vm) => (vm.diskBytes === 0 ? none : inBytes(vm.diskBytes)),
    text: (vm) => `${vm.diskBytes / GIB} GiB`,
  },
  {
    key: 'uptime',
    title: 'Uptime',
    width: 60,
    align: 'right',
    sortable: true,
    cell: (vm) => (vm.uptimeSeconds === null ? none : uptimeCell(vm.uptimeSeconds)),
    text: (vm) => (vm.uptimeSeconds === null ? '' : `${vm.uptimeSeconds} s`),
  },
  {
    key: 'tags',
    title: 'Tags',
    width: 64,
    grow: true,
    className: 'ik-cell-tags',
    hint: (vm) => vm.tags.join(', '),
    // By place: a row that comes into the slot of another has as many tags as often as not.
    cell: (vm) => vm.tags.map((tag, at) => <Tag key={at}>{tag}</Tag>),
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
    cell: (vm) => (vm.uptimeSeconds === null ? none : inBytes(vm.memoryUsedBytes)),
    text: (vm) => `${vm.memoryUsedBytes / GIB} GiB`,
  },
  {
    key: 'uuid',
    title: 'UUID',
    width: 250,
    optional: true,
    className: 'ik-mono',
    cell: (vm) => vm.uuid,
    text: (vm) => vm.uuid,
  },
];
