import { expect, test } from 'vitest';
import { withCompared, withToggled, type ComparedKeys } from './host-import-keys.ts';

const none: ComparedKeys = new Map();
const one = { key: 'line 1', fingerprint: 'SHA256:a' };
const two = { key: 'line 2', fingerprint: 'SHA256:b' };
const jump = { key: 'line 1', fingerprint: 'SHA256:jump' };

test.each([
  ['one line', [[one]], { 'line 1': ['SHA256:a'] }],
  ['the only line twice', [[one], [one]], { 'line 1': ['SHA256:a'] }],
  ['two lines', [[one, two]], { 'line 1': ['SHA256:a'], 'line 2': ['SHA256:b'] }],
  ['a jump host, then the host behind it', [[jump], [one]], { 'line 1': ['SHA256:jump', 'SHA256:a'] }],
  ['a line whose host showed no key', [[{ key: 'line 3', fingerprint: '' }]], {}],
])('all were compared: %s', (_what, said, compared) => {
  const after = said.reduce((had, shown) => withCompared(had, shown), none);
  expect(Object.fromEntries(after)).toEqual(compared);
});

test('a tick goes on and off, and leaves the other keys of the line', () => {
  const ticked = withToggled(withCompared(none, [jump]), one);
  expect(Object.fromEntries(ticked)).toEqual({ 'line 1': ['SHA256:jump', 'SHA256:a'] });
  expect(Object.fromEntries(withToggled(ticked, one))).toEqual({ 'line 1': ['SHA256:jump'] });
});
