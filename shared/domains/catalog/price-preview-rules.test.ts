import { describe, expect, it } from 'vitest';
import { localDate } from '../../kernel/local-date.ts';
import { periodPrice } from '../billing/price-component.ts';
import { pricePreview } from './price-preview-rules.ts';

const price = periodPrice.parse({
  currency: 'EUR',
  components: [
    { kind: 'set-up', id: 'set-up', price: '5' },
    { kind: 'recurring', id: 'fee', every: 'month', timing: 'in-advance', price: '10' },
    { kind: 'recurring', id: 'support', every: 'year', timing: 'in-advance', price: '60' },
    {
      kind: 'allocation',
      id: 'ram',
      resource: 'gib',
      every: 'month',
      timing: 'in-arrears',
      price: '2',
      included: '1',
    },
    {
      kind: 'usage',
      id: 'traffic',
      meter: 'gib-out',
      every: 'month',
      pricing: {
        tiers: 'graduated',
        bands: [
          { upTo: '100', price: '0.1' },
          { upTo: null, price: '0.05' },
        ],
      },
    },
  ],
});

describe('a preview of a price', () => {
  it('is what each month of the first year comes to, whichever day it begins on', () => {
    for (const from of ['2026-01-01', '2026-01-31', '2026-12-01']) {
      const preview = pricePreview(price, {
        from: localDate(from),
        quantity: '2',
        allocations: { gib: '4' },
        usedPerMonth: { 'gib-out': '120' },
      });
      // Set-up 10, fee 20, support 120, memory 6, traffic 10 + 1.
      expect(preview.months[0]).toBe(16_700n);
      expect(preview.months.slice(1)).toEqual(Array.from({ length: 11 }, () => 3_700n));
      expect(preview.first.map(({ component }) => component)).toEqual([
        'set-up',
        'fee',
        'support',
        'ram',
        'traffic',
      ]);
    }
  });

  it('of a trial is nothing until it ends', () => {
    const [fee] = periodPrice.parse({
      currency: 'EUR',
      components: [
        { kind: 'recurring', id: 'fee', every: 'month', timing: 'in-advance', price: '10', trialDays: 31 },
      ],
    }).components;
    const sold = { from: localDate('2026-01-01'), quantity: '1', allocations: {}, usedPerMonth: {} };
    const { months } = pricePreview({ ...price, components: [fee!] }, sold);
    expect(months.slice(0, 3)).toEqual([0n, 1_000n, 1_000n]);
  });
});
