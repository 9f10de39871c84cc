import { expect, it } from 'vitest';
import { localDate } from '../../kernel/local-date.ts';
import { ratioFrom } from '../../kernel/ratio.ts';
import { readingDays } from './reading-rules.ts';

const event = (day: string, quantity: string, more: { known?: string; member?: string } = {}) => ({
  id: `${day} ${more.member ?? ''}`,
  meter: 'm',
  day: localDate(day),
  quantity,
  ...(more.known === undefined ? {} : { known: localDate(more.known) }),
  ...(more.member === undefined ? {} : { member: more.member }),
});
const events = [
  event('2026-09-03', '4', { known: '2026-09-05' }),
  event('2026-09-01', '3', { member: 'a' }),
  event('2026-09-01', '2', { member: 'b' }),
  event('2026-09-02', '6', { known: '2026-09-02' }),
];

it.each([
  ['sum', '8', ['01 5 0', '02 6 3', '03 4 4 late']],
  ['daily', '4', ['01 5 1', '02 6 2', '03 4 0 late']],
  ['peak', '5', ['01 5 0', '02 6 1', '03 4 0 late']],
  ['last', '3', ['01 5 0', '02 6 0', '03 4 1 late']],
  ['sum', '0', ['01 5 5', '02 6 6', '03 4 4 late']],
] as const)('says of each day what is beyond, by %s of %s', (aggregate, included, expected) => {
  const days = readingDays(events, { aggregate, includedOn: () => ratioFrom(included) });
  expect(
    days.map(({ day, quantity, beyond, heardOn }) =>
      [day.slice(8), quantity, beyond, ...(heardOn === null ? [] : ['late'])].join(' '),
    ),
  ).toEqual(expected);
});
