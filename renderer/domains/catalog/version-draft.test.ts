import { describe, expect, it } from 'vitest';
import { periodPrice } from '../../../shared/domains/billing/price-component.ts';
import {
  askedBy,
  draftOf,
  emptyComponent,
  EMPTY_VERSION,
  priceOf,
  type VersionDraft,
} from './version-draft.ts';
import { versionFaults } from './version-faults.ts';

const bands = [
  { upTo: '100', price: '0.1', flat: '1' },
  { upTo: null, price: '0.05' },
];
const price = periodPrice.parse({
  currency: 'CZK',
  vat: 'included',
  proration: 'thirty-day',
  components: [
    { kind: 'set-up', id: 'set-up', price: '5' },
    { kind: 'recurring', id: 'fee', every: 'quarter', timing: 'in-arrears', price: '10.5', trialDays: 14 },
    {
      kind: 'allocation',
      id: 'ram',
      resource: 'gib',
      every: 'month',
      timing: 'in-advance',
      price: '2',
      included: '1',
    },
    {
      kind: 'usage',
      id: 'cpu',
      meter: 'vcpu-hours',
      every: 'month',
      pricing: { tiers: 'graduated', bands },
      cap: '9',
    },
    {
      kind: 'usage',
      id: 'mem',
      meter: 'memory-gib-hours',
      every: 'month',
      pricing: { tiers: 'package', package: '10', price: '1' },
    },
    {
      kind: 'pool',
      id: 'pool',
      meter: 'vm-hours',
      aggregate: 'peak',
      every: 'year',
      timing: 'in-advance',
      bought: '4',
      price: '3',
      overage: { tiers: 'flat', price: '0.2' },
    },
  ],
});
const draft = (...components: VersionDraft['components']): VersionDraft => ({ ...EMPTY_VERSION, components });

describe('the draft of a version', () => {
  it('of every kind of component becomes the price it was made from', () => {
    const typed = draftOf(price);
    expect(priceOf(typed)).toEqual(price);
    expect(versionFaults({ ...EMPTY_VERSION, ...typed }, false)).toEqual({});
    expect(askedBy(price)).toEqual({
      resources: ['gib'],
      meters: ['vcpu-hours', 'memory-gib-hours', 'vm-hours'],
    });
  });

  it('takes a comma for a point, and shows three decimals so that they are read again as they were', () => {
    const fee = (typed: string) => draft({ ...emptyComponent('recurring', 'fee'), price: typed });
    expect(priceOf(fee('12,50')).components[0]).toMatchObject({ price: '12.50' });
    expect(priceOf(fee('1 500,5')).components[0]).toMatchObject({ price: '1500.5' });
    const finer = { ...EMPTY_VERSION, ...draftOf(priceOf(fee('1.1250'))) };
    expect(
      draftOf({ ...price, components: [{ ...price.components[1]!, price: '1.125' } as never] }),
    ).toMatchObject({ components: [{ price: '1.1250' }] });
    expect(versionFaults(finer, false)).toEqual({});
  });

  it.each([
    ['a fee', draft(emptyComponent('recurring', 'fee'))],
    ['a set-up', draft(emptyComponent('set-up', 'set-up'))],
    ['usage', draft(emptyComponent('usage', 'cpu'))],
  ])('of %s that costs nothing yet is one that the engine takes', (_what, typed) => {
    expect(versionFaults(typed, false)).toEqual({});
    expect(periodPrice.safeParse(priceOf(typed)).success).toBe(true);
  });

  it.each([
    ['a new plan without a name', draft(), true, ['name']],
    [
      'an amount below 0',
      draft({ ...emptyComponent('recurring', 'fee'), price: '-5' }),
      false,
      ['components.0.price'],
    ],
    [
      'an amount that can be read in two ways',
      draft({ ...emptyComponent('recurring', 'fee'), price: '1,500' }),
      false,
      ['components.0.price'],
    ],
    [
      'one name twice',
      draft(emptyComponent('set-up', 'a'), emptyComponent('recurring', 'a')),
      false,
      ['components.1.id'],
    ],
    ['an allotment of nothing', draft(emptyComponent('allocation', 'ram')), false, ['components.0.resource']],
    ['a pool of nothing', draft(emptyComponent('pool', 'pool')), false, ['components.0.bought']],
    [
      'a most below the least',
      draft({ ...emptyComponent('usage', 'cpu'), minimum: '9', cap: '3' }),
      false,
      ['components.0.cap'],
    ],
    [
      'a band without an end',
      draft({ ...emptyComponent('usage', 'cpu'), tiers: 'volume' }),
      false,
      ['components.0.bands.0.upTo'],
    ],
  ])('with %s says what is wrong where', (_what, typed, isNew, paths) => {
    expect(Object.keys(versionFaults(typed, isNew))).toEqual(paths);
  });
});
