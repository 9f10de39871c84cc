import { expect, test } from 'vitest';
import { cannotConnect, isConnectionGone } from './postgres-error.ts';

const failure = (code: string): Error => Object.assign(new Error(code), { code });

test.each([
  ['57P01', true],
  ['08006', true],
  ['EPIPE', true],
  ['ECONNRESET', true],
  ['CONNECTION_CLOSED', true],
  ['23505', false],
  ['42P01', false],
  ['P0001', false],
  ['XX001', false],
])('after %s the connection is gone: %s', (code, isGone) => {
  expect(isConnectionGone(failure(code))).toBe(isGone);
});

test('a socket that breaks while the connection is made says so in words', () => {
  expect(cannotConnect(failure('EPIPE'), 'db1')).toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('PostgreSQL at db1 cannot be reached'),
  });
});
