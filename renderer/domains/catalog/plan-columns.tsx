import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleOff from '@tabler/icons-react/dist/esm/icons/IconCircleOff.mjs';
import type { PlanPrice, PlanRow } from '../../../shared/domains/catalog/catalog-contract.ts';
import { CURRENCIES } from '../../../shared/kernel/money.ts';
import { formatCount } from '../../ui/format.ts';
import { StateLabel } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { componentWords } from './component-words.ts';
import { formatPrice } from './price-words.ts';

const STATES = {
  sold: { word: 'Sold', tone: 'ok', icon: IconCircleCheck },
  retired: { word: 'Retired', tone: 'idle', icon: IconCircleOff },
} as const;

export function planState(plan: Pick<PlanRow, 'active'>) {
  return STATES[plan.active ? 'sold' : 'retired'];
}

/** `310.00 + 0.0125 + 0.004`: month, vCPU-hour, GiB-hour; what costs nothing is left out. */
function shortPrice(price: PlanPrice): string {
  const parts = [price.perMonth, price.perVcpuHour, price.perGibHour];
  const month = formatPrice(price.perMonth);
  return parts.slice(1).some((hour) => /[1-9]/.test(hour)) ? `${month} + hours` : month;
}

const currencyColumn = (currency: string, optional: boolean): TableColumn<PlanRow> => ({
  key: currency,
  title: currency,
  width: 118,
  align: 'right',
  optional,
  cell: (plan) => {
    const price = plan.prices.find((each) => each.currency === currency);
    const version = plan.periodPrices.find((each) => each.price.currency === currency);
    if (version) {
      const words = version.price.components.map(componentWords);
      return (
        <span title={words.join('; ')}>{words.length === 1 ? words[0] : `${words.length} components`}</span>
      );
    }
    return price ? (
      <span
        className="ik-tn"
        title={`${price.perMonth} a month, ${price.perVcpuHour} per vCPU-hour, ${price.perGibHour} per GiB-hour`}
      >
        {shortPrice(price)}
      </span>
    ) : (
      <span className="ik-t3">–</span>
    );
  },
  text: (plan) => plan.prices.find((each) => each.currency === currency)?.perMonth ?? '',
});

const USUAL = ['EUR', 'PLN', 'CZK'];

export const planColumns: readonly TableColumn<PlanRow>[] = [
  {
    key: 'name',
    title: 'Name',
    width: 130,
    fixed: true,
    sortable: true,
    cell: (plan) => <span className="ik-med">{plan.name}</span>,
    text: (plan) => plan.name,
  },
  {
    key: 'description',
    title: 'Description',
    width: 160,
    grow: true,
    cell: (plan) => (
      <span className="ik-t2" title={plan.description}>
        {plan.description}
      </span>
    ),
    text: (plan) => plan.description,
  },
  {
    key: 'state',
    title: 'State',
    width: 84,
    cell: (plan) => <StateLabel {...planState(plan)} />,
    text: (plan) => planState(plan).word,
  },
  {
    key: 'subscriptions',
    title: 'Subscriptions',
    width: 88,
    align: 'right',
    cell: (plan) =>
      plan.subscriptions === 0 ? (
        <span className="ik-t3">0</span>
      ) : (
        <span className="ik-tn">{formatCount(plan.subscriptions)}</span>
      ),
    text: (plan) => String(plan.subscriptions),
  },
  ...Object.keys(CURRENCIES).map((currency) => currencyColumn(currency, !USUAL.includes(currency))),
];
