import { describe, expect, it } from 'vitest';
import { periodPrice } from '../../../shared/domains/billing/price-component.ts';
import { NO_TERMS, termsFault, termsOf } from './sale-terms.ts';

const billed = { every: 'month', timing: 'in-advance', price: '2' };
const price = periodPrice.parse({
  currency: 'EUR',
  components: [
    { kind: 'recurring', id: 'fee', ...billed },
    { kind: 'allocation', id: 'ram', resource: 'memory-gib', ...billed },
  ],
});
const discounted = (component: string) => ({
  isDiscounted: true,
  discount: { ...NO_TERMS.discount, amount: '10', component },
});

describe('what is agreed beside a plan', () => {
  it('is sent as the contract takes it, however its numbers were typed', () => {
    const terms = { ...NO_TERMS, quantity: '1 500,5', units: { 'memory-gib': '8' }, ...discounted('fee') };
    expect(termsFault(terms, price)).toBeNull();
    expect(termsOf(terms, price)).toEqual({
      quantity: '1500.5',
      allocations: { 'memory-gib': '8' },
      discounts: [expect.objectContaining({ percent: '10', components: ['fee'] })],
    });
  });

  it('leaves out what was typed for another plan', () => {
    const terms = { ...NO_TERMS, units: { vcpu: '1,500' } };
    expect(termsFault(terms, price)).toBeNull();
    expect(termsOf(terms, price)).toEqual({});
  });

  it('is not sent with a discount on a component of another plan, unless that is taken away', () => {
    const terms = { ...NO_TERMS, ...discounted('support') };
    expect(termsFault(terms, price)).toBe('Say which component the discount is on, or take it away.');
    expect(termsFault({ ...terms, isDiscounted: false }, price)).toBeNull();
    expect(termsFault({ ...terms, ...discounted('ram') }, price)).toBeNull();
  });

  it('is not sent while a number can be read in two ways', () => {
    expect(termsFault({ ...NO_TERMS, quantity: '1,500' }, price)).toMatch(/can be 1500/);
  });
});
