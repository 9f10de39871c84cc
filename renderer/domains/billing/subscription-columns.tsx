import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import { addDays, localDate } from '../../../shared/kernel/local-date.ts';
import { formatDay } from '../../ui/format.ts';
import { StateLabel } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { formatPrice } from '../catalog/price-words.ts';
import { costWords } from './subscription-words.ts';
import { subscriptionState } from './subscription-state.ts';

const dash = <span className="ik-t3">–</span>;
const price = (amount: string) =>
  /[1-9]/.test(amount) ? <span className="ik-tn">{formatPrice(amount)}</span> : dash;
/** The day before one that is excluded. */
export const dayBefore = (day: string): string => addDays(localDate(day), -1);

const multiplied = (amount: string, times: number): string => (times === 1 ? amount : `${times} × ${amount}`);

/** Columns of the subscriptions; each has its state by the day it is where its own days are billed. */
export const SUBSCRIPTION_COLUMNS: readonly TableColumn<SubscriptionRow>[] = [
  {
    key: 'customer',
    title: 'Customer',
    width: 170,
    grow: true,
    fixed: true,
    sortable: true,
    cell: (row) => (
      <span className="ik-med" title={row.customer}>
        {row.customer}
      </span>
    ),
    text: (row) => row.customer,
  },
  {
    key: 'plan',
    title: 'Plan',
    width: 96,
    sortable: true,
    cell: (row) => row.plan,
    text: (row) => row.plan,
  },
  {
    key: 'vm',
    title: 'VM',
    width: 110,
    cell: (row) => (row.vm === '' ? dash : <span title={row.vm}>{row.vm}</span>),
    text: (row) => row.vm,
  },
  {
    key: 'state',
    title: 'State',
    width: 84,
    cell: (row) => <StateLabel {...subscriptionState(row)} />,
    text: (row) => subscriptionState(row).word,
  },
  {
    key: 'started',
    title: 'First day',
    width: 92,
    sortable: true,
    cell: (row) => <span className="ik-tn">{formatDay(row.startsOn)}</span>,
    text: (row) => row.startsOn,
  },
  {
    key: 'ends',
    title: 'Last day',
    width: 92,
    spare: true,
    cell: (row) => (row.endsOn ? <span className="ik-tn">{formatDay(dayBefore(row.endsOn))}</span> : dash),
    text: (row) => (row.endsOn ? dayBefore(row.endsOn) : ''),
  },
  {
    key: 'charged',
    title: 'Charged to',
    width: 92,
    spare: true,
    cell: (row) =>
      row.chargedUntil > row.startsOn ? (
        <span className="ik-tn">{formatDay(dayBefore(row.chargedUntil))}</span>
      ) : (
        dash
      ),
    text: (row) => (row.chargedUntil > row.startsOn ? dayBefore(row.chargedUntil) : ''),
  },
  {
    key: 'currency',
    title: 'Currency',
    width: 64,
    cell: (row) => row.price.currency,
    text: (row) => row.price.currency,
  },
  {
    key: 'month',
    title: 'Month',
    width: 84,
    align: 'right',
    cell: (row) =>
      row.periodPrice ? (
        <span className="ik-t2" title={costWords(row)}>
          by period
        </span>
      ) : (
        <span title={costWords(row)}>
          {row.dailyQuantity === 1 ? null : <span className="ik-u">{row.dailyQuantity} × </span>}
          {price(row.price.perMonth)}
        </span>
      ),
    text: (row) => (row.periodPrice ? 'by period' : multiplied(row.price.perMonth, row.dailyQuantity)),
  },
  {
    key: 'vcpu',
    title: 'vCPU-hour',
    width: 76,
    spare: true,
    align: 'right',
    cell: (row) => price(row.price.perVcpuHour),
    text: (row) => row.price.perVcpuHour,
  },
  {
    key: 'gib',
    title: 'GiB-hour',
    width: 72,
    spare: true,
    align: 'right',
    cell: (row) => price(row.price.perGibHour),
    text: (row) => row.price.perGibHour,
  },
];
