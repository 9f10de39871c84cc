import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { monthly, planOf, run, story, subscribe } from '../../../testing/billing-story.ts';
import { root } from '../../../testing/laws/source-files.ts';
import { replayFile } from './file-replay.ts';

/** Transcribed from public suites and kept beside the repository; where they are not, our own stories stand alone. */
const folder = ['../shared', '../../shared']
  .map((shared) => join(root, shared, 'vectors/billing'))
  .find((path) => existsSync(path));

describe.skipIf(folder === undefined)('public vectors', () => {
  const files = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));
  it.each(files)('%s all pass', (name) => {
    const verdicts = replayFile(JSON.parse(readFileSync(join(folder ?? '', name), 'utf8')));
    if ('issues' in verdicts) throw new Error(JSON.stringify(verdicts.issues));
    expect(verdicts.length).toBeGreaterThan(5);
    expect(verdicts.filter(({ fault }) => fault !== null)).toEqual([]);
  });
});

const good = story('s', planOf(monthly('30.00')), [
  subscribe('2027-06-01'),
  run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
]);
const withStep = (step: object): object => ({ stories: [{ ...good, steps: [...good.steps, step] }] });

describe('what fails says what was expected and what it got', () => {
  it.each([
    [{ expect: { balance: '31' } }, 'balance 31', 'balance 30.00'],
    [
      { expect: { lines: [['2027-06-01', '2027-07-01', '1']] } },
      'lines 2027-06-01..2027-07-01 1.00',
      'lines (none)',
    ],
    [{ expect: { creditTotal: '1' } }, 'creditTotal 1', 'creditTotal none'],
    [
      { at: '2027-06-02', do: 'cancel', subscription: 'x', when: 'now' },
      'a step that can be',
      'there is no subscription x',
    ],
    [
      { at: '2027-06-02', do: 'adjust', line: 0, amount: '30.01' },
      'a step that can be',
      'only 30.00 is left of the line, not 30.01',
    ],
    [{ at: '2027-06-02', do: 'adjust', line: 1, amount: '1' }, 'a step that can be', 'there is no line 1'],
    [
      { at: '2027-06-02', do: 'subscribe', plan: 'p', as: 's1' },
      'a step that can be',
      'there is a subscription s1 already',
    ],
  ])('%j', (step, expected, got) => {
    expect(replayFile(withStep(step))).toEqual([{ name: 's step 3', fault: { expected, got } }]);
  });

  it('an event id with other content', () => {
    const usage = { at: '2027-06-02', do: 'usage', meter: 'gib', id: 'e' };
    const steps = [...good.steps, { ...usage, quantity: '1' }, { ...usage, quantity: '2' }];
    expect(replayFile({ stories: [{ ...good, steps }] })).toMatchObject([
      { fault: { got: 'the event e was recorded before with other content' } },
    ]);
  });

  it('vectors', () => {
    const cycles = {
      period: 'monthly',
      start: '2027-01-01',
      target: '2027-01-01',
      billCycleDay: 1,
      expectedCycles: '2',
    };
    expect(replayFile({ vectors: [cycles] })).toMatchObject([
      { fault: { expected: '2', got: '1.000000000' } },
    ]);
    const first = {
      from: '2027-01-02',
      billCycleDay: 1,
      period: 'MONTHLY',
      expectedFirstBillingCycleDate: '2027-01-01',
    };
    expect(replayFile({ vectors: [first] })).toMatchObject([
      { fault: { expected: '2027-01-01', got: '2027-02-01' } },
    ]);
    const fraction = {
      function: 'calculateProRationAfterLastBillingCycleDate',
      date1: '2027-06-15',
      date2: '2027-05-23',
      fixedDays: 28,
      expectedProration: '0.714285714',
    };
    expect(replayFile({ vectors: [fraction] })).toMatchObject([{ fault: null }]);
  });
});

describe('tiers are read as other suites write them', () => {
  it.each([
    [
      {
        bands: [
          ['10', '1'],
          [null, '0.5', '2'],
        ],
      },
    ],
    [
      {
        bands: [
          ['10', 1],
          ['1000', 0.5, 2],
        ],
      },
    ],
    [
      {
        ranges: [
          { from_value: 0, to_value: 10, per_unit_amount: '1', flat_amount: '0' },
          { from_value: 11, to_value: null, per_unit_amount: '0.5', flat_amount: '2' },
        ],
      },
    ],
    [
      {
        tiers: undefined,
        bands: [
          [0, 10, 1],
          [10, null, 0.5, 2],
        ],
      },
    ],
    [
      {
        price: [
          { upTo: '10', price: '1' },
          { upTo: null, price: '0.5', flat: '2' },
        ],
      },
    ],
  ])('%j', (of) => {
    const plan = planOf({ kind: 'usage', meter: 'gib', tiers: 'graduated', ...of });
    const told = story('s', plan, [
      subscribe('2027-06-01'),
      { at: '2027-06-02', do: 'usage', meter: 'gib', id: 'e', quantity: 12 },
      run('2027-07-01', '2027-06-01..2027-07-01 13.00'),
    ]);
    expect(replayFile({ stories: [told] })).toEqual([{ name: 's', fault: null }]);
  });
});
