import { expect, it } from 'vitest';
import { explanationFacts } from './explanation-words.ts';

it.each([
  [null, []],
  [
    { kind: 'by-hand', reason: 'Ordered by telephone', by: 'Anna' },
    [
      ['Why', 'Ordered by telephone'],
      ['By', 'Anna'],
    ],
  ],
  [{ kind: 'again', number: 'FV 1', lineNo: 2 }, [['Billed again', 'line 2 of FV 1']]],
  [
    {
      kind: 'service',
      price: '10',
      units: '1',
      discounts: [],
      perPeriod: '10',
      days: 14,
      ofDays: 31,
      period: ['2026-08-01', '2026-09-01'],
      exact: '140/31',
    },
    [
      ['Price of a period', '10'],
      ['Units', '1'],
      ['A whole period', '10'],
      ['Days', '14 of 31 (2026-08-01 up to 2026-09-01, not included)'],
      ['Exactly', '4.5161… (140/31)'],
    ],
  ],
])('says how a charge came about: %#', (explanation, facts) => {
  expect(explanationFacts(explanation)).toEqual(facts);
});

it('names the readings of a meter, the first of many', () => {
  const events = Array.from({ length: 22 }, (_, at) => `e${at}`);
  const facts = explanationFacts({
    kind: 'usage',
    meter: 'out-gib',
    quantity: '5',
    events,
    alreadyMinor: '0',
  });
  expect(facts).toContainEqual(['Meter', 'out-gib']);
  expect(facts.at(-1)?.[0]).toBe('Readings, 22');
  expect(facts.at(-1)?.[1]).toMatch(/e19 and 2 more$/);
});
