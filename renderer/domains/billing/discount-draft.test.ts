import { describe, expect, it } from 'vitest';
import { discountSchema, periodPrice } from '../../../shared/domains/billing/price-component.ts';
import { discountFaults, discountOf, EMPTY_DISCOUNT } from './discount-draft.ts';

const billed = { every: 'month', timing: 'in-advance', price: '2' };
const { components } = periodPrice.parse({
  currency: 'EUR',
  components: [
    { kind: 'recurring', id: 'fee', ...billed },
    { kind: 'recurring', id: 'care', ...billed },
    { kind: 'set-up', id: 'install', price: '9' },
    { kind: 'usage', id: 'seats', meter: 'm', every: 'month', pricing: { tiers: 'flat', price: '1' } },
  ],
});

describe('the draft of a discount', () => {
  it.each(['percent', 'amount', 'price', 'free-set-up'] as const)(
    'of %s is one that the engine takes',
    (kind) => {
      const component = kind === 'free-set-up' ? 'install' : 'fee';
      const typed = { ...EMPTY_DISCOUNT, kind, amount: '12.5', periods: '3', component };
      const made = discountOf(typed, components);
      expect(discountSchema.parse(made)).toEqual(made);
    },
  );

  it.each([
    [{ amount: '' }, ['amount']],
    [{ amount: '101' }, ['amount']],
    [{ amount: '-5' }, ['amount']],
    [{ amount: '5', periods: '0' }, ['periods']],
    [{ amount: '5', id: ' ' }, ['id']],
    [{ amount: '5', component: 'gone' }, ['component']],
    [{ amount: '5', component: 'install' }, ['component']],
    [{ kind: 'amount', amount: '5' } as const, ['component']],
    [{ kind: 'price', amount: '5', component: 'seats' } as const, ['component']],
  ])('with %j says what is wrong', (typed, fields) => {
    const draft = { ...EMPTY_DISCOUNT, ...typed };
    expect(Object.keys(discountFaults(draft, components))).toEqual(fields);
    expect(discountOf(draft, components)).toBeNull();
  });

  it('asks whether it is off usage only where it is on something else as well', () => {
    const typed = { ...EMPTY_DISCOUNT, amount: '5', isOffMetered: false };
    expect(discountOf(typed, components)).toMatchObject({ metered: false });
    for (const component of ['fee', 'seats'])
      expect(discountOf({ ...typed, component }, components)).not.toHaveProperty('metered');
  });
});
