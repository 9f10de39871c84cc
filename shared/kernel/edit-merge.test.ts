import { expect, test } from 'vitest';
import { mergeEdit } from './edit-merge.ts';

const thing = (name: string, city: string, tags: readonly string[] = []) => ({ name, city, tags });

test.each([
  ['nobody else', thing('A', 'X'), thing('B', 'X'), thing('A', 'X'), thing('B', 'X'), []],
  ['another field', thing('A', 'X'), thing('B', 'X'), thing('A', 'Y'), thing('B', 'Y'), []],
  ['the same field, to the same', thing('A', 'X'), thing('B', 'X'), thing('B', 'X'), thing('B', 'X'), []],
  ['the same field', thing('A', 'X'), thing('B', 'X'), thing('C', 'X'), thing('B', 'X'), ['name']],
  [
    'a list',
    thing('A', 'X'),
    thing('A', 'X', ['a']),
    thing('A', 'X', ['b']),
    thing('A', 'X', ['a']),
    ['tags'],
  ],
  ['there was none, now one like it', {}, thing('B', 'X'), thing('B', 'X'), thing('B', 'X'), []],
  ['there was none', {}, thing('B', 'X'), thing('C', 'X'), thing('B', 'X'), ['name']],
  ['what was seen of it is not said', undefined, thing('B', 'X'), thing('C', 'Y'), thing('B', 'X'), []],
])('an edit beside one of %s', (_what, before, mine, now, merged, clashes) => {
  expect(mergeEdit({ before, mine, now })).toEqual({ merged, clashes });
});
