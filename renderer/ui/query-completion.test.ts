import { expect, test } from 'vitest';
import { problemIn, suggest, wordAt } from './query-completion.ts';
import type { QueryField } from './query-completion.ts';

const fields: readonly QueryField[] = [
  { name: 'state', hint: 'running, crashed', values: ['running', 'crashed', 'shut-off'] },
  {
    name: 'customer',
    hint: 'who pays',
    values: (typed) =>
      Promise.resolve(['Acme', 'Acme South'].filter((name) => name.toLowerCase().includes(typed))),
  },
  { name: 'cpu', hint: 'percent' },
];

const kinds: readonly QueryField[] = [
  { name: 'state', hint: '', kind: 'word', values: ['running', 'crashed', 'shut-off'] },
  { name: 'cpu', hint: '', kind: 'number' },
  { name: 'cpus', hint: '', kind: 'number' },
  { name: 'memory', hint: '', kind: 'bytes' },
  { name: 'created', hint: '', kind: 'instant' },
  { name: 'owner', hint: '', kind: 'text', values: ['Jan "J" (sp.)'] },
];

test.each([
  ['', 0, { start: 0, word: '' }],
  ['state:run', 9, { start: 0, word: 'state:run' }],
  ['state:running cust', 18, { start: 14, word: 'cust' }],
  ['state:running cust', 3, { start: 0, word: 'sta' }],
  ['customer:"Acme So', 17, { start: 0, word: 'customer:"Acme So' }],
  ['customer:"Acme South" cpu', 25, { start: 22, word: 'cpu' }],
  ['cpu>4 (-sta', 11, { start: 8, word: 'sta' }],
])('in `%s` at %d the word is found', (text, caret, found) => {
  expect(wordAt(text, caret)).toEqual(found);
});

test.each([
  ['', ['state:', 'customer:', 'cpu:']],
  ['c', ['customer:', 'cpu:']],
  ['state:', ['state:running ', 'state:crashed ', 'state:shut-off ']],
  ['state:cra', ['state:crashed ']],
  ['customer:south', ['customer:"Acme South" ']],
  ['cpu:', []],
  ['unknown:', []],
])('`%s` is completed by %j', async (word, completions) => {
  expect((await suggest(fields, word)).map((each) => each.text)).toEqual(completions);
});

test.each([
  ['mem', ['memory>']],
  ['cpu', ['cpu>', 'cpu>=', 'cpu<', 'cpu<=', 'cpu:', 'cpu!=', 'cpus>']],
  ['memory>1', ['memory>512MiB ', 'memory>1GiB ', 'memory>16GiB ', 'memory>1TiB ']],
  ['created>-7', ['created>-7d ']],
  ['state:running,', ['state:running,crashed ', 'state:running,shut-off ']],
  ['state!=cra', ['state!=crashed ']],
  ['State:cra', ['State:crashed ']],
  ['owner:jan', [String.raw`owner:"Jan \"J\" (sp.)" `]],
  ['O', ['owner:', 'OR ']],
  ['NO', ['NOT ']],
  ['OR', []],
])('`%s` of fields of all kinds is completed by %j', async (word, completions) => {
  expect((await suggest(kinds, word)).map((each) => each.text)).toEqual(completions);
});

test.each([
  ['state:runing', 'At character 1: no.', { at: 0, end: 12 }],
  ['a stat:"x y" b', 'At character 3: no.', { at: 2, end: 12 }],
  ['a (b', 'At character 3: not closed.', { at: 2, end: 4 }],
  ['"open', 'At character 1: not closed.', { at: 0, end: 5 }],
  ['cpu>', 'At character 5: a value is missing.', { at: 4, end: 5 }],
])('in `%s` the problem is pointed at', (query, sentence, place) => {
  expect(problemIn(query, sentence)).toEqual({ ...place, sentence });
});

test('a sentence without a place points nowhere', () => {
  expect(problemIn('a', 'The host is away.')).toBeNull();
});
