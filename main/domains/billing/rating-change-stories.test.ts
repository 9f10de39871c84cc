import { describeStories } from '../../testing/billing-stories.ts';
import {
  anchor,
  cancel,
  change,
  monthly,
  owes,
  pause,
  planOf,
  preview,
  resume,
  run,
  story,
  subscribe,
  usage,
  type StoryForTest,
} from '../../testing/billing-story.ts';

/** Prices of 31 a month make a day of January 1, and of 30 a day of June. */
const p31 = planOf(monthly('31.00'));
const p30 = planOf(monthly('30.00'));
const arrears = { timing: 'in-arrears' };
const calendar = { align: 'calendar' };
const on1 = { anchorDay: 1 };
const yearly = (price: string, more: object = {}): object => monthly(price, { every: 'year', ...more });
const metered = (more: object): object => planOf({ kind: 'usage', meter: 'gib', every: 'month', ...more });

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

describeStories({ changes, pauses, anchors, trials });
