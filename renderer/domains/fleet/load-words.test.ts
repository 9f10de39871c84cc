import { describe, expect, test } from 'vitest';
import { shownFingerprint } from './host-key-changed.tsx';
import { formatBitRate, uptimeOf } from './load-words.tsx';
import { tagProblem, tagsOf } from './tag-words.ts';

test.each([
  [0, '0 s'],
  [119, '119 s'],
  [120, '2 min'],
  [7199, '119 min'],
  [7200, '2 h'],
  [172_799, '47 h'],
  [172_800, '2 d'],
  [41 * 86_400 + 5, '41 d'],
])('%i s of uptime read %s', (seconds, words) => {
  const { value, unit } = uptimeOf(seconds);
  expect(`${value} ${unit}`).toBe(words);
});

test.each([
  [0, '0 b/s'],
  [100, '800 b/s'],
  [125, '1.0 kb/s'],
  [1250, '10 kb/s'],
  [30_750_000, '246 Mb/s'],
  [125_000_000, '1.0 Gb/s'],
  [125_000_000_000, '1000 Gb/s'],
])('%i bytes a second read %s', (bytesPerSecond, words) => {
  expect(formatBitRate(bytesPerSecond)).toBe(words);
});

describe('tags', () => {
  test.each<[string, string[], RegExp | null]>([
    ['', [], null],
    ['vip, batch  vip', ['vip', 'batch'], null],
    ['Łódź env:prod', ['Łódź', 'env:prod'], null],
    ['a/b', ['a/b'], /"a\/b"/],
    ['x'.repeat(41), ['x'.repeat(41)], /at most 40/],
    [
      Array.from({ length: 51 }, (_, at) => `t${at}`).join(' '),
      Array.from({ length: 51 }, (_, at) => `t${at}`),
      /At most 50/,
    ],
  ])('%s', (text, tags, problem) => {
    expect(tagsOf(text)).toEqual(tags);
    if (problem === null) expect(tagProblem(text)).toBeNull();
    else expect(tagProblem(text)).toMatch(problem);
  });
});

const ONE = `SHA256:${'a'.repeat(43)}`;
const OTHER = `SHA256:${'B/+'.repeat(14)}c`;

test.each<[string, string, string | null]>([
  [
    'both are named',
    `hv1 shows another host key: ssh-ed25519 ${OTHER}, known was ssh-ed25519 ${ONE}.`,
    OTHER,
  ],
  ['the known one first', `known was ${ONE}, shown is ${OTHER}.`, OTHER],
  ['only the known one', `known was ${ONE}.`, null],
  ['none', 'It is connecting.', null],
])('the key shown in place of the known one: %s', (_, reason, shown) => {
  expect(shownFingerprint({ reason, hostKeyFingerprint: ONE })).toBe(shown);
});
