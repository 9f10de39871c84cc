import { expect, test } from 'vitest';
import { operationWords } from './operation-words.ts';

test.each([
  ['done', 'done', 'Started'],
  ['ended', 'done', 'Started'],
  ['done', 'not-now', 'Start'],
  ['ended', 'host-away', 'Start'],
  ['ended', 'failed', 'Start'],
  ['begun', 'done', 'Start'],
] as const)('what is %s with the result %s reads "%s"', (phase, result, words) => {
  expect(operationWords({ operation: 'fleet.vmStart', phase, result })).toBe(words);
});

test('a command of a newer engine reads as it is called', () => {
  expect(operationWords({ operation: 'fleet.vmFly', phase: 'done', result: 'done' })).toBe('fleet.vmFly');
});
