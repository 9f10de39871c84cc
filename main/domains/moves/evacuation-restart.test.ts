import { expect, test } from 'vitest';
import { whatNext } from './evacuation-restart.ts';

const MINUTE = 60_000;
const NOW = 100 * MINUTE;
const row = { host_id: 'a', asked_off_at_ms: NOW - MINUTE, checked_at_ms: 0 };
const vm = { hostId: 'a', state: 'shut-off', movingTo: null };

test.each<
  [
    what: string,
    vm: { hostId?: string; state?: string; movingTo?: string },
    isBeingEmptied: boolean,
    row: Partial<typeof row>,
    next: ReturnType<typeof whatNext>,
  ]
>([
  ['it waits for its move', {}, true, {}, 'wait'],
  ['it moves', { movingTo: 'b' }, false, {}, 'wait'],
  ['it has arrived', { hostId: 'b' }, true, {}, 'start'],
  ['it has arrived and the evacuation is over', { hostId: 'b' }, false, {}, 'start'],
  ['the evacuation was called off', {}, false, {}, 'start'],
  ['it crashed on the way off', { state: 'crashed' }, false, {}, 'start'],
  ['called off while it still goes off', { state: 'shutting-down' }, false, {}, 'wait'],
  [
    'called off, it never listened',
    { state: 'running' },
    false,
    { asked_off_at_ms: NOW - 6 * MINUTE },
    'forget',
  ],
  ['somebody has started it there', { hostId: 'b', state: 'running' }, true, {}, 'forget'],
  ['its start has just failed', { hostId: 'b' }, true, { checked_at_ms: NOW - MINUTE / 2 }, 'wait'],
  [
    'its start failed a while ago',
    { hostId: 'b' },
    true,
    { asked_off_at_ms: 0, checked_at_ms: NOW - 2 * MINUTE },
    'start',
  ],
])('a VM that was shut down for an evacuation: %s', (_what, is, isBeingEmptied, asked, next) => {
  expect(
    whatNext({ ...row, ...asked }, { ...vm, ...is } as Parameters<typeof whatNext>[1], {
      isBeingEmptied,
      nowMs: NOW,
    }),
  ).toBe(next);
});

test('one that is gone is forgotten', () => {
  expect(whatNext(row, undefined, { isBeingEmptied: true, nowMs: NOW })).toBe('forget');
});
