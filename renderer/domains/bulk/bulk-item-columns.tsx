import type { BulkItem } from '../../../shared/domains/bulk/bulk-contract.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { itemLooks } from './bulk-looks.ts';

export const bulkItemColumns: readonly TableColumn<BulkItem>[] = [
  {
    key: 'state',
    title: 'Result',
    width: 100,
    sortable: true,
    fixed: true,
    cell: (item) => {
      const { word, tone, icon } = itemLooks[item.state];
      return <StateLabel word={word} tone={tone} icon={icon} strong={item.state === 'failed'} />;
    },
    text: (item) => itemLooks[item.state].word,
  },
  {
    key: 'name',
    title: 'VM',
    width: 160,
    sortable: true,
    fixed: true,
    cell: (item) => <span className="ik-med">{item.name}</span>,
    text: (item) => item.name,
  },
  {
    key: 'host',
    title: 'Host',
    width: 130,
    sortable: true,
    cell: (item) => item.host,
    text: (item) => item.host,
  },
  {
    key: 'reason',
    title: 'Why',
    width: 300,
    grow: true,
    cell: (item) => (
      <span className={item.state === 'failed' ? 'ik-bad' : 'ik-t2'} title={item.reason}>
        {item.reason}
      </span>
    ),
    text: (item) => item.reason,
  },
  {
    key: 'attempts',
    title: 'Tries',
    width: 52,
    align: 'right',
    spare: true,
    cell: (item) => (item.attempts === 0 ? <span className="ik-t3">–</span> : item.attempts),
    text: (item) => String(item.attempts),
  },
  {
    key: 'ended',
    title: 'Ended',
    width: 104,
    spare: true,
    cell: (item) =>
      item.endedAt ? <Timestamp atMs={Date.parse(item.endedAt)} /> : <span className="ik-t3">–</span>,
    text: (item) => item.endedAt ?? '',
  },
];
