import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconClock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import type { PaymentRow } from '../../../shared/domains/payments/payments-contract.ts';
import { moneyFromWire, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';
import { StateLabel } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';

const STATES = {
  allocated: { word: 'On invoices', tone: 'ok', icon: IconCircleCheck },
  unallocated: { word: 'Not all on invoices', tone: 'warn', icon: IconClock },
  reversed: { word: 'Taken back', tone: 'idle', icon: IconArrowBackUp },
} as const;

export function paymentState({ state }: Pick<PaymentRow, 'state'>) {
  return STATES[state];
}

export const paymentColumns: readonly TableColumn<PaymentRow>[] = [
  {
    key: 'received',
    title: 'Received',
    width: 96,
    fixed: true,
    sortable: true,
    cell: (payment) => <span className="ik-tn">{formatDay(payment.receivedOn)}</span>,
    text: (payment) => payment.receivedOn,
  },
  {
    key: 'reference',
    title: 'Bank reference',
    width: 150,
    cell: (payment) => (
      <span className="ik-med" title={payment.reference}>
        {payment.reference}
      </span>
    ),
    text: (payment) => payment.reference,
  },
  {
    key: 'customer',
    title: 'Customer',
    width: 150,
    grow: true,
    sortable: true,
    cell: (payment) => <span title={payment.customer}>{payment.customer}</span>,
    text: (payment) => payment.customer,
  },
  {
    key: 'state',
    title: 'State',
    width: 150,
    cell: (payment) => <StateLabel {...paymentState(payment)} />,
    text: (payment) => paymentState(payment).word,
  },
  {
    key: 'amount',
    title: 'Amount',
    width: 112,
    align: 'right',
    sortable: true,
    cell: (payment) => <MoneyText money={payment.amount} />,
    text: (payment) => moneyToDecimalText(moneyFromWire(payment.amount)),
  },
  {
    key: 'unallocated',
    title: 'On no invoice',
    width: 112,
    align: 'right',
    cell: (payment) => <MoneyText money={payment.unallocated} withoutCurrency />,
    text: (payment) => moneyToDecimalText(moneyFromWire(payment.unallocated)),
  },
];
