import IconArchive from '@tabler/icons-react/dist/esm/icons/IconArchive.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import type { CustomerRow } from '../../../shared/domains/customers/customers-contract.ts';
import { moneyFromWire, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import { MoneyText } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { countryName } from './country-options.ts';

export const customerStates = {
  active: { word: 'Active', tone: 'ok', icon: IconCircleCheck },
  archived: { word: 'Archived', tone: 'idle', icon: IconArchive },
} as const;

export function customerState(customer: Pick<CustomerRow, 'active'>) {
  return customerStates[customer.active ? 'active' : 'archived'];
}

const quietZero = (count: number) =>
  count === 0 ? <span className="ik-t3">0</span> : <span className="ik-tn">{formatCount(count)}</span>;

export const customerColumns: readonly TableColumn<CustomerRow>[] = [
  {
    key: 'number',
    title: 'Number',
    width: 76,
    sortable: true,
    cell: (customer) => <span className="ik-t2 ik-tn">{customer.number}</span>,
    text: (customer) => customer.number,
  },
  {
    key: 'name',
    title: 'Name',
    width: 190,
    grow: true,
    fixed: true,
    sortable: true,
    cell: (customer) => (
      <span className="ik-med" title={customer.name}>
        {customer.name}
      </span>
    ),
    text: (customer) => customer.name,
  },
  {
    key: 'country',
    title: 'Country',
    width: 96,
    cell: (customer) => <span title={customer.country}>{countryName(customer.country)}</span>,
    text: (customer) => customer.country,
  },
  {
    key: 'vatId',
    title: 'VAT id',
    width: 116,
    cell: (customer) =>
      customer.vatId === '' ? (
        <span className="ik-t3">{customer.kind === 'person' ? 'private person' : '–'}</span>
      ) : (
        <span className="ik-tn">{customer.vatId}</span>
      ),
    text: (customer) => customer.vatId,
  },
  {
    key: 'state',
    title: 'State',
    width: 84,
    cell: (customer) => <StateLabel {...customerState(customer)} />,
    text: (customer) => customerState(customer).word,
  },
  {
    key: 'vms',
    title: 'VMs',
    width: 44,
    align: 'right',
    cell: (customer) => quietZero(customer.vms),
    text: (customer) => String(customer.vms),
  },
  {
    key: 'subscriptions',
    title: 'Subscriptions',
    width: 84,
    align: 'right',
    cell: (customer) => quietZero(customer.subscriptions),
    text: (customer) => String(customer.subscriptions),
  },
  {
    key: 'balance',
    title: 'Balance',
    width: 124,
    align: 'right',
    sortable: true,
    cell: (customer) => <MoneyText money={customer.balance} />,
    text: (customer) => moneyToDecimalText(moneyFromWire(customer.balance)),
  },
  {
    key: 'currency',
    title: 'Currency',
    width: 64,
    optional: true,
    cell: (customer) => customer.currency,
    text: (customer) => customer.currency,
  },
  {
    key: 'city',
    title: 'City',
    width: 110,
    optional: true,
    cell: (customer) => customer.city,
    text: (customer) => customer.city,
  },
  {
    key: 'email',
    title: 'E-mail',
    width: 180,
    optional: true,
    cell: (customer) => customer.email,
    text: (customer) => customer.email,
  },
  {
    key: 'created',
    title: 'Since',
    width: 104,
    sortable: true,
    optional: true,
    cell: (customer) => <Timestamp atMs={Date.parse(customer.createdAt)} />,
    text: (customer) => customer.createdAt,
  },
];
