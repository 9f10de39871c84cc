import type { TemplateRow } from '../../../shared/domains/templates/templates-contract.ts';
import { GIB, formatBytes } from '../../../shared/kernel/bytes.ts';
import { BytesText } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { Timestamp } from '../../ui/moment.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { TemplateStateLabel, templateStateLooks } from './template-state.tsx';

const none = <span className="ik-t3">–</span>;

/** `2 vCPU, 1 GiB, 10 GiB`: the least a VM made from it gets. */
export function minimumWords(template: TemplateRow): string {
  const disk = Math.max(template.minDiskBytes, template.virtualSizeBytes);
  return [
    `${template.minVcpus} vCPU`,
    template.minMemoryBytes > 0 ? `${formatBytes(template.minMemoryBytes)} memory` : '',
    disk > 0 ? `${formatBytes(disk)} disk` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** Columns of the list of templates. */
export const templateColumns: readonly TableColumn<TemplateRow>[] = [
  {
    key: 'name',
    title: 'Name',
    width: 140,
    grow: true,
    fixed: true,
    sortable: true,
    cell: (template) => <span className="ik-med">{template.name}</span>,
    text: (template) => template.name,
  },
  {
    key: 'state',
    title: 'State',
    width: 100,
    cell: (template) => <TemplateStateLabel state={template.state} />,
    text: (template) => templateStateLooks[template.state].word,
  },
  {
    key: 'os',
    title: 'OS',
    width: 120,
    grow: true,
    sortable: true,
    cell: (template) => template.os,
    text: (template) => template.os,
  },
  {
    key: 'format',
    title: 'Format',
    width: 64,
    cell: (template) => (template.format === 'unknown' ? none : template.format),
    text: (template) => template.format,
  },
  {
    key: 'size',
    title: 'Disk',
    width: 70,
    align: 'right',
    cell: (template) =>
      template.virtualSizeBytes > 0 ? <BytesText bytes={template.virtualSizeBytes} /> : none,
    text: (template) => `${template.virtualSizeBytes / GIB} GiB`,
  },
  {
    key: 'file',
    title: 'File',
    width: 70,
    align: 'right',
    cell: (template) => (template.fileBytes > 0 ? <BytesText bytes={template.fileBytes} /> : none),
    text: (template) => String(template.fileBytes),
  },
  {
    key: 'hosts',
    title: 'On hosts',
    width: 64,
    align: 'right',
    cell: (template) => formatCount(template.hosts.length),
    text: (template) => template.hosts.map(({ host }) => host).join(' '),
  },
  {
    key: 'vms',
    title: 'VMs',
    width: 52,
    align: 'right',
    cell: (template) => formatCount(template.vms),
    text: (template) => String(template.vms),
  },
  {
    key: 'created',
    title: 'Imported',
    width: 100,
    sortable: true,
    cell: (template) => <Timestamp atMs={Date.parse(template.createdAt)} />,
    text: (template) => template.createdAt,
  },
];
