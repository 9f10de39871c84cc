import { expect, test } from 'vitest';
import { lately } from './evacuation-advance.ts';

const NOW_MS = 10_000_000;
const failed = {
  vm_id: 'vm_1',
  state: 'failed',
  live: 1,
  ended_at_ms: NOW_MS - 1000,
  note: 'No room.',
} as const;
const said = 'its move failed: No room';

test.each([
  ['live, and it runs', [failed], 'running', said],
  ['live, and it was shut down for it', [failed], 'shut-off', undefined],
  ['while it was off, and it was started meanwhile', [{ ...failed, live: 0 }], 'running', undefined],
  ['while it was off, and it is', [{ ...failed, live: 0 }], 'shut-off', said],
  ['a minute ago', [{ ...failed, ended_at_ms: NOW_MS - 60_000 }], 'running', undefined],
  ['twice, a minute ago', [{ ...failed, ended_at_ms: NOW_MS - 60_000 }, failed], 'running', said],
  ['of another VM', [{ ...failed, vm_id: 'vm_2' }], 'running', undefined],
  [
    'not at all: a person cancelled it',
    [{ ...failed, state: 'cancelled' }],
    'shut-off',
    'its move was cancelled',
  ],
] as const)('a VM whose move failed %s', (_when, moves, state, reason) => {
  expect(lately(moves, { vm: { id: 'vm_1', state }, nowMs: NOW_MS })).toBe(reason);
});
