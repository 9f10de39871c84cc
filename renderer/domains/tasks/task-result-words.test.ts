import { expect, test } from 'vitest';
import { taskResultWords } from './task-result-words.ts';

test.each([
  ['virtualSizeBytes', 100_663_296, 'Virtual size', '96 MiB'],
  ['hosts', 1, 'Hosts', '1'],
  ['sha256', 'a01548', 'SHA-256', 'a01548'],
  ['forced', false, 'Forced', 'no'],
  ['format', 'qcow2', 'Format', 'qcow2'],
])('%s: %s reads %s, %s', (key, value, label, words) => {
  expect(taskResultWords(key, value)).toEqual({ label, value: words });
});
