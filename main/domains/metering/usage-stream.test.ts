import { expect, it } from 'vitest';
import type { ToldEvent } from '../../../shared/domains/metering/usage-event-rules.ts';
import { recordUsageStream } from './usage-stream.ts';

const sent: ToldEvent[][] = [];

const send = async (events: readonly ToldEvent[]): ReturnType<Parameters<typeof recordUsageStream>[2]> => {
  sent.push([...events]);
  const { length: received } = events;
  return { received, counted: received, repeated: 0, held: 0, refused: 0, problems: [] };
};

const event = { id: 'e1', subscriptionId: 'sub_1', meter: 'calls', at: '2026-10-01', quantity: '1.5' };

it('a line is an event, and one that is none is told by its number', async () => {
  sent.length = 0;
  const lines = [
    `\uFEFF${JSON.stringify(event)}`,
    '',
    '{"id":',
    JSON.stringify({ ...event, id: 'e2', quantity: 1.5 }),
    JSON.stringify({ ...event, id: 7 }),
    JSON.stringify({ ...event, id: 'e3', member: 'x' }),
  ];
  const told = await recordUsageStream(lines, 'ndjson', send);
  expect(sent).toEqual([
    [
      { ...event, member: '' },
      { ...event, id: 'e3', member: 'x' },
    ],
  ]);
  expect(told).toMatchObject({ received: 5, counted: 2, refused: 3 });
  expect(told.problems.map(({ index, sentence }) => [index, sentence.slice(0, 40)])).toEqual([
    [3, 'Line 3 is not JSON: write one event on e'],
    [4, 'Line 4 has its quantity as a number, whi'],
    [5, 'Line 5 is no event: id is wrong (Invalid'],
  ]);
});

it('a CSV names its columns in any order', async () => {
  sent.length = 0;
  const lines = [
    'at,id,meter,quantity,subscriptionId',
    '2026-10-01,"a ""b"", c",calls, 1.5,sub_1',
    'x,y',
    '"open,1,2,3,4',
  ];
  const told = await recordUsageStream(lines, 'csv', send);
  expect(sent).toEqual([[{ ...event, id: 'a "b", c', member: '' }]]);
  expect(told.problems.map(({ sentence }) => sentence)).toEqual([
    'Line 3 has 2 fields instead of 5.',
    'Line 4 has a quote that does not end.',
  ]);
  const nameless = await recordUsageStream(['id,meter'], 'csv', send);
  expect(nameless.problems[0]?.sentence).toContain('Line 1 names no column subscriptionId');
});

it('what is long is sent batch by batch, and problems keep their lines', async () => {
  const sizes: number[] = [];
  const lines = Array.from({ length: 12_000 }, (_, n) => JSON.stringify({ ...event, id: `e${n}` }));
  const told = await recordUsageStream(lines, 'ndjson', async (events) => {
    sizes.push(events.length);
    const problem = { index: 1, id: events[1]?.id ?? '', what: 'refused', sentence: 'no' } as const;
    return {
      received: events.length,
      counted: events.length - 1,
      repeated: 0,
      held: 0,
      refused: 1,
      problems: [problem],
    };
  });
  expect(sizes).toEqual([5000, 5000, 2000]);
  expect(told).toMatchObject({ received: 12_000, counted: 11_997, refused: 3 });
  expect(told.problems.map(({ index }) => index)).toEqual([2, 5002, 10_002]);
});
