import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CUSTOMER_FIELDS } from '../../../shared/domains/customers/customer-fields.ts';
import { HOST_FIELDS, HOST_HAS } from '../../../shared/domains/fleet/host-fields.ts';
import { VM_FIELDS, VM_HAS } from '../../../shared/domains/fleet/vm-fields.ts';
import { TASK_FIELDS } from '../../../shared/domains/tasks/task-fields.ts';

const guide = readFileSync(join(import.meta.dirname, '../../../docs/queries.md'), 'utf8');

test.each([
  ['VMs', VM_FIELDS, VM_HAS],
  ['hosts', HOST_FIELDS, HOST_HAS],
  ['tasks', TASK_FIELDS, []],
  ['customers', CUSTOMER_FIELDS, []],
] as const)('the guide names the fields of %s, all of them and no others', (list, fields, has) => {
  const [, , named = '', asked = ''] = guide
    .split('\n')
    .find((line) => line.startsWith(`| ${list} |`))!
    .split('|');
  const words = (cell: string): string[] => cell.trim().split(' ').filter(Boolean).toSorted();
  expect(words(named)).toEqual(Object.keys(fields).toSorted());
  expect(words(asked)).toEqual(has.toSorted());
});
