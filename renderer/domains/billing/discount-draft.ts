import type { Discount } from '../../../shared/domains/billing/price-component.ts';

/** What is typed of a discount. */
export interface DiscountDraft {
  kind: Discount['kind'];
  id: string;
  amount: string;
  /** Empty: all periods. */
  periods: string;
  /** Null: all components. */
  component: string | null;
}

export const EMPTY_DISCOUNT: DiscountDraft = {
  kind: 'percent',
  id: 'discount',
  amount: '',
  periods: '',
  component: null,
};

type Faults = Partial<Record<'id' | 'amount' | 'periods', string>>;

/** Why it cannot be given, by field; {} where nothing speaks against it. */
export function discountFaults({ kind, id, amount, periods }: DiscountDraft): Faults {
  const faults: Faults = {};
  if (id.trim() === '') faults.id = 'Give it a name.';
  if (kind === 'free-set-up') return faults;
  if (!/^\d{1,15}(\.\d{1,10})?$/.test(amount.trim())) faults.amount = 'A number such as 12.50.';
  else if (kind === 'percent' && Number(amount) > 100) faults.amount = 'At most 100 per cent.';
  if (!/^(|[1-9]\d{0,2}|1[01]\d\d|1200)$/.test(periods.trim())) faults.periods = 'A number, from 1 on.';
  return faults;
}

/** The discount as the contract takes it; null while something of it is at fault. */
export function discountOf(draft: DiscountDraft): Discount | null {
  if (Object.keys(discountFaults(draft)).length > 0) return null;
  const { kind, component } = draft;
  const base = {
    id: draft.id.trim(),
    periods: draft.periods.trim() === '' ? null : Number(draft.periods),
    ...(component !== null && { components: [component] }),
  };
  const amount = draft.amount.trim();
  switch (kind) {
    case 'percent':
      return { kind, ...base, percent: amount };
    case 'amount':
      return { kind, ...base, amount };
    case 'price':
      return { kind, ...base, price: amount };
    case 'free-set-up':
      return { kind, ...base, periods: null };
  }
}
