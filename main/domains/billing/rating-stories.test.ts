import { describe, expect, it } from 'vitest';
import {
  adjust,
  anchor,
  bill,
  cancel,
  change,
  credited,
  discount,
  monthly,
  owes,
  pause,
  pay,
  planOf,
  preview,
  resume,
  run,
  story,
  subscribe,
  usage,
  type StoryForTest,
} from '../../testing/billing-story.ts';
import { replayFile } from './file-replay.ts';

/** Prices of 31 a month make a day of January 1, and of 30 a day of June. */
const p31 = planOf(monthly('31.00'));
const p30 = planOf(monthly('30.00'));
const arrears = { timing: 'in-arrears' };
const calendar = { align: 'calendar' };
const on1 = { anchorDay: 1 };
const yearly = (price: string, more: object = {}): object => monthly(price, { every: 'year', ...more });
const metered = (more: object): object => planOf({ kind: 'usage', meter: 'gib', every: 'month', ...more });

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

const changes: StoryForTest[] = [
  story('to a dearer plan in mid-month', { p: p30, q: planOf(monthly('60.00')) }, [
    subscribe('2027-06-01'),
    run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
    change('2027-06-11', { plan: 'q' }),
    run('2027-06-11', '2027-06-11..2027-07-01 -20.00', '2027-06-11..2027-07-01 40.00'),
    run('2027-07-01', '2027-07-01..2027-08-01 60.00'),
  ]),
  story(
    'and back on the same day before any bill: nothing happened',
    { p: p30, q: planOf(monthly('60.00')) },
    [
      subscribe('2027-06-01'),
      run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
      change('2027-06-11', { plan: 'q' }),
      change('2027-06-11', { plan: 'p' }),
      run('2027-06-11'),
    ],
  ),
  story(
    'and back on the same day with a bill in between: a repair of a repair',
    { p: p30, q: planOf(monthly('60.00')) },
    [
      subscribe('2027-06-01'),
      run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
      change('2027-06-11', { plan: 'q' }),
      run('2027-06-11', '2027-06-11..2027-07-01 -20.00', '2027-06-11..2027-07-01 40.00'),
      change('2027-06-11', { plan: 'p' }),
      run('2027-06-11', '2027-06-11..2027-07-01 -40.00', '2027-06-11..2027-07-01 20.00'),
      owes('30.00'),
      cancel('2027-06-21'),
      run('2027-06-21', '2027-06-21..2027-07-01 -10.00'),
      owes('20.00'),
    ],
  ),
  story('at the end of the period: nothing is repaired', { p: p30, q: planOf(monthly('60.00')) }, [
    subscribe('2027-06-01'),
    run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
    change('2027-06-11', { plan: 'q', when: 'period-end' }),
    run('2027-06-11'),
    run('2027-07-01', '2027-07-01..2027-08-01 60.00'),
  ]),
  story(
    'a change at the end of the period, overtaken by a cancellation now',
    { p: p30, q: planOf(monthly('60.00')) },
    [
      subscribe('2027-06-01'),
      run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
      change('2027-06-11', { plan: 'q', when: 'period-end' }),
      cancel('2027-06-21'),
      run('2027-07-01', '2027-06-21..2027-07-01 -10.00'),
    ],
  ),
  story('quantity up and down in one month', p30, [
    subscribe('2027-06-01', { quantity: '2' }),
    run('2027-06-01', '2027-06-01..2027-07-01 60.00'),
    change('2027-06-11', { quantity: '3' }),
    run('2027-06-11', '2027-06-11..2027-07-01 -40.00', '2027-06-11..2027-07-01 60.00'),
    change('2027-06-21', { quantity: '1' }),
    run('2027-06-21', '2027-06-21..2027-07-01 -30.00', '2027-06-21..2027-07-01 10.00'),
    owes('60.00'),
  ]),
  story('all of it billed once', p30, [
    subscribe('2027-06-01', { quantity: '2' }),
    change('2027-06-11', { quantity: '3' }),
    change('2027-06-21', { quantity: '1' }),
    run(
      '2027-06-21',
      '2027-06-01..2027-06-11 20.00',
      '2027-06-11..2027-06-21 30.00',
      '2027-06-21..2027-07-01 10.00',
    ),
  ]),
  story('a quantity of nothing costs nothing until there is something', p30, [
    subscribe('2027-06-01', { quantity: '0' }),
    run('2027-06-01'),
    change('2027-06-16', { quantity: '1' }),
    run('2027-06-16', '2027-06-16..2027-07-01 15.00'),
  ]),
  story('quantity of a year keeps its anniversary', planOf(yearly('365.00')), [
    subscribe('2027-01-01'),
    run('2027-01-01', '2027-01-01..2028-01-01 365.00'),
    change('2027-03-02', { quantity: '2' }),
    run('2027-03-02', '2027-03-02..2028-01-01 -305.00', '2027-03-02..2028-01-01 610.00'),
  ]),
  story(
    'a change of plan begins the year anew, on the anchor day',
    { p: planOf(yearly('365.00')), q: planOf(yearly('730.00')) },
    [
      subscribe('2026-01-01'),
      run('2026-01-01', '2026-01-01..2027-01-01 365.00'),
      change('2026-03-02', { plan: 'q' }),
      run('2026-03-02', '2026-03-02..2027-01-01 -305.00', '2026-03-02..2027-03-01 728.00'),
    ],
    on1,
  ),
  story(
    'unless the plan says that it keeps it',
    { p: planOf(yearly('365.00')), q: { cycleOnChange: 'keep', components: [yearly('730.00')] } },
    [
      subscribe('2026-01-01'),
      run('2026-01-01', '2026-01-01..2027-01-01 365.00'),
      change('2026-03-02', { plan: 'q' }),
      run('2026-03-02', '2026-03-02..2027-01-01 -305.00', '2026-03-02..2027-01-01 610.00'),
    ],
    on1,
  ),
  story(
    'in arrears the quarter goes on with the new plan',
    {
      p: planOf(monthly('91.00', { every: 'quarter', ...arrears })),
      q: planOf(monthly('910.00', { every: 'quarter', ...arrears })),
    },
    [
      subscribe('2028-01-15'),
      run('2028-04-15', '2028-01-15..2028-04-15 91.00'),
      change('2028-05-20', { plan: 'q' }),
      run('2028-05-20', '2028-04-15..2028-05-20 35.00'),
      cancel('2028-06-20', 'now-used-day-charged'),
      run('2028-06-21', '2028-05-20..2028-06-21 320.00'),
    ],
  ),
  story(
    'from in advance to in arrears',
    { p: p30, q: planOf(monthly('60.00', arrears)) },
    [
      subscribe('2027-06-01'),
      run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
      change('2027-06-16', { plan: 'q' }),
      run('2027-06-16', '2027-06-16..2027-07-01 -15.00'),
      run('2027-07-01', '2027-06-16..2027-07-01 30.00'),
    ],
    on1,
  ),
  story('a preview posts nothing and is what the run posts', { p: p30, q: planOf(monthly('60.00')) }, [
    subscribe('2027-06-01'),
    preview('2027-06-01', '2027-06-01..2027-07-01 30.00'),
    preview('2027-06-01', '2027-06-01..2027-07-01 30.00'),
    owes('0'),
    run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
    preview('2027-07-01', '2027-07-01..2027-08-01 30.00'),
    owes('30.00'),
  ]),
  story('a run of an earlier day afterwards adds nothing', p30, [
    subscribe('2027-06-01'),
    run(
      '2027-08-01',
      '2027-06-01..2027-07-01 30.00',
      '2027-07-01..2027-08-01 30.00',
      '2027-08-01..2027-09-01 30.00',
    ),
    run('2027-06-15'),
    run('2027-08-01'),
  ]),
];

const pauses: StoryForTest[] = [
  story('a pause within a month', p30, [
    subscribe('2027-06-01'),
    run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
    pause('2027-06-11'),
    run('2027-06-11', '2027-06-11..2027-07-01 -20.00'),
    resume('2027-06-21'),
    run('2027-06-21', '2027-06-21..2027-07-01 10.00'),
    run('2027-07-01', '2027-07-01..2027-08-01 30.00'),
  ]),
  story('a pause over the end of a period', p30, [
    subscribe('2027-06-01'),
    run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
    pause('2027-06-21'),
    run('2027-07-05', '2027-06-21..2027-07-01 -10.00'),
    resume('2027-08-01'),
    run('2027-08-01', '2027-08-01..2027-09-01 30.00'),
  ]),
  story('a pause over the end, billed once', p31, [
    subscribe('2027-07-01'),
    pause('2027-07-11'),
    resume('2027-08-21'),
    run('2027-08-21', '2027-07-01..2027-07-11 10.00', '2027-08-21..2027-09-01 11.00'),
  ]),
  story('paused and resumed on the same day: nothing', p30, [
    subscribe('2027-06-01'),
    run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
    pause('2027-06-11'),
    resume('2027-06-11'),
    run('2027-06-11'),
  ]),
  story('paused and then cancelled: taken back once', p30, [
    subscribe('2027-06-01'),
    run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
    pause('2027-06-11'),
    run('2027-06-11', '2027-06-11..2027-07-01 -20.00'),
    cancel('2027-06-21'),
    run('2027-06-21'),
    owes('10.00'),
  ]),
  story('a pause in arrears', planOf(monthly('30.00', arrears)), [
    subscribe('2027-06-01'),
    pause('2027-06-11'),
    resume('2027-06-21'),
    run('2027-07-01', '2027-06-01..2027-06-11 10.00', '2027-06-21..2027-07-01 10.00'),
  ]),
  story('usage while paused waits', metered({ price: '1' }), [
    subscribe('2027-06-01'),
    usage('2027-06-05', '1'),
    pause('2027-06-11'),
    usage('2027-06-15', '100'),
    resume('2027-06-21'),
    usage('2027-06-25', '2'),
    run('2027-07-01', '2027-06-01..2027-06-11 1.00', '2027-06-21..2027-07-01 2.00'),
  ]),
];

const anchors: StoryForTest[] = [
  story('moved to a later day: the days up to it are charged when it comes', p31, [
    subscribe('2027-01-01'),
    run('2027-01-01', '2027-01-01..2027-02-01 31.00'),
    anchor('2027-01-05', 11),
    run('2027-01-11', '2027-02-01..2027-02-11 10.00'),
    run('2027-02-01'),
    run('2027-02-11', '2027-02-11..2027-03-11 31.00'),
  ]),
  story('moved to an earlier day: from the next month on', p30, [
    subscribe('2027-06-20'),
    run('2027-06-20', '2027-06-20..2027-07-20 30.00'),
    anchor('2027-06-25', 10),
    run('2027-07-10', '2027-07-20..2027-08-10 20.32'),
    run('2027-08-10', '2027-08-10..2027-09-10 30.00'),
  ]),
  story('moved to the 31st', p31, [
    subscribe('2027-01-15'),
    run('2027-01-15', '2027-01-15..2027-02-15 31.00'),
    anchor('2027-01-20', 31),
    run('2027-01-31', '2027-02-15..2027-02-28 14.39'),
    run('2027-02-28', '2027-02-28..2027-03-31 31.00'),
    run('2027-03-31', '2027-03-31..2027-04-30 31.00'),
  ]),
  story('moved to where it is: nothing', p31, [
    subscribe('2027-01-15'),
    run('2027-01-15', '2027-01-15..2027-02-15 31.00'),
    anchor('2027-01-20', 15),
    run('2027-02-14'),
    run('2027-02-15', '2027-02-15..2027-03-15 31.00'),
  ]),
  story('moves nothing that goes by the calendar', planOf(monthly('31.00', calendar)), [
    subscribe('2027-01-01'),
    run('2027-01-01', '2027-01-01..2027-02-01 31.00'),
    anchor('2027-01-05', 11),
    run('2027-01-31'),
    run('2027-02-01', '2027-02-01..2027-03-01 31.00'),
  ]),
];

const trials: StoryForTest[] = [
  story('a trial and then the month from its end', planOf(monthly('31.00', { trialDays: 14 })), [
    subscribe('2027-01-01'),
    run('2027-01-14'),
    run('2027-01-15', '2027-01-15..2027-02-15 31.00'),
  ]),
  story('cancelled in the trial: nothing, ever', planOf(monthly('31.00', { trialDays: 14 })), [
    subscribe('2027-01-01'),
    cancel('2027-01-14'),
    run('2027-03-01'),
  ]),
  story('cancelled at the end of the period in the trial', planOf(monthly('31.00', { trialDays: 14 })), [
    subscribe('2027-01-01'),
    cancel('2027-01-05', 'period-end'),
    run('2027-03-01'),
  ]),
  story('cancelled on the day the trial ends', planOf(monthly('31.00', { trialDays: 14 })), [
    subscribe('2027-01-01'),
    cancel('2027-01-15'),
    run('2027-03-01'),
  ]),
  story(
    'a change in the trial does not begin another',
    { p: planOf(monthly('31.00', { trialDays: 14 })), q: planOf(monthly('62.00', { trialDays: 14 })) },
    [
      subscribe('2027-01-01'),
      change('2027-01-10', { plan: 'q' }),
      run('2027-01-15', '2027-01-15..2027-02-15 62.00'),
    ],
  ),
  story(
    'a trial by the calendar leaves the rest of the month',
    planOf(monthly('31.00', { trialDays: 14, ...calendar })),
    [subscribe('2027-01-01'), run('2027-01-15', '2027-01-15..2027-02-01 17.00')],
  ),
];

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

const meters: StoryForTest[] = [
  story(
    'late usage has its own period and the tier it would have had',
    metered({ tiers: 'graduated', bands }),
    [
      subscribe('2027-06-01'),
      usage('2027-06-10', '8'),
      run('2027-07-01', '2027-06-01..2027-07-01 8.00'),
      usage('2027-07-05', '4', { occurred: '2027-06-20' }),
      usage('2027-07-06', '1'),
      run('2027-08-01', '2027-06-01..2027-07-01 3.00', '2027-07-01..2027-08-01 1.00'),
    ],
  ),
  story('the same event twice is one', metered({ price: '1' }), [
    subscribe('2027-06-01'),
    usage('2027-06-10', '8', { id: 'e' }),
    usage('2027-06-10', '8', { id: 'e' }),
    run('2027-07-01', '2027-06-01..2027-07-01 8.00'),
  ]),
  story(
    'a minimum for half a month is the half',
    metered({ price: '1', minimum: '30' }),
    [
      subscribe('2027-06-16'),
      usage('2027-06-20', '5'),
      run('2027-07-01', '2027-06-16..2027-07-01 5.00', '2027-06-16..2027-07-01 10.00'),
    ],
    on1,
  ),
  story('late usage eats up the true-up', metered({ price: '1', minimum: '30' }), [
    subscribe('2027-06-01'),
    run('2027-07-01', '2027-06-01..2027-07-01 30.00'),
    usage('2027-07-05', '10', { occurred: '2027-06-20' }),
    run('2027-07-06', '2027-06-01..2027-07-01 10.00', '2027-06-01..2027-07-01 -10.00'),
    owes('30.00'),
  ]),
  story(
    'usage goes to the plan of its day',
    { p: metered({ price: '1' }), q: metered({ price: '2' }) },
    [
      subscribe('2027-06-01'),
      usage('2027-06-10', '3'),
      change('2027-06-16', { plan: 'q' }),
      usage('2027-06-16', '3'),
      run('2027-06-16', '2027-06-01..2027-06-16 3.00'),
      run('2027-07-01', '2027-06-16..2027-07-01 6.00'),
    ],
    on1,
  ),
  story(
    'the last usage is billed when it is cancelled, and what comes after waits',
    metered({ price: '1' }),
    [
      subscribe('2027-06-01'),
      usage('2027-06-10', '3'),
      cancel('2027-06-16'),
      usage('2027-06-16', '7'),
      run('2027-06-16', '2027-06-01..2027-06-16 3.00'),
      run('2027-08-01'),
    ],
  ),
  story(
    'vCPUs as ordered, two of them included',
    planOf({
      kind: 'allocation',
      resource: 'vcpu',
      every: 'month',
      timing: 'in-advance',
      price: '3.00',
      included: '2',
    }),
    [
      subscribe('2027-06-01', { allocations: { vcpu: '6' } }),
      run('2027-06-01', '2027-06-01..2027-07-01 12.00'),
      change('2027-06-16', { allocations: { vcpu: '8' } }),
      run('2027-06-16', '2027-06-16..2027-07-01 -6.00', '2027-06-16..2027-07-01 9.00'),
      change('2027-06-21', { allocations: { vcpu: '2' } }),
      run('2027-06-21', '2027-06-21..2027-07-01 -6.00'),
    ],
  ),
  story(
    'a pool of traffic: bought together, overage beyond',
    planOf({
      kind: 'pool',
      meter: 'gib',
      every: 'month',
      timing: 'in-advance',
      bought: '100',
      price: '0.10',
      overage: '0.50',
    }),
    [
      subscribe('2027-06-01'),
      run('2027-06-01', '2027-06-01..2027-07-01 10.00'),
      usage('2027-06-05', '60', { member: 'vm-1' }),
      usage('2027-06-06', '50', { member: 'vm-2' }),
      run('2027-07-01', '2027-06-01..2027-07-01 5.00', '2027-07-01..2027-08-01 10.00'),
    ],
  ),
  story(
    'a pool of memory goes by its highest day, members together',
    planOf({
      kind: 'pool',
      meter: 'gib',
      aggregate: 'peak',
      every: 'month',
      timing: 'in-advance',
      bought: '100',
      price: '0.10',
      overage: '0.50',
    }),
    [
      subscribe('2027-06-01'),
      run('2027-06-01', '2027-06-01..2027-07-01 10.00'),
      usage('2027-06-05', '60', { member: 'vm-1', id: '1' }),
      usage('2027-06-05', '64', { member: 'vm-1', id: '2' }),
      usage('2027-06-05', '40', { member: 'vm-2', id: '3' }),
      usage('2027-06-06', '90', { member: 'vm-2', id: '4' }),
      run('2027-07-01', '2027-06-01..2027-07-01 2.00', '2027-07-01..2027-08-01 10.00'),
    ],
  ),
  story(
    'hybrid: a fee in advance and usage in arrears on one bill',
    planOf(monthly('30.00'), { kind: 'usage', meter: 'gib', price: '0.10', included: '100' }),
    [
      subscribe('2027-06-01'),
      run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
      usage('2027-06-10', '150'),
      run('2027-07-01', '2027-06-01..2027-07-01 5.00', '2027-07-01..2027-08-01 30.00'),
    ],
  ),
];

const books: StoryForTest[] = [
  story('adjusted and then cancelled: no more is taken back than is left', p30, [
    subscribe('2027-06-01'),
    run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
    adjust('2027-06-02', '25.00'),
    cancel('2027-06-11'),
    run('2027-06-11', '2027-06-11..2027-07-01 -5.00'),
    owes('0'),
  ]),
  story('adjusted a little and then cancelled: all the days are taken back', p30, [
    subscribe('2027-06-01'),
    run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
    adjust('2027-06-02', '5.00'),
    cancel('2027-06-11'),
    run('2027-06-11', '2027-06-11..2027-07-01 -20.00'),
    owes('5.00'),
  ]),
  story('adjusted whole and then cancelled: nothing, and it goes on being nothing', p30, [
    subscribe('2027-06-01'),
    run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
    adjust('2027-06-02', '30.00'),
    cancel('2027-06-11'),
    run('2027-06-11'),
    run('2027-07-01'),
    owes('0'),
  ]),
  story('repaired and then adjusted for the rest', p30, [
    subscribe('2027-06-01'),
    run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
    cancel('2027-06-11'),
    run('2027-06-11', '2027-06-11..2027-07-01 -20.00'),
    adjust('2027-06-12', '10.00'),
    bill(['2027-06-12..2027-06-12 -10.00'], { balance: '0' }),
  ]),
  story('repaired three times: the cents of once', planOf(monthly('10.00')), [
    subscribe('2027-06-01', { quantity: '1' }),
    run('2027-06-01', '2027-06-01..2027-07-01 10.00'),
    cancel('2027-06-30'),
    run('2027-06-30', '2027-06-30..2027-07-01 -0.33'),
    cancel('2027-06-29'),
    run('2027-06-30', '2027-06-29..2027-06-30 -0.34'),
    cancel('2027-06-28'),
    run('2027-06-30', '2027-06-28..2027-06-29 -0.33'),
  ]),
  story(
    'VAT once for each document',
    planOf(monthly('0.03')),
    [
      subscribe('2027-06-01', { as: 'a' }),
      subscribe('2027-06-01', { as: 'b' }),
      subscribe('2027-06-01', { as: 'c' }),
      run('2027-06-01', ...Array.from({ length: 3 }, () => '2027-06-01..2027-07-01 0.03')),
      owes('0.11'),
    ],
    { vatPercent: '23' },
  ),
  story(
    'the credit note that takes the last has the VAT that is left',
    planOf(monthly('0.03')),
    [
      subscribe('2027-06-01', { as: 'a' }),
      subscribe('2027-06-01', { as: 'b' }),
      run('2027-06-01', '2027-06-01..2027-07-01 0.03', '2027-06-01..2027-07-01 0.03'),
      owes('0.07'),
      { at: '2027-06-01', do: 'cancel', subscription: 'a', when: 'now' },
      run('2027-06-01', '2027-06-01..2027-07-01 -0.03'),
      credited('0.04'),
      { at: '2027-06-01', do: 'cancel', subscription: 'b', when: 'now' },
      run('2027-06-01', '2027-06-01..2027-07-01 -0.03'),
      credited('0.03'),
      owes('0'),
    ],
    { vatPercent: '23' },
  ),
  story(
    'paid, cancelled, and the credit is the customer’s',
    p30,
    [
      subscribe('2027-06-01'),
      run('2027-06-01', '2027-06-01..2027-07-01 30.00'),
      pay('2027-06-02', '36.90'),
      owes('0'),
      cancel('2027-06-11'),
      run('2027-06-11', '2027-06-11..2027-07-01 -20.00'),
      credited('24.60'),
      owes('-24.60'),
    ],
    { vatPercent: '23' },
  ),
  story(
    'a dearer plan with VAT: a credit note and an invoice, each rounded',
    { p: planOf(monthly('19.99')), q: planOf(monthly('39.99')) },
    [
      subscribe('2027-06-01'),
      run('2027-06-01', '2027-06-01..2027-07-01 19.99'),
      owes('24.59'),
      change('2027-06-11', { plan: 'q' }),
      run('2027-06-11', '2027-06-11..2027-07-01 -13.33', '2027-06-11..2027-07-01 26.66'),
      credited('16.40'),
      owes('40.98'),
    ],
    { vatPercent: '23' },
  ),
];

const all = { monthEnds, clocks, partial, changes, pauses, anchors, trials, discounts, tiers, meters, books };

describe.each(Object.entries(all))('%s', (_topic, stories) => {
  it.each(stories.map((told) => [told.id, told] as const))('%s', (_id, told) => {
    expect(replayFile({ stories: [told] })).toEqual([{ name: told.id, fault: null }]);
  });
});

it('are a hundred stories, told once each', () => {
  const ids = Object.values(all).flatMap((stories) => stories.map(({ id }) => id));
  expect(ids.length).toBeGreaterThan(100);
  expect(new Set(ids).size).toBe(ids.length);
});
