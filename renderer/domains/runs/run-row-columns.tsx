import type { RunRow } from '../../../shared/domains/runs/runs-contract.ts';
import { moneyFromWire, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import type { MoneyWire } from '../../../shared/kernel/money.ts';
import { formatMinor } from '../../ui/format.ts';
import { StateLabel } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { ChangeBar, ChangeText, percentText } from './run-figures.tsx';
import { rowLooks, severityLooks } from './run-looks.ts';

const plain = (money: MoneyWire | null): string =>
  money === null ? '' : moneyToDecimalText(moneyFromWire(money));

function Amount({ money }: { money: MoneyWire | null }) {
  return money === null ? <span className="ik-t3">–</span> : formatMinor(money.amountMinor);
}

function Mark({ row }: { row: RunRow }) {
  if (row.state === 'held' || row.state === 'left-out' || row.state === 'posted')
    return <StateLabel {...rowLooks[row.state]} />;
  if (row.decision === 'accepted') return <StateLabel tone="ok" icon={rowLooks.ready.icon} word="Accepted" />;
  if (row.severity === 'none') return <span className="ik-t3">None</span>;
  return <StateLabel {...severityLooks[row.severity]} />;
}

export const runRowColumns: readonly TableColumn<RunRow>[] = [
  {
    key: 'customer',
    title: 'Customer',
    width: 160,
    grow: true,
    fixed: true,
    sortable: true,
    className: 'ik-med',
    hint: (row) => `${row.customer} (${row.customerNumber})`,
    cell: (row) => row.customer,
    text: (row) => row.customer,
  },
  {
    key: 'number',
    title: 'Number',
    width: 88,
    spare: true,
    optional: true,
    className: 'ik-t2',
    cell: (row) => row.customerNumber,
    text: (row) => row.customerNumber,
  },
  {
    key: 'currency',
    title: 'Cur.',
    width: 48,
    className: 'ik-t3',
    cell: (row) => row.currency,
    text: (row) => row.currency,
  },
  {
    key: 'before',
    title: 'Before',
    width: 88,
    spare: true,
    align: 'right',
    sortable: true,
    cell: (row) => <Amount money={row.before} />,
    text: (row) => plain(row.before),
  },
  {
    key: 'now',
    title: 'Now',
    width: 88,
    align: 'right',
    sortable: true,
    className: 'ik-med',
    cell: (row) => <Amount money={row.now} />,
    text: (row) => plain(row.now),
  },
  {
    key: 'change',
    title: 'Change',
    width: 92,
    align: 'right',
    sortable: true,
    cell: (row) => <ChangeText money={row.change} />,
    text: (row) => plain(row.change),
  },
  {
    key: 'bar',
    title: '',
    width: 72,
    spare: true,
    cell: (row) => <ChangeBar percent={row.changePercent} />,
  },
  {
    key: 'percent',
    title: '%',
    width: 76,
    spare: true,
    align: 'right',
    sortable: true,
    className: 'ik-t2',
    cell: (row) => (row.changePercent === null ? '' : percentText(row.changePercent)),
    text: (row) => (row.changePercent === null ? '' : String(row.changePercent)),
  },
  {
    key: 'why',
    title: 'Reason',
    width: 170,
    grow: true,
    hint: (row) => row.why,
    cell: (row) => row.why,
    text: (row) => row.why,
  },
  {
    key: 'severity',
    title: 'Anomaly',
    width: 92,
    sortable: true,
    cell: (row) => <Mark row={row} />,
    text: (row) => (row.state === 'ready' ? row.severity : row.state),
  },
];
