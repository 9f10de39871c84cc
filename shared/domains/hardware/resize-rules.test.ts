import { describe, expect, test } from 'vitest';
import { resizePlan, withVcpusLeft, type SizeNow, type SizeWanted } from './resize-rules.ts';

const GIB = 1024 ** 3;
const size = { vcpus: 2, vcpusMax: 4, memoryBytes: 4 * GIB, memoryMaxBytes: 4 * GIB };
/** Started with 2 of 4 vCPUs. */
const running = { ...size, hasBalloon: true, vcpusFixed: 2 };
const both: SizeNow = { running, next: size };
/** One vCPU was added since. */
const grown: SizeNow = { running: { ...running, vcpus: 3 }, next: { ...size, vcpus: 3 } };
const off: SizeNow = { running: null, next: size };
const wanted: SizeWanted = { vcpus: 2, memoryBytes: 4 * GIB, vcpusMax: 4 };

describe('what a resize does, and when', () => {
  test.each<[string, SizeNow, Partial<SizeWanted>, string[]]>([
    ['nothing', both, {}, []],
    ['memory that is not named', both, { memoryBytes: null }, []],
    ['a vCPU more, within its room', both, { vcpus: 3 }, ['vCPUs 2→3 now']],
    [
      'more vCPUs than it was started with room for',
      both,
      { vcpus: 6, vcpusMax: 6 },
      ['vCPUs 2→6 next-start', 'Room for vCPUs 4→6 next-start'],
    ],
    ['a vCPU that was added', grown, { vcpus: 2 }, ['vCPUs 3→2 now']],
    ['a vCPU it was started with', both, { vcpus: 1 }, ['vCPUs 2→1 next-start']],
    [
      'less memory',
      both,
      { memoryBytes: 2 * GIB },
      ['Memory 4 GiB→2 GiB now', 'Memory 4 GiB→2 GiB next-start'],
    ],
    [
      'more memory than it was started with',
      both,
      { memoryBytes: 8 * GIB },
      ['Memory 4 GiB→8 GiB next-start'],
    ],
    [
      'memory lent out, back',
      { running: { ...running, memoryBytes: 2 * GIB }, next: size },
      {},
      ['Memory 2 GiB→4 GiB now'],
    ],
    [
      'less memory without a balloon',
      { running: { ...running, hasBalloon: false }, next: size },
      { memoryBytes: 2 * GIB },
      ['Memory 4 GiB→2 GiB next-start'],
    ],
    ['anything while it is off', off, { vcpus: 1, memoryBytes: null }, ['vCPUs 2→1 next-start']],
    ['one that is gone when it stops', { running, next: null }, { vcpus: 4 }, ['vCPUs 2→4 now']],
  ])('%s', (_, now, change, effects) => {
    const plan = resizePlan(now, { ...wanted, ...change });
    expect(plan.effects.map(({ what, from, to, when }) => `${what} ${from}→${to} ${when}`)).toEqual(effects);
  });

  test.each<[string, number, string[]]>([
    ['none', 4, ['4→2 next-start']],
    ['some', 3, ['4→3 now', '3→2 next-start']],
  ])('a guest that gives back %s', (_, left, effects) => {
    const four: SizeNow = { running: { ...running, vcpus: 4 }, next: { ...size, vcpus: 4 } };
    const plan = resizePlan(four, { ...wanted, vcpus: 2 });
    const came = withVcpusLeft(plan, { before: 4, vcpus: left, why: 'it did not' });
    expect(came.map(({ from, to, when }) => `${from}→${to} ${when}`)).toEqual(effects);
  });
});
