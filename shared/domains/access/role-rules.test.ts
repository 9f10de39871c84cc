import { expect, test } from 'vitest';
import { mayDo } from './role-rules.ts';

test.each([
  ['administrator', 'access.administer', true],
  ['sysadmin', 'fleet.operate', true],
  ['sysadmin', 'billing.write', false],
  ['accountant', 'billing.write', true],
  ['accountant', 'fleet.operate', false],
  ['observer', 'fleet.read', true],
  ['observer', 'tasks.control', false],
  ['observer', null, true],
] as const)('a %s and %s: %s', (role, permission, expected) => {
  expect(mayDo(role, permission)).toBe(expected);
});
