import { expect, test } from 'vitest';
import type { WireError } from '../../../shared/contract/wire-error.ts';
import { exitFor } from './exit-codes.ts';

test.each<[WireError, number, string]>([
  [
    {
      kind: 'bad-input',
      sentence: 'The input is not right.',
      issues: [{ path: 'auth.kind', message: 'no' }],
    },
    2,
    'The input is not right.\n  auth.kind: no',
  ],
  [{ kind: 'unknown-operation', operation: 'x', sentence: 'There is no x.' }, 2, 'There is no x.'],
  [
    { kind: 'refusal', code: 'name-taken', sentence: 'It is taken.', facts: {} },
    3,
    'name-taken: It is taken.',
  ],
  [
    { kind: 'forbidden', permission: 'fleet.operate', sentence: 'You may not.' },
    3,
    'forbidden: You may not.',
  ],
  [
    {
      kind: 'failure',
      code: 'host-lost',
      sentence: 'Lost.',
      mayRetry: true,
      remote: { system: 'libvirt', code: '38', message: 'eof' },
    },
    4,
    'host-lost: Lost.\n  libvirt said: 38 eof',
  ],
  [{ kind: 'cancelled', sentence: 'Cancelled.' }, 4, 'Cancelled.'],
  [{ kind: 'bug', sentence: 'Ours.', reference: 'op_1' }, 1, 'Ours.'],
])('%o exits with %i', (error, code, text) => {
  expect(exitFor(error)).toEqual({ code, text });
});
