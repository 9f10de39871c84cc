import type { Repricing, RepricingItem } from '../../../shared/domains/repricing/repricing-contract.ts';
import { moneyFromWire, moneyToDecimalText, type MoneyWire } from '../../../shared/kernel/money.ts';
import { formatCount, formatDay, formatMinor } from '../../ui/format.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { EVERY_WORDS } from '../catalog/component-words.ts';
import { effectWords, itemLooks, repricingLooks } from './repricing-looks.ts';

const plain = (money: MoneyWire | null): string =>
  money === null ? '' : moneyToDecimalText(moneyFromWire(money));

function Amount({ money, signed }: { money: MoneyWire | null; signed?: boolean }) {
  if (money === null) return <span className="ik-t3">–</span>;
  const minor = BigInt(money.amountMinor);
  if (signed === true && minor === 0n) return <span className="ik-t3">–</span>;
  return (
    <>
      {signed === true && minor > 0n ? '+' : ''}
      {formatMinor(minor)}
    </>
  );
}

function why(row: RepricingItem): string {
  if (row.why !== '') return row.why;
  const once = row.once !== null && row.once.amountMinor !== '0' ? `${plain(row.once)} set-up` : '';
  const usage = row.usage === 'other' ? 'usage is priced otherwise' : '';
  return [once, usage].filter(Boolean).join(', ');
}

export const itemColumns: readonly TableColumn<RepricingItem>[] = [
  {
    key: 'customer',
    title: 'Customer',
    width: 170,
    grow: true,
    fixed: true,
    sortable: true,
    className: 'ik-med',
    hint: (row) => `${row.customer} (${row.customerNumber})`,
    cell: (row) => row.customer,
    text: (row) => row.customer,
  },
  {
    key: 'plan',
    title: 'Sold',
    width: 160,
    hint: (row) => [row.plan, row.vm].filter(Boolean).join(' for '),
    cell: (row) => [row.plan, row.vm].filter(Boolean).join(' for '),
    text: (row) => [row.plan, row.vm].filter(Boolean).join(' for '),
  },
  {
    key: 'state',
    title: 'State',
    width: 120,
    sortable: true,
    cell: (row) => <StateLabel {...itemLooks[row.state]} />,
    text: (row) => row.state,
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
    key: 'now',
    title: 'Pays',
    width: 92,
    align: 'right',
    cell: (row) => <Amount money={row.now} />,
    text: (row) => plain(row.now),
  },
  {
    key: 'later',
    title: 'Will pay',
    width: 92,
    align: 'right',
    sortable: true,
    className: 'ik-med',
    cell: (row) => <Amount money={row.later} />,
    text: (row) => plain(row.later),
  },
  {
    key: 'change',
    title: 'Difference',
    width: 96,
    align: 'right',
    sortable: true,
    cell: (row) => <Amount money={row.change} signed />,
    text: (row) => plain(row.change),
  },
  {
    key: 'every',
    title: 'Per',
    width: 84,
    className: 'ik-t3',
    cell: (row) => (row.every === null ? '' : EVERY_WORDS[row.every]),
    text: (row) => row.every ?? '',
  },
  {
    key: 'on',
    title: 'From',
    width: 92,
    className: 'ik-tn',
    cell: (row) => (row.on === null ? <span className="ik-t3">–</span> : formatDay(row.on)),
    text: (row) => row.on ?? '',
  },
  {
    key: 'why',
    title: 'Why, and what else',
    width: 320,
    grow: true,
    hint: why,
    cell: why,
    text: why,
  },
];

export const repricingColumns: readonly TableColumn<Repricing>[] = [
  {
    key: 'plan',
    title: 'To',
    width: 160,
    grow: true,
    fixed: true,
    cell: (row) => <span className="ik-med">{row.plan}</span>,
    text: (row) => row.plan,
  },
  {
    key: 'effect',
    title: 'Takes effect',
    width: 170,
    cell: (row) => effectWords(row.effect),
    text: (row) => row.effect,
  },
  {
    key: 'state',
    title: 'State',
    width: 160,
    cell: (row) => <StateLabel {...repricingLooks[row.state]} />,
    text: (row) => repricingLooks[row.state].word,
  },
  {
    key: 'query',
    title: 'Subscriptions',
    width: 220,
    hint: (row) => row.query,
    cell: (row) =>
      row.query === '' ? <span className="ik-t3">all</span> : <span className="ik-q">{row.query}</span>,
    text: (row) => row.query,
  },
  {
    key: 'moved',
    title: 'Moved',
    width: 88,
    align: 'right',
    cell: (row) => formatCount(row.counts.done),
    text: (row) => String(row.counts.done),
  },
  {
    key: 'total',
    title: 'Of',
    width: 88,
    align: 'right',
    cell: (row) => formatCount(row.total),
    text: (row) => String(row.total),
  },
  {
    key: 'prepared',
    title: 'Prepared',
    width: 184,
    sortable: true,
    cell: (row) => (
      <span className="ik-t2">
        {row.preparedBy}, <Timestamp dated atMs={Date.parse(row.preparedAt)} />
      </span>
    ),
    text: (row) => row.preparedAt,
  },
];
