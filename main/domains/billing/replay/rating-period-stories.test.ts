import { describeStories } from '../../../testing/billing-stories.ts';
import {
  arrears,
  calendar,
  cancel,
  metered,
  monthly,
  on1,
  owes,
  p30,
  p31,
  planOf,
  run,
  story,
  subscribe,
  usage,
  yearly,
  type StoryForTest,
} from '../../../testing/billing-story.ts';

const monthEnds: StoryForTest[] = [
  story('the 31st keeps its anchor through a leap February', p31, [
    subscribe('2028-01-31'),
    run('2028-01-31', '2028-01-31..2028-02-29 31.00'),
    run('2028-02-29', '2028-02-29..2028-03-31 31.00'),
    run('2028-03-31', '2028-03-31..2028-04-30 31.00'),
    run('2028-04-30', '2028-04-30..2028-05-31 31.00'),
  ]),
  story('and through a short one', p31, [
    subscribe('2027-01-31'),
    run(
      '2027-03-31',
      '2027-01-31..2027-02-28 31.00',
      '2027-02-28..2027-03-31 31.00',
      '2027-03-31..2027-04-30 31.00',
    ),
  ]),
  story('the 29th and the 30th meet at the end of February and part again', p30, [
    subscribe('2027-01-29', { as: 'a' }),
    subscribe('2027-01-30', { as: 'b' }),
    run('2027-01-30', '2027-01-29..2027-02-28 30.00', '2027-01-30..2027-02-28 30.00'),
    run('2027-02-28', '2027-02-28..2027-03-29 30.00', '2027-02-28..2027-03-30 30.00'),
  ]),
  story(
    'a year from the leap day ends on 28 February, and four years later on the 29th',
    planOf(yearly('365.00')),
    [
      subscribe('2028-02-29'),
      run('2028-02-29', '2028-02-29..2029-02-28 365.00'),
      run('2029-02-28', '2029-02-28..2030-02-28 365.00'),
      run('2031-02-28', '2030-02-28..2031-02-28 365.00', '2031-02-28..2032-02-29 365.00'),
    ],
  ),
  story('a part of a leap year is of 366 days', planOf(yearly('366.00')), [
    subscribe('2028-01-01'),
    run('2028-01-01', '2028-01-01..2029-01-01 366.00'),
    cancel('2028-03-01'),
    run('2028-03-01', '2028-03-01..2029-01-01 -306.00'),
  ]),
  story(
    'the days to the first anchor are of the month that leads to it',
    p31,
    [
      subscribe('2027-01-20'),
      run('2027-01-20', '2027-01-20..2027-02-10 21.00'),
      run('2027-02-10', '2027-02-10..2027-03-10 31.00'),
    ],
    { anchorDay: 10 },
  ),
  story('a quarter anchored on the 31st', planOf(monthly('90.00', { every: 'quarter' })), [
    subscribe('2027-08-31'),
    run('2027-08-31', '2027-08-31..2027-11-30 90.00'),
    run('2027-11-30', '2027-11-30..2028-02-29 90.00'),
    run('2028-02-29', '2028-02-29..2028-05-31 90.00'),
  ]),
  story(
    'half a year and two months',
    {
      h: planOf(monthly('60.00', { every: 'half-year' })),
      t: planOf(monthly('20.00', { every: 'two-months' })),
    },
    [
      subscribe('2027-08-31', { plan: 'h', as: 'a' }),
      subscribe('2027-12-31', { plan: 't', as: 'b' }),
      run(
        '2028-02-29',
        '2027-08-31..2028-02-29 60.00',
        '2028-02-29..2028-08-31 60.00',
        '2027-12-31..2028-02-29 20.00',
        '2028-02-29..2028-04-30 20.00',
      ),
    ],
  ),
  story(
    'weeks go on through the end of a month and know no anchor day',
    planOf(monthly('7.00', { every: 'week' })),
    [
      subscribe('2027-01-29'),
      run('2027-02-06', '2027-01-29..2027-02-05 7.00', '2027-02-05..2027-02-12 7.00'),
    ],
    on1,
  ),
  story(
    'thirty days are thirty days',
    planOf(monthly('30.00', { every: 'thirty-days' })),
    [
      subscribe('2027-01-31'),
      run('2027-03-02', '2027-01-31..2027-03-02 30.00', '2027-03-02..2027-04-01 30.00'),
    ],
    on1,
  ),
  story(
    'calendar months begin on the 1st whatever the anchor',
    planOf(monthly('31.00', calendar)),
    [
      subscribe('2027-01-20'),
      run('2027-01-20', '2027-01-20..2027-02-01 12.00'),
      run('2027-02-01', '2027-02-01..2027-03-01 31.00'),
    ],
    { anchorDay: 15 },
  ),
  story(
    'calendar quarters, years and weeks',
    {
      q: planOf(monthly('91.00', { every: 'quarter', ...calendar })),
      y: planOf(yearly('365.00', calendar)),
      w: planOf(monthly('7.00', { every: 'week', ...calendar })),
    },
    [
      subscribe('2027-05-01', { plan: 'q', as: 'a' }),
      subscribe('2027-12-30', { plan: 'y', as: 'b' }),
      subscribe('2027-06-02', { plan: 'w', as: 'c' }),
      run(
        '2027-06-07',
        '2027-05-01..2027-07-01 61.00',
        '2027-06-02..2027-06-07 5.00',
        '2027-06-07..2027-06-14 7.00',
      ),
      { at: '2027-06-08', do: 'cancel', subscription: 'c', when: 'now' },
      run('2027-06-08', '2027-06-08..2027-06-14 -6.00'),
    ],
  ),
];

const clocks: StoryForTest[] = [
  story('a day that has 23 hours and one that has 25 cost a day', planOf(monthly('1.00', { every: 'day' })), [
    subscribe('2026-03-28'),
    run(
      '2026-03-30',
      '2026-03-28..2026-03-29 1.00',
      '2026-03-29..2026-03-30 1.00',
      '2026-03-30..2026-03-31 1.00',
    ),
    cancel('2026-03-31'),
    subscribe('2026-10-24', { as: 's2' }),
    run(
      '2026-10-26',
      '2026-10-24..2026-10-25 1.00',
      '2026-10-25..2026-10-26 1.00',
      '2026-10-26..2026-10-27 1.00',
    ),
  ]),
  story(
    'an instant is a day of the customer’s zone: still the 30th in New York',
    p31,
    [subscribe('2027-01-31T03:30:00Z'), run('2027-01-30', '2027-01-30..2027-02-28 31.00')],
    { zone: 'America/New_York' },
  ),
  story(
    'and the next day in Auckland',
    p31,
    [subscribe('2027-01-30T12:30:00Z'), run('2027-01-31', '2027-01-31..2027-02-28 31.00')],
    { zone: 'Pacific/Auckland' },
  ),
  story('in the hour that comes twice it is one day', p31, [
    subscribe('2026-10-25T00:30:00Z', { as: 'a' }),
    subscribe('2026-10-25T01:30:00Z', { as: 'b' }),
    run('2026-10-25', '2026-10-25..2026-11-25 31.00', '2026-10-25..2026-11-25 31.00'),
  ]),
  story('usage of the last minute of a month by the local clock is of that month', metered({ price: '1' }), [
    subscribe('2026-10-01'),
    usage('2026-10-31T22:59:00Z', '2'),
    usage('2026-10-31T23:00:00Z', '5'),
    run('2026-11-01', '2026-10-01..2026-11-01 2.00'),
    run('2026-12-01', '2026-11-01..2026-12-01 5.00'),
  ]),
];

const partial: StoryForTest[] = [
  story('cancelled on the day it began: nothing is charged', p31, [
    subscribe('2027-01-10'),
    cancel('2027-01-10'),
    run('2027-01-10'),
  ]),
  story('charged and then cancelled on the day it began: all is taken back', p31, [
    subscribe('2027-01-10'),
    run('2027-01-10', '2027-01-10..2027-02-10 31.00'),
    cancel('2027-01-10'),
    run('2027-01-10', '2027-01-10..2027-02-10 -31.00'),
    owes('0'),
  ]),
  story('the used day is charged', p31, [
    subscribe('2027-01-10'),
    run('2027-01-10', '2027-01-10..2027-02-10 31.00'),
    cancel('2027-01-20', 'now-used-day-charged'),
    run('2027-01-20', '2027-01-21..2027-02-10 -20.00'),
  ]),
  story('cancelled at the end of the period: nothing is taken back and nothing follows', p31, [
    subscribe('2027-01-10'),
    run('2027-01-10', '2027-01-10..2027-02-10 31.00'),
    cancel('2027-01-20', 'period-end'),
    run('2027-03-10'),
    owes('31.00'),
  ]),
  story('cancelled on a boundary before the next period is charged', p31, [
    subscribe('2027-01-10'),
    run('2027-01-10', '2027-01-10..2027-02-10 31.00'),
    cancel('2027-02-10', 'period-end'),
    run('2027-02-10'),
  ]),
  story('cancelled on a boundary after it is: at its end', p31, [
    subscribe('2027-01-10'),
    run('2027-02-10', '2027-01-10..2027-02-10 31.00', '2027-02-10..2027-03-10 31.00'),
    cancel('2027-02-10', 'period-end'),
    run('2027-03-10'),
  ]),
  story('in arrears what was served is charged when it ends', planOf(monthly('31.00', arrears)), [
    subscribe('2027-01-01'),
    run('2027-01-31'),
    run('2027-02-01', '2027-01-01..2027-02-01 31.00'),
    cancel('2027-02-15'),
    run('2027-02-15', '2027-02-01..2027-02-15 15.50'),
    run('2027-05-01'),
  ]),
  story('a month that was never billed is billed as far as it was served', p31, [
    subscribe('2027-01-10'),
    cancel('2027-01-20'),
    run('2027-06-01', '2027-01-10..2027-01-20 10.00'),
  ]),
  story('the half of a cent: what is taken back is rounded away from zero', planOf(monthly('10.01')), [
    subscribe('2027-06-01'),
    run('2027-06-01', '2027-06-01..2027-07-01 10.01'),
    cancel('2027-06-16'),
    run('2027-06-16', '2027-06-16..2027-07-01 -5.01'),
    owes('5.00'),
  ]),
  story('billed late it is the same cent', planOf(monthly('10.01')), [
    subscribe('2027-06-01'),
    cancel('2027-06-16'),
    run('2027-08-01', '2027-06-01..2027-06-16 5.00'),
  ]),
  story(
    'of thirty days: 23 May to 15 June is 22',
    { p: { proration: 'thirty-day', components: [monthly('30.00')] } },
    [
      subscribe('2027-05-15'),
      run('2027-05-15', '2027-05-15..2027-06-15 30.00'),
      cancel('2027-05-23'),
      run('2027-05-23', '2027-05-23..2027-06-15 -22.00'),
    ],
  ),
  story(
    'of thirty days: February has them too',
    { p: { proration: 'thirty-day', components: [monthly('30.00')] } },
    [
      subscribe('2027-02-01'),
      run('2027-02-01', '2027-02-01..2027-03-01 30.00'),
      cancel('2027-02-11'),
      run('2027-02-11', '2027-02-11..2027-03-01 -20.00'),
    ],
  ),
  story(
    'of thirty days: the 31st is not one more',
    { p: { proration: 'thirty-day', components: [monthly('30.00')] } },
    [
      subscribe('2027-03-01'),
      run('2027-03-01', '2027-03-01..2027-04-01 30.00'),
      cancel('2027-03-31'),
      run('2027-03-31', '2027-03-31..2027-04-01 0'),
    ],
  ),
  story(
    'of thirty days: a year has 360',
    { p: { proration: 'thirty-day', components: [yearly('360.00')] } },
    [
      subscribe('2027-01-01'),
      run('2027-01-01', '2027-01-01..2028-01-01 360.00'),
      cancel('2027-03-01'),
      run('2027-03-01', '2027-03-01..2028-01-01 -300.00'),
    ],
  ),
];

describeStories({ monthEnds, clocks, partial });
