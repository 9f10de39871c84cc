import { expect, test } from 'vitest';
import { withoutSecrets } from './secret-fields.ts';

const input = { address: 'hv1', auth: { kind: 'password', password: 'hunter2' } };

test.each([
  [input, ['auth.password'], { address: 'hv1', auth: { kind: 'password', password: '•••' } }],
  [input, ['auth'], { address: 'hv1', auth: '•••' }],
  [input, ['auth.privateKey', 'nothing.there'], input],
  [null, ['a'], null],
  ['text', ['a.b'], 'text'],
])('of %o, %o is masked', (value, paths, expected) => {
  expect(withoutSecrets(value, paths)).toEqual(expected);
});

test('the value itself is left alone', () => {
  withoutSecrets(input, ['auth.password']);
  expect(input.auth.password).toBe('hunter2');
});
