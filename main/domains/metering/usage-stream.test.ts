import { describe, expect, it, vi } from 'vitest';
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

describe('batches on their way', () => {
  const all = { counted: 0, repeated: 0, held: 0, refused: 0, problems: [] };
  /** Ends each batch when it is told to. */
  function slowly(): {
    readonly send: typeof send;
    readonly waiting: { readonly first: string; end(error?: Error): void }[];
  } {
    const waiting: ReturnType<typeof slowly>['waiting'] = [];
    return {
      waiting,
      send: async (events) =>
        await new Promise((resolve, reject) => {
          const end = (error?: Error): void => {
            if (error === undefined) resolve({ ...all, received: events.length, counted: events.length });
            else reject(error);
          };
          waiting.push({ first: events[0]?.id ?? '', end });
        }),
    };
  }
  const batches = (...firsts: readonly string[]): string[] =>
    firsts.flatMap((first) =>
      Array.from({ length: 5000 }, (_, n) =>
        JSON.stringify({ ...event, id: n === 0 ? first : `${first} ${n}` }),
      ),
    );
  const firsts = ({ waiting }: ReturnType<typeof slowly>): string[] => waiting.map(({ first }) => first);

  it('are three at most, and more is read when one of them has ended', async () => {
    const slow = slowly();
    let read = 0;
    function* lines(): Generator<string> {
      for (const line of batches('a', 'b', 'c', 'd', 'e', 'f')) {
        read += 1;
        yield line;
      }
    }
    const told = recordUsageStream(lines(), 'ndjson', slow.send);
    await vi.waitFor(() => expect(firsts(slow)).toEqual(['a', 'b', 'c']));
    await vi.waitFor(() => expect(read).toBe(20_000));
    slow.waiting[1]?.end();
    await vi.waitFor(() => expect(firsts(slow)).toEqual(['a', 'b', 'c', 'd']));
    await vi.waitFor(() => expect(read).toBe(25_000));
    for (const at of [0, 2, 3]) slow.waiting[at]?.end();
    await vi.waitFor(() => expect(firsts(slow)).toHaveLength(6));
    for (const { end } of slow.waiting) end();
    expect(await told).toMatchObject({ received: 30_000, counted: 30_000 });
  });

  it('go behind one that has an id of theirs: what was told first stands', async () => {
    const slow = slowly();
    const told = recordUsageStream(batches('a', 'b', 'a', 'c'), 'ndjson', slow.send);
    await vi.waitFor(() => expect(firsts(slow)).toEqual(['a', 'b']));
    slow.waiting[1]?.end();
    slow.waiting[0]?.end();
    await vi.waitFor(() => expect(firsts(slow)).toEqual(['a', 'b', 'a', 'c']));
    for (const { end } of slow.waiting) end();
    expect(await told).toMatchObject({ received: 20_000 });
  });

  it('end before a stream is said to have failed, and no other is sent', async () => {
    const slow = slowly();
    let isOver = false;
    const told = recordUsageStream(batches('a', 'b', 'c', 'd', 'e'), 'ndjson', slow.send).finally(() => {
      isOver = true;
    });
    void told.catch(() => undefined);
    await vi.waitFor(() => expect(firsts(slow)).toHaveLength(3));
    slow.waiting[2]?.end(new Error('the engine is away'));
    slow.waiting[0]?.end();
    await new Promise((resolve) => setImmediate(resolve));
    expect({ isOver, sent: firsts(slow) }).toEqual({ isOver: false, sent: ['a', 'b', 'c'] });
    slow.waiting[1]?.end();
    await expect(told).rejects.toThrow('the engine is away');
    expect(firsts(slow)).toHaveLength(3);
  });
});
