import { describe, expect, it } from 'vitest';
import { monthly, planOf, run, story, subscribe } from '../../../testing/billing-story.ts';
import { replayFile, type EntryVerdict } from './file-replay.ts';

const good = story('s', planOf(monthly('30.00')), [
  subscribe('2027-06-01'),
  run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
]);
function replayed(content: unknown): readonly EntryVerdict[] {
  const verdicts = replayFile(content);
  if ('issues' in verdicts) throw new Error(JSON.stringify(verdicts.issues));
  return verdicts;
}

const withStep = (step: object): object => ({ stories: [{ ...good, steps: [...good.steps, step] }] });

const cycle = {
  period: 'monthly',
  start: '2027-01-01',
  target: '2027-01-01',
  billCycleDay: 1,
  expectedCycles: '1',
};

describe('what is none of the formats is refused', () => {
  it.each([
    [null, '', 'neither "stories" nor "vectors"'],
    ['stories', '', 'neither "stories" nor "vectors"'],
    [{ story: [good] }, '', 'neither "stories" nor "vectors"'],
    [{ vectors: [] }, 'vectors', 'there is nothing to replay in it'],
    [[], '', 'there is nothing to replay in it'],
    [{ stories: {} }, 'stories', 'a list of entries'],
  ])('%j', (content, path, message) => {
    expect(replayFile(content)).toMatchObject({
      issues: [{ path, message: expect.stringContaining(message) as string }],
    });
  });
});

describe('an entry that is wrong says where, and the others are replayed', () => {
  const withPlan = (component: object): object => ({ ...good, plans: { p: planOf(component as never) } });
  const usage = { kind: 'usage', meter: 'gib' };
  const { steps: _steps, ...noSteps } = good;
  it.each<[unknown, string, string]>([
    [7, 'stories.0', 'an object'],
    [{}, 'stories.0.customer', 'is missing'],
    [noSteps, 'stories.0.steps', 'is missing'],
    [
      { ...good, customer: { zone: 'Mars/Olympus', currency: 'EUR' } },
      'customer.zone',
      'a time zone such as',
    ],
    [{ ...good, customer: {} }, 'customer.currency', 'is missing'],
    [{ ...good, customer: { currency: 'euro' } }, 'customer.currency', 'three capital letters'],
    [{ ...good, customer: { currency: 'JPY' } }, 'customer.currency', 'two decimals'],
    [{ ...good, customer: { currency: 'EUR', anchorDay: 32 } }, 'customer.anchorDay', '31'],
    [withPlan(monthly('-1')), 'plans.p.components.0.price', 'not negative'],
    [withPlan({ ...monthly('1'), price: 'a lot' }), 'plans.p.components.0.price', 'a decimal number'],
    [withPlan({ ...monthly('1'), kind: 'magic' }), 'plans.p.components.0.kind', '"magic" is not known'],
    [withPlan({ ...monthly('1'), every: 'fortnight' }), 'plans.p.components.0.every', 'one of day, week'],
    [withPlan({ ...monthly('1'), every: 'constructor' }), 'plans.p.components.0.every', 'one of day, week'],
    [withPlan(usage), 'plans.p.components.0.price', 'is missing'],
    [withPlan({ ...usage, tiers: 'package', price: '1' }), 'plans.p.components.0.package', 'is missing'],
    [withPlan({ ...usage, tiers: 'volume' }), 'plans.p.components.0.bands', 'tiers volume want bands'],
    [
      withPlan({ ...usage, tiers: 'graduated', package: 10, bands: [[null, '1']] }),
      'plans.p.components.0.package',
      'goes with tiers package',
    ],
    [
      withPlan({ ...usage, tiers: 'flat', bands: [[null, '1']] }),
      'plans.p.components.0.tiers',
      'bands go with graduated or volume',
    ],
    [
      withPlan({
        ...usage,
        bands: [
          [10, 1],
          [5, 1],
        ],
      }),
      'plans.p.components.0',
      'a band ends after the one before',
    ],
    [withPlan({ ...usage, bands: [[10]] }), 'plans.p.components.0.bands.0', 'a band has a price'],
    [{ ...good, plans: {} }, 'steps.0.plan', 'there is no plan p: the story has none'],
    [
      { ...good, steps: [{ ...good.steps[0], plan: 'toString' }] },
      'steps.0.plan',
      'there is no plan toString',
    ],
  ])('%j', (entry, path, message) => {
    const at = path.startsWith('stories') ? path : `stories.0.${path}`;
    const [wrong, right] = replayed({ stories: [entry, good] });
    expect(wrong?.fault).toBe('not-read');
    expect(wrong?.issues?.find((issue) => issue.path.startsWith(at))?.message).toContain(message);
    expect(right).toEqual({ name: 's', fault: null });
  });

  it.each<[object, string, string]>([
    [{ at: '2027-02-30', do: 'run' }, '.at', 'a date as YYYY-MM-DD'],
    [{ do: 'run' }, '.at', 'is missing'],
    [{ at: '2027-02-20', do: 'dance' }, '.do', 'do "dance" is not known: one of subscribe, run'],
    [{ at: '2027-02-20' }, '', 'a step says do or expect'],
    [{ at: '2027-06-20', do: 'anchor', day: 0 }, '.day', '1'],
    [{ at: '2027-06-20', do: 'pay' }, '.amount', 'a decimal number'],
    [{ at: '2027-06-20', do: 'cancel', when: 'tomorrow' }, '.when', 'period-end'],
    [{ at: '2027-06-20', do: 'pause', when: 'period-end' }, '.when', 'now'],
    [{ expect: { lines: [['2027-06-01', '30.00']] } }, '.expect.lines.0', ''],
    [{ expect: { lines: [['2027-06-01', '2027-06-31', '30.00']] } }, '.expect.lines.0.1', ''],
  ])('a step %j', (step, path, message) => {
    const [wrong] = replayed(withStep(step));
    expect(wrong?.fault).toBe('not-read');
    const found = wrong?.issues?.find((issue) => issue.path === `stories.0.steps.3${path}`);
    expect(found?.message).toContain(message);
  });

  it('vectors of every kind in one file, with stories or alone', () => {
    const first = {
      from: '2027-01-02',
      billCycleDay: 1,
      period: 'MONTHLY',
      expectedFirstBillingCycleDate: '2027-02-01',
    };
    const bad = [{ expectedCycles: 'x' }, { expected: 1, test: 'testOfNothing' }];
    const all = replayed({ vectors: [cycle, ...bad, first], stories: [good] });
    expect(all.map(({ fault }) => fault)).toEqual([null, 'not-read', 'not-read', null, null]);
    expect(all[1]?.issues?.map(({ path }) => path)).toContain('vectors.1.expectedCycles');
    expect(all[2]).toMatchObject({
      name: 'vectors.2 testOfNothing',
      issues: [{ path: 'vectors.2', message: expect.stringContaining('expectedCycles') as string }],
    });
    expect(replayed([cycle, good]).map(({ fault }) => fault)).toEqual([null, null]);
  });
});

describe('a vector that cannot be is not read', () => {
  const fraction = { date1: '2027-05-23', date2: '2027-06-15', expectedProration: '0' };
  const before = { ...fraction, function: 'calculateProRationBeforeFirstBillingPeriod' };
  const after = { ...fraction, function: 'calculateProRationAfterLastBillingCycleDate' };
  it.each<[object, string, string]>([
    [{ ...cycle, end: '2026-12-31', expectedCycles: '0' }, 'end', 'a day that is not before the start'],
    [{ ...cycle, expectedCycles: '-1' }, 'expectedCycles', 'not negative'],
    [{ ...before, date2: '2027-05-22' }, 'date1', 'a day that is not after date2, the first billing date'],
    [after, 'date1', 'a day that is not before date2, the last billing date'],
    [{ ...before, expectedProration: -0.7 }, 'expectedProration', 'not negative'],
  ])('%j', (vector, path, message) => {
    const [wrong, right] = replayed({ vectors: [vector, cycle] });
    expect(wrong).toMatchObject({
      fault: 'not-read',
      issues: [{ path: `vectors.0.${path}`, message: expect.stringContaining(message) as string }],
    });
    expect(right?.fault).toBeNull();
  });

  it.each<[string, object]>([
    ['that ends as it starts', { ...cycle, end: '2027-01-01', expectedCycles: '0' }],
    ['of no days before', { ...before, date1: before.date2 }],
    ['of no days after', { ...after, date2: after.date1 }],
    ['with a tiny number', { ...before, date1: before.date2, expectedProration: 1e-10 }],
  ])('but one %s is', (_what, vector) => {
    expect(replayed({ vectors: [vector] })).toMatchObject([{ fault: null }]);
  });
});

describe('a field that is none is told of and left aside', () => {
  it.each<[object, string]>([
    [{ ...good, colour: 'red' }, 'stories.0.colour'],
    [{ ...good, customer: { ...good.customer, vat: 23 } }, 'stories.0.customer.vat'],
    [{ ...good, plans: { p: { components: [monthly('30.00')], trial: 3 } } }, 'stories.0.plans.p.trial'],
    [
      { ...good, plans: { p: planOf({ ...monthly('30.00'), trial: 3 } as never) } },
      'stories.0.plans.p.components.0.trial',
    ],
    [{ ...good, steps: [...good.steps, { at: '2027-06-02', do: 'run', hour: 3 }] }, 'stories.0.steps.3.hour'],
    [{ ...good, steps: [...good.steps, { expect: { total: 3 } }] }, 'stories.0.steps.3.expect.total'],
  ])('%j', (entry, path) => {
    const issues = [{ path, message: 'is no field here, and was left aside' }];
    expect(replayed({ stories: [entry] })).toEqual([{ name: 's', fault: null, issues }]);
  });

  it('not one that is for people', () => {
    const plan = { ...planOf(monthly('30.00')), name: 'Small', _line: 7 };
    const entry = { ...good, note: 'as in the book', plans: { p: plan } };
    expect(replayed({ stories: [entry] })).toEqual([{ name: 's', fault: null }]);
    expect(replayed({ vectors: [{ ...cycle, note: 'n', $ref: 1 }] })).toMatchObject([{ fault: null }]);
  });
});

describe('what may be said in more ways than one', () => {
  it.each<[string, object]>([
    ['no id', { ...good, id: undefined }],
    ['a currency we do not sell in', { ...good, customer: { ...good.customer, currency: 'GBP' } }],
    ['numbers', { ...good, plans: { p: planOf({ ...monthly('30.00'), price: 30 } as never) } }],
    [
      'ids as others write them',
      { ...good, plans: { p: planOf({ ...monthly('30.00'), id: 'Base_1' } as never) } },
    ],
    [
      'local times',
      { ...good, steps: [{ ...good.steps[0], at: '2027-06-01T23:30:00' }, ...good.steps.slice(1)] },
    ],
  ])('%s', (_what, entry) => {
    expect(replayed({ stories: [entry] })).toMatchObject([{ fault: null }]);
  });

  it('events without an id are events of their own', () => {
    const plan = planOf({ kind: 'usage', meter: 'gib', price: '1' });
    const event = { at: '2027-06-02', do: 'usage', meter: 'gib', quantity: 2 };
    const told = story('s', plan, [
      subscribe('2027-06-01'),
      event as never,
      event as never,
      run('2027-07-01', '2027-06-01..2027-07-01 4.00'),
    ]);
    expect(replayed({ stories: [told] })).toEqual([{ name: 's', fault: null }]);
  });
});
