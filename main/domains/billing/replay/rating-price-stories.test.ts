import { describeStories } from '../../../testing/billing-stories.ts';
import {
  cancel,
  change,
  discount,
  discountEnd,
  metered,
  monthly,
  on1,
  p30,
  planOf,
  run,
  story,
  subscribe,
  usage,
  type StoryForTest,
} from '../../../testing/billing-story.ts';

const discounts: StoryForTest[] = [
  story('a half for two months, and then not', p30, [
    subscribe('2027-06-01'),
    discount('2027-06-01', { id: 'half', kind: 'percent', percent: '50', periods: 2 }),
    run('2027-06-01', '2027-06-01..2027-07-01 15.00'),
    run('2027-07-01', '2027-07-01..2027-08-01 15.00'),
    run('2027-08-01', '2027-08-01..2027-09-01 30.00'),
  ]),
  story(
    'a discount is not given again when a month is changed within',
    { p: p30, q: planOf(monthly('60.00', { id: 'c0' })) },
    [
      subscribe('2027-06-01'),
      discount('2027-06-01', { id: 'half', kind: 'percent', percent: '50', periods: 1 }),
      run('2027-06-01', '2027-06-01..2027-07-01 15.00'),
      change('2027-06-16', { plan: 'q' }),
      run('2027-06-16', '2027-06-16..2027-07-01 -7.50', '2027-06-16..2027-07-01 15.00'),
      run('2027-07-01', '2027-07-01..2027-08-01 60.00'),
    ],
    on1,
  ),
  story('what is taken back is what was paid', p30, [
    subscribe('2027-06-01'),
    discount('2027-06-01', { id: 'half', kind: 'percent', percent: '50', periods: 1 }),
    run('2027-06-01', '2027-06-01..2027-07-01 15.00'),
    cancel('2027-06-11'),
    run('2027-06-11', '2027-06-11..2027-07-01 -10.00'),
  ]),
  story('a free month counts', p30, [
    subscribe('2027-06-01'),
    discount('2027-06-01', { id: 'free', kind: 'percent', percent: '100', periods: 1 }),
    run('2027-06-01'),
    run('2027-07-01', '2027-07-01..2027-08-01 30.00'),
  ]),
  story('an amount off, never below nothing', p30, [
    subscribe('2027-06-01'),
    discount('2027-06-01', { id: 'ten', kind: 'amount', amount: '10', periods: 1 }),
    discount('2027-06-01', { id: 'all', kind: 'amount', amount: '100', periods: 1, components: ['other'] }),
    run('2027-06-01', '2027-06-01..2027-07-01 20.00'),
    discount('2027-06-20', { id: 'much', kind: 'amount', amount: '100', periods: 1 }),
    run('2027-07-01'),
    run('2027-08-01', '2027-08-01..2027-09-01 30.00'),
  ]),
  story('a price of one’s own, for each of three', p30, [
    subscribe('2027-06-01', { quantity: '3' }),
    discount('2027-06-01', { id: 'own', kind: 'price', price: '25' }),
    run('2027-06-01', '2027-06-01..2027-07-01 75.00'),
    run(
      '2027-12-01',
      ...['06', '07', '08', '09', '10'].map(
        (m, i) =>
          `2027-${String(Number(m) + 1).padStart(2, '0')}-01..2027-${String(i + 8).padStart(2, '0')}-01 75.00`,
      ),
      '2027-12-01..2028-01-01 75.00',
    ),
  ]),
  story('percent and amount one after the other', p30, [
    subscribe('2027-06-01'),
    discount('2027-06-01', { id: 'a', kind: 'percent', percent: '50' }),
    discount('2027-06-01', { id: 'b', kind: 'amount', amount: '5' }),
    run('2027-06-01', '2027-06-01..2027-07-01 10.00'),
  ]),
  story(
    'set-up once, and free where it is said',
    planOf({ kind: 'set-up', price: '99.00' }, monthly('30.00')),
    [
      subscribe('2027-06-01', { quantity: '2' }),
      run('2027-06-01', '2027-06-01..2027-06-01 198.00', '2027-06-01..2027-07-01 60.00'),
      run('2027-07-01', '2027-07-01..2027-08-01 60.00'),
      subscribe('2027-07-02', { as: 's2' }),
      { at: '2027-07-02', do: 'discount', subscription: 's2', discount: { id: 'free', kind: 'free-set-up' } },
      run('2027-07-02', '2027-07-02..2027-08-02 30.00'),
    ],
  ),
];

/** Usage of June at 1.00, with what is said, discounted. */
function offUsage(id: string, price: object, used: string, given: object, ...bills: string[]): StoryForTest {
  const [first = '0', second = '0'] = bills;
  return story(
    id,
    metered({ tiers: 'flat', price: '1.00', ...price }),
    [
      subscribe('2027-06-01'),
      discount('2027-06-10', { id: 'off', ...given }),
      usage('2027-06-20', used),
      usage('2027-07-20', used),
      run('2027-07-01', `2027-06-01..2027-07-01 ${first}`),
      run('2027-08-01', `2027-07-01..2027-08-01 ${second}`),
    ],
    on1,
  );
}
const half = { kind: 'percent', percent: '50' };
const ended: StoryForTest[] = [
  story('a discount that ends leaves what is charged, in advance', p30, [
    subscribe('2027-06-01'),
    discount('2027-06-01', { id: 'off', ...half }),
    run('2027-06-01', '2027-06-01..2027-07-01 15.00'),
    discountEnd('2027-06-20', 'off'),
    run('2027-07-01', '2027-07-01..2027-08-01 30.00'),
  ]),
  story('what is charged anew after its end is without it', p30, [
    subscribe('2027-06-01'),
    discount('2027-06-01', { id: 'off', ...half }),
    run('2027-06-01', '2027-06-01..2027-07-01 15.00'),
    discountEnd('2027-06-10', 'off'),
    change('2027-06-16', { quantity: '2' }),
    run('2027-06-16', '2027-06-16..2027-07-01 -7.50', '2027-06-16..2027-07-01 30.00'),
  ]),
  story(
    'usage has it to the end of the period before its end',
    metered({ tiers: 'flat', price: '1.00' }),
    [
      subscribe('2027-06-01'),
      discount('2027-06-01', { id: 'off', ...half }),
      usage('2027-06-20', '10'),
      run('2027-07-01', '2027-06-01..2027-07-01 5.00'),
      usage('2027-07-10', '10'),
      discountEnd('2027-07-20', 'off'),
      run('2027-08-01', '2027-07-01..2027-08-01 10.00'),
    ],
    on1,
  ),
];
const discountsOnUsage: StoryForTest[] = [
  offUsage('a half off usage', {}, '60', half, '30.00', '30.00'),
  offUsage('a half off usage for one period', {}, '60', { ...half, periods: 1 }, '30.00', '60.00'),
  offUsage('a half off usage alone', {}, '60', { ...half, components: ['c0'] }, '30.00', '30.00'),
  offUsage('a half off something else', {}, '60', { ...half, components: ['fee'] }, '60.00', '60.00'),
  offUsage('a half that is not off usage', {}, '60', { ...half, metered: false }, '60.00', '60.00'),
  offUsage('a half comes off what a cap leaves', { cap: '40' }, '60', half, '20.00', '20.00'),
  story(
    'a half comes off what a minimum makes up for',
    metered({ tiers: 'flat', price: '1.00', minimum: '50' }),
    [
      subscribe('2027-06-01'),
      discount('2027-06-01', { id: 'off', ...half }),
      usage('2027-06-20', '30'),
      run('2027-07-01', '2027-06-01..2027-07-01 15.00', '2027-06-01..2027-07-01 10.00'),
    ],
    on1,
  ),
  story(
    'late usage has the discount of its own period, and takes none from another',
    metered({ tiers: 'flat', price: '1.00' }),
    [
      subscribe('2027-06-01'),
      discount('2027-06-01', { id: 'off', ...half, periods: 1 }),
      usage('2027-07-20', '10'),
      run('2027-07-01'),
      run('2027-08-01', '2027-07-01..2027-08-01 10.00'),
      { ...usage('2027-08-02', '8'), occurred: '2027-06-20' },
      run('2027-09-01', '2027-06-01..2027-07-01 4.00'),
    ],
    on1,
  ),
];

const bands = [
  ['10', '1.00'],
  ['100', '0.50'],
  [null, '0.10', '5.00'],
];
const tiers: StoryForTest[] = (
  [
    ['flat', { price: '0.25' }, '10', '2.50'],
    ['flat', { price: '0.005' }, '1', '0.01'],
    ['package', { package: '100', price: '2.95' }, '100', '2.95'],
    ['package', { package: '100', price: '2.95' }, '100.01', '5.90'],
    ['graduated', { bands }, '10', '10.00'],
    ['graduated', { bands }, '11', '10.50'],
    ['graduated', { bands }, '100', '55.00'],
    ['graduated', { bands }, '101', '60.10'],
    ['volume', { bands }, '10', '10.00'],
    ['volume', { bands }, '11', '5.50'],
    ['volume', { bands }, '100', '50.00'],
    ['volume', { bands }, '101', '15.10'],
    ['flat', { price: '1', included: '5' }, '5', '0'],
    ['flat', { price: '1', included: '5' }, '7', '2.00'],
    ['package', { package: '10', price: '1', included: '5' }, '15', '1.00'],
    ['flat', { price: '1', minimum: '50' }, '20', '20.00', '30.00'],
    ['flat', { price: '1', minimum: '50' }, '50', '50.00'],
    ['flat', { price: '1', minimum: '50' }, '70', '70.00'],
    ['flat', { price: '1', cap: '50' }, '50', '50.00'],
    ['flat', { price: '1', cap: '50' }, '51', '50.00'],
  ] as const
).map(([kind, of, quantity, ...amounts]) =>
  story(`${kind} ${JSON.stringify(of)} at ${quantity}`, metered({ tiers: kind, ...of }), [
    subscribe('2027-06-01'),
    usage('2027-06-10', quantity),
    run('2027-07-01', ...amounts.map((amount) => `2027-06-01..2027-07-01 ${amount}`)),
    run('2027-07-01'),
  ]),
);

describeStories({ discounts, discountsOnUsage, ended, tiers });
