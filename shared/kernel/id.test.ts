import { expect, test } from 'vitest';
import { isId, newId } from './id.ts';

test('ids made later sort later, and no two of 20,000 are equal', () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => newId('vm', 1_790_000_000_000 + i));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each([
  [newId('vm'), true],
  [newId('host'), false],
  ['vm_short', false],
  ['vm_01k9z3u4567890123456789012', false],
])('%s is a vm id: %s', (text, expected) => {
  expect(isId('vm', text)).toBe(expected);
});
