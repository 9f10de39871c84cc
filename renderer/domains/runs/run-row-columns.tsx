import type { RunRow } from '../../../shared/domains/runs/runs-contract.ts';
import { moneyFromWire, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import type { MoneyWire } from '../../../shared/kernel/money.ts';
import { formatMinor } from '../../ui/format.ts';
import type { IconComponent } from '../../ui/icon.ts';
import { StateLabel, Tag } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { ChangeBar, ChangeText, changeWords, percentText, type ChangeScale } from './run-figures.tsx';
import { findingIcon, rowLooks, severityLooks } from './run-looks.ts';
import { DOCUMENT_WORDS, reasonText } from './run-words.ts';

const plain = (money: MoneyWire | null): string =>
  money === null ? '' : moneyToDecimalText(moneyFromWire(money));

function Amount({ money }: { money: MoneyWire | null }) {
  if (money === null) return <span className="ik-t3">–</span>;
  const text = formatMinor(money.amountMinor);
  return money.amountMinor.startsWith('-') ? <span className="ik-bad">{text}</span> : text;
}

function Customer({ row }: { row: RunRow }) {
  if (row.type === 'invoice') return row.customer;
  return (
    <span className="ik-run-who">
      <span className="ik-el">{row.customer}</span>
      <Tag>Credit note</Tag>
    </span>
  );
}

function Sign({ icon: Icon }: { icon: IconComponent }) {
  return <Icon size={13} className="ik-run-why ik-t3" aria-hidden />;
}

function Reason({ row }: { row: RunRow }) {
  const icon = findingIcon(row.findings);
  return (
    <>
      {icon && row.why !== '' ? <Sign icon={icon} /> : null}
      {reasonText(row.why)}
    </>
  );
}

function Mark({ row }: { row: RunRow }) {
  if (row.state === 'held' || row.state === 'left-out' || row.state === 'posted')
    return <StateLabel {...rowLooks[row.state]} />;
  if (row.decision === 'accepted') return <StateLabel tone="ok" icon={rowLooks.ready.icon} word="Accepted" />;
  if (row.severity === 'none') return <span className="ik-t3">None</span>;
  return <StateLabel {...severityLooks[row.severity]} />;
}

/** What heads and bars go by. */
interface RunColumnWords {
  readonly now: string;
  readonly before: string;
  readonly scale: ChangeScale;
}

export const runRowColumns = ({ now, before, scale }: RunColumnWords): readonly TableColumn<RunRow>[] => [
  {
    key: 'customer',
    title: 'Customer',
    width: 140,
    grow: true,
    fixed: true,
    sortable: true,
    className: 'ik-med',
    hint: (row) =>
      `${row.customer} (${row.customerNumber})${row.credits === null ? '' : `, credit note of ${row.credits.number}`}`,
    cell: (row) => <Customer row={row} />,
    text: (row) => row.customer,
  },
  {
    key: 'type',
    title: 'Document',
    width: 88,
    spare: true,
    optional: true,
    className: 'ik-t2',
    cell: (row) => DOCUMENT_WORDS[row.type],
    text: (row) => row.type,
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
    width: 40,
    className: 'ik-t3',
    cell: (row) => row.currency,
    text: (row) => row.currency,
  },
  {
    key: 'before',
    title: before,
    width: 84,
    spare: true,
    align: 'right',
    sortable: true,
    cell: (row) => <Amount money={row.before} />,
    text: (row) => plain(row.before),
  },
  {
    key: 'now',
    title: now,
    width: 84,
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
    width: 64,
    spare: true,
    hint: (row) => (row.changeCompared === null ? '' : changeWords(row.changeCompared)),
    cell: (row) => <ChangeBar change={row.changeCompared} scale={scale} />,
  },
  {
    key: 'percent',
    title: '%',
    width: 64,
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
    width: 136,
    grow: true,
    hint: (row) => reasonText(row.why),
    cell: (row) => <Reason row={row} />,
    text: (row) => row.why,
  },
  {
    key: 'severity',
    title: 'Anomaly',
    width: 88,
    sortable: true,
    cell: (row) => <Mark row={row} />,
    text: (row) => (row.state === 'ready' ? row.severity : row.state),
  },
];
