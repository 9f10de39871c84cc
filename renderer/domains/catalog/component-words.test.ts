import { expect, test } from 'vitest';
import { priceComponent } from '../../../shared/domains/billing/price-component.ts';
import { componentWords } from './component-words.ts';

const fee = { kind: 'recurring', id: 'fee', every: 'month', timing: 'in-advance', price: '19.95' };
const traffic = { kind: 'usage', id: 'traffic', meter: 'gib', every: 'month' };

test.each([
  [{ kind: 'set-up', id: 'set-up', price: '1250' }, '1,250.00 once'],
  [fee, '19.95 a month in advance'],
  [
    { kind: 'allocation', id: 'ip', resource: 'address', every: 'year', timing: 'in-arrears', price: '2' },
    '2.00 per address a year in arrears',
  ],
  [
    { ...traffic, included: '10', minimum: '5', pricing: { tiers: 'package', package: '100', price: '1' } },
    '1.00 per begun 100 of gib, 10 included, at least 5.00, a month',
  ],
  [
    {
      ...traffic,
      cap: '50',
      pricing: {
        tiers: 'graduated',
        bands: [
          { upTo: '10', price: '1' },
          { upTo: null, price: '0.5' },
        ],
      },
    },
    'gib graduated: 1.00 up to 10, 0.50 beyond, at most 50.00, a month',
  ],
  [
    {
      ...fee,
      kind: 'pool',
      meter: 'gib',
      bought: '20',
      price: '0.5',
      overage: { tiers: 'flat', price: '1' },
    },
    '20 of gib at 0.50 each a month in advance; beyond, 1.00 per unit of gib, of all the period',
  ],
])('%j is said as %j', (component, words) => {
  expect(componentWords(priceComponent.parse(component))).toBe(words);
});
