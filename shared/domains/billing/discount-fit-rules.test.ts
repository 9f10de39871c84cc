import { expect, test } from 'vitest';
import { sentenceOf } from '../../contract/outcome.ts';
import { discountAsGiven, discountFault } from './discount-fit-rules.ts';
import { discountSchema, periodPrice } from './price-component.ts';
import { changing } from './subscription-reasons.ts';

const month = { every: 'month', timing: 'in-advance' };
const fee = { kind: 'recurring', id: 'fee', ...month, price: '310' };
const vcpu = { kind: 'allocation', id: 'vcpu', resource: 'vcpu', ...month, price: '10' };
const seats = {
  kind: 'usage',
  id: 'seats',
  meter: 'seats',
  every: 'month',
  pricing: { tiers: 'flat', price: '5' },
};
const setUp = { kind: 'set-up', id: 'install', price: '99' };
const componentsOf = (...components: object[]) =>
  periodPrice.parse({ currency: 'PLN', components }).components;
const given = (of: object) => discountSchema.parse({ id: 'd', ...of });

const all = [fee, vcpu, seats, setUp];
const amount = { kind: 'amount', amount: '15' };
const price = { kind: 'price', price: '100' };
const half = { kind: 'percent', percent: '50' };
test.each<[object, object[], string | null]>([
  [
    amount,
    all,
    'An amount off a period, or another price of it, is of one component of A-4: say of which, fee, vcpu.',
  ],
  [
    { ...price, components: ['fee', 'vcpu'] },
    all,
    'An amount off a period, or another price of it, is of one component of A-4: say of which, fee, vcpu.',
  ],
  [{ ...amount, components: ['fee'] }, all, null],
  [price, [fee, seats, setUp], null],
  [
    { ...half, components: ['typo'] },
    all,
    'A-4 has no component typo that a discount could be on: it has fee, vcpu, seats, install.',
  ],
  [
    { ...amount, components: ['seats'] },
    all,
    'The discount cannot be on seats of A-4: it is usage, which has no price of a period that an amount would come off or that another could replace: take a percentage off it, or name fee or vcpu.',
  ],
  [
    { ...half, components: ['install'] },
    all,
    'The discount cannot be on install of A-4: it is charged once, and nothing but free set-up takes it off, or name fee or vcpu or seats.',
  ],
  [
    { kind: 'free-set-up', components: ['fee'] },
    all,
    'The discount cannot be on fee of A-4: it is no set-up, or name install.',
  ],
  [
    amount,
    [seats],
    'The discount cannot be on seats of A-4: it has no price of a period that an amount would come off.',
  ],
  [
    { ...half, components: ['seats'], metered: false },
    all,
    'The discount cannot be on seats of A-4: it is usage, and this one is said not to be off what is metered.',
  ],
  [half, all, null],
  [{ ...half, components: ['fee', 'seats'] }, all, null],
  [{ kind: 'free-set-up' }, all, null],
])('%j on %j: %s', (discount, components, sentence) => {
  const fault = discountFault({ name: 'A-4', components: componentsOf(...components) }, given(discount));
  expect(fault === undefined ? null : sentenceOf(changing[fault.code], fault.facts)).toBe(sentence);
});

test('is kept by the one component it is on, and with whether it is off usage', () => {
  const [one, several] = [componentsOf(fee, seats), componentsOf(...all)];
  expect(discountAsGiven(given(amount), one)).toMatchObject({ components: ['fee'] });
  expect(discountAsGiven(given(half), several)).toMatchObject({ metered: true });
  expect(discountAsGiven(given(half), several)).not.toHaveProperty('components');
  expect(discountAsGiven(given({ ...half, metered: false }), several)).toMatchObject({ metered: false });
});
