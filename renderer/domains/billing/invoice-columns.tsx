import type { InvoiceRow } from '../../../shared/domains/billing/invoice-contract.ts';
import { moneyFromWire, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import type { MoneyWire } from '../../../shared/kernel/money.ts';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';
import type { TableColumn } from '../../ui/table-column.ts';
import { InvoiceStateLabel, invoiceState } from './invoice-state.tsx';
import { periodWords } from './period-words.ts';

const plain = (money: MoneyWire): string => moneyToDecimalText(moneyFromWire(money));

export const invoiceColumns: readonly TableColumn<InvoiceRow>[] = [
  {
    key: 'number',
    title: 'Number',
    width: 132,
    fixed: true,
    sortable: true,
    cell: (invoice) => <span className="ik-med ik-tn">{invoice.number}</span>,
    text: (invoice) => invoice.number,
  },
  {
    key: 'customer',
    title: 'Customer',
    width: 150,
    grow: true,
    sortable: true,
    cell: (invoice) => <span title={invoice.customer}>{invoice.customer}</span>,
    text: (invoice) => invoice.customer,
  },
  {
    key: 'state',
    title: 'State',
    width: 96,
    cell: (invoice) => <InvoiceStateLabel invoice={invoice} />,
    text: (invoice) => invoiceState(invoice).word,
  },
  {
    key: 'issued',
    title: 'Issued',
    width: 92,
    spare: true,
    sortable: true,
    cell: (invoice) => <span className="ik-tn">{formatDay(invoice.issuedOn)}</span>,
    text: (invoice) => invoice.issuedOn,
  },
  {
    key: 'due',
    title: 'Due',
    width: 92,
    sortable: true,
    cell: (invoice) => (
      <span className={invoice.overdue ? 'ik-tn ik-bad' : 'ik-tn'}>{formatDay(invoice.dueOn)}</span>
    ),
    text: (invoice) => invoice.dueOn,
  },
  {
    key: 'period',
    title: 'Period',
    width: 128,
    spare: true,
    cell: (invoice) => (
      <span className="ik-tn ik-t2">{periodWords(invoice.periodStart, invoice.periodEndExclusive)}</span>
    ),
    text: (invoice) => `${invoice.periodStart}/${invoice.periodEndExclusive}`,
  },
  {
    key: 'net',
    title: 'Net',
    width: 92,
    spare: true,
    align: 'right',
    cell: (invoice) => <MoneyText money={invoice.net} withoutCurrency />,
    text: (invoice) => plain(invoice.net),
  },
  {
    key: 'vat',
    title: 'VAT',
    width: 84,
    spare: true,
    align: 'right',
    cell: (invoice) => <MoneyText money={invoice.vat} withoutCurrency />,
    text: (invoice) => plain(invoice.vat),
  },
  {
    key: 'gross',
    title: 'Gross',
    width: 112,
    align: 'right',
    sortable: true,
    cell: (invoice) => (
      <span className="ik-med">
        <MoneyText money={invoice.gross} />
      </span>
    ),
    text: (invoice) => plain(invoice.gross),
  },
  {
    key: 'open',
    title: 'Open',
    width: 92,
    align: 'right',
    cell: (invoice) =>
      invoice.open.amountMinor === '0' ? (
        <span className="ik-t3">0.00</span>
      ) : (
        <MoneyText money={invoice.open} withoutCurrency />
      ),
    text: (invoice) => plain(invoice.open),
  },
  {
    key: 'currency',
    title: 'Currency',
    width: 64,
    spare: true,
    optional: true,
    cell: (invoice) => invoice.gross.currency,
    text: (invoice) => invoice.gross.currency,
  },
];
