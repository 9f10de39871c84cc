import { describe, expect, it } from 'vitest';
import { discountSchema, pricedPlan } from './price-component.ts';

const recurring = { kind: 'recurring', id: 'vps', every: 'month', timing: 'in-advance', price: '10.00' };
const usage = {
  kind: 'usage',
  id: 'traffic',
  meter: 'gib',
  every: 'month',
  pricing: { tiers: 'flat', price: '0.01' },
};
const plan = { id: 'small', currency: 'EUR', components: [recurring] };
const graduated = (...bands: object[]): object => ({
  ...plan,
  components: [{ ...usage, pricing: { tiers: 'graduated', bands } }],
});

describe('plans', () => {
  it('have what is not said', () => {
    expect(pricedPlan.parse(plan)).toEqual({
      ...plan,
      version: '1',
      vat: 'added',
      proration: 'actual-days',
      cycleOnChange: 'by-timing',
      components: [{ ...recurring, align: 'anchor', trialDays: 0 }],
    });
  });

  it.each([
    ['nothing in it', { ...plan, components: [] }, 'components'],
    ['a currency we do not sell in', { ...plan, currency: 'JPY' }, 'currency'],
    ['a negative price', { ...plan, components: [{ ...recurring, price: '-1' }] }, 'components.0.price'],
    [
      'a price that is no number',
      { ...plan, components: [{ ...recurring, price: '1,00' }] },
      'components.0.price',
    ],
    [
      'a period there is not',
      { ...plan, components: [{ ...recurring, every: 'moon' }] },
      'components.0.every',
    ],
    [
      'a negative trial',
      { ...plan, components: [{ ...recurring, trialDays: -1 }] },
      'components.0.trialDays',
    ],
    ['two of one name', { ...plan, components: [recurring, recurring] }, 'components.1.id'],
    ['a kind there is not', { ...plan, components: [{ kind: 'gift', id: 'x' }] }, 'components.0.kind'],
    [
      'bands that overlap',
      graduated({ upTo: '10', price: '1' }, { upTo: '5', price: '1' }, { upTo: null, price: '1' }),
      'components.0.pricing.bands.1.upTo',
    ],
    [
      'two bands of one end',
      graduated({ upTo: '10', price: '1' }, { upTo: '10.0', price: '1' }, { upTo: null, price: '1' }),
      'components.0.pricing.bands.1.upTo',
    ],
    ['bands that end', graduated({ upTo: '10', price: '1' }), 'components.0.pricing.bands.0.upTo'],
    [
      'a band after the last',
      graduated({ upTo: null, price: '1' }, { upTo: null, price: '1' }),
      'components.0.pricing.bands.0.upTo',
    ],
    [
      'a band of nothing',
      graduated({ upTo: '0', price: '1' }, { upTo: null, price: '1' }),
      'components.0.pricing.bands.0.upTo',
    ],
    [
      'a package of nothing',
      { ...plan, components: [{ ...usage, pricing: { tiers: 'package', package: '0', price: '1' } }] },
      'components.0.pricing.package',
    ],
    [
      'a most below its least',
      { ...plan, components: [{ ...usage, minimum: '10', cap: '9.99' }] },
      'components.0.cap',
    ],
    [
      'a pool of nothing',
      {
        ...plan,
        components: [
          {
            kind: 'pool',
            id: 'p',
            meter: 'gib',
            every: 'month',
            timing: 'in-advance',
            bought: '0.00',
            price: '1',
            overage: { tiers: 'flat', price: '1' },
          },
        ],
      },
      'components.0.bought',
    ],
  ])('with %s are refused, with the path', (_what, said, path) => {
    const parsed = pricedPlan.safeParse(said);
    expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
  });

  it.each([
    ['more than all', { kind: 'percent', id: 'x', percent: '100.01' }, 'percent'],
    ['a negative amount', { kind: 'amount', id: 'x', amount: '-1' }, 'amount'],
    ['no period', { kind: 'amount', id: 'x', amount: '1', periods: 0 }, 'periods'],
  ])('a discount of %s is refused', (_what, said, path) => {
    const parsed = discountSchema.safeParse(said);
    expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
  });
});
