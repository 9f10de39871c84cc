import type { Discount, PriceComponent } from '../../../shared/domains/billing/price-component.ts';
import {
  discountable,
  isMeteredComponent,
  isOfOne,
} from '../../../shared/domains/billing/discount-fit-rules.ts';
import { EXACT, readNumber } from '../../ui/typed-amount.ts';

/** What is typed of a discount. */
export interface DiscountDraft {
  kind: Discount['kind'];
  id: string;
  amount: string;
  /** Empty: all periods. */
  periods: string;
  /** Null: all components it can be on; where that is only one, that one. */
  component: string | null;
  /** Per cent: off usage and overage, too. */
  isOffMetered: boolean;
}

export const EMPTY_DISCOUNT: DiscountDraft = {
  kind: 'percent',
  id: 'discount',
  amount: '',
  periods: '',
  component: null,
  isOffMetered: true,
};

type Faults = Partial<Record<'id' | 'amount' | 'periods' | 'component', string>>;
type Components = readonly PriceComponent[];

/** Whether it can be said that it is off what is metered: where it is also on something else, which it would be on alone. */
export function asksForMetered({ kind, component }: DiscountDraft, components: Components): boolean {
  if (kind !== 'percent') return false;
  const on = components.filter(({ id }) => component === null || id === component);
  return on.some(isMeteredComponent) && on.some((each) => each.kind !== 'usage' && each.kind !== 'set-up');
}

/** Why it cannot be given on a plan of these components, by field; {} where nothing speaks against it. */
export function discountFaults(draft: DiscountDraft, components: Components): Faults {
  const { kind, id, amount, periods, component } = draft;
  const faults: Faults = {};
  const may = discountable(kind, components);
  if (component !== null && !may.includes(component))
    faults.component = components.some((each) => each.id === component)
      ? 'This kind of discount cannot be on it.'
      : 'Not of this plan.';
  else if (component === null && isOfOne(kind) && may.length !== 1)
    faults.component =
      may.length === 0
        ? 'The plan has no component with a price of a period.'
        : 'Say on which: on all of them it would be given several times.';
  if (id.trim() === '') faults.id = 'Give it a name.';
  if (kind === 'free-set-up') return faults;
  const read = readNumber(amount, EXACT);
  if (!read.ok) faults.amount = amount.trim() === '' ? 'A number such as 12.50.' : read.fault;
  else if (kind === 'percent' && Number(read.plain) > 100) faults.amount = 'At most 100 per cent.';
  if (!/^(|[1-9]\d{0,2}|1[01]\d\d|1200)$/.test(periods.trim())) faults.periods = 'A number, from 1 on.';
  return faults;
}

/** The discount as the contract takes it; null while something of it is at fault. */
export function discountOf(draft: DiscountDraft, components: Components): Discount | null {
  if (Object.keys(discountFaults(draft, components)).length > 0) return null;
  const { kind, component } = draft;
  const base = {
    id: draft.id.trim(),
    periods: draft.periods.trim() === '' ? null : Number(draft.periods),
    ...(component !== null && { components: [component] }),
  };
  const read = readNumber(draft.amount, EXACT);
  const amount = read.ok ? read.plain : '0';
  switch (kind) {
    case 'percent':
      return {
        kind,
        ...base,
        percent: amount,
        ...(asksForMetered(draft, components) && { metered: draft.isOffMetered }),
      };
    case 'amount':
      return { kind, ...base, amount };
    case 'price':
      return { kind, ...base, price: amount };
    case 'free-set-up':
      return { kind, ...base, periods: null };
  }
}
