import { expect, test } from 'vitest';
import { exactWords } from './pool-words.ts';

test.each([
  ['12', '12'],
  ['1234.5', '1,234.5'],
  ['10/3', '3.33'],
  ['0.0051', '0.01'],
  ['4000/3', '1,333.33'],
])('%s is said as %s', (text, words) => {
  expect(exactWords(text)).toBe(words);
});
