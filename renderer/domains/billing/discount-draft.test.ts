import { describe, expect, it } from 'vitest';
import { discountSchema } from '../../../shared/domains/billing/price-component.ts';
import { discountFaults, discountOf, EMPTY_DISCOUNT } from './discount-draft.ts';

describe('the draft of a discount', () => {
  it.each(['percent', 'amount', 'price', 'free-set-up'] as const)(
    'of %s is one that the engine takes',
    (kind) => {
      const made = discountOf({ ...EMPTY_DISCOUNT, kind, amount: '12.5', periods: '3', component: 'fee' });
      expect(discountSchema.parse(made)).toEqual(made);
    },
  );

  it.each([
    [{ amount: '' }, ['amount']],
    [{ amount: '101' }, ['amount']],
    [{ amount: '-5' }, ['amount']],
    [{ amount: '5', periods: '0' }, ['periods']],
    [{ amount: '5', id: ' ' }, ['id']],
  ])('with %j says what is wrong', (typed, fields) => {
    const draft = { ...EMPTY_DISCOUNT, ...typed };
    expect(Object.keys(discountFaults(draft))).toEqual(fields);
    expect(discountOf(draft)).toBeNull();
  });
});
