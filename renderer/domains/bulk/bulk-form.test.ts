import { describe, expect, test } from 'vitest';
import { bulkMissing, newBulkForm, whatOf, type BulkForm } from './bulk-form.ts';

describe('what is asked of the engine', () => {
  test.each<[Partial<BulkForm> & Pick<BulkForm, 'action'>, unknown]>([
    [{ action: 'start' }, { action: 'start' }],
    [
      { action: 'shutdown', graceSeconds: 30 },
      { action: 'shutdown', graceSeconds: 30, thenForce: false },
    ],
    [
      { action: 'tagsAdd', tags: 'vip, wave-1 vip' },
      { action: 'tagsAdd', tags: ['vip', 'wave-1'] },
    ],
    [{ action: 'tagsAdd', tags: '' }, null],
    [{ action: 'tagsRemove', tags: 'a"b' }, null],
    [
      { action: 'tagsSet', tags: '' },
      { action: 'tagsSet', tags: [] },
    ],
    [
      { action: 'notes', notes: '' },
      { action: 'notes', notes: '' },
    ],
    [{ action: 'owner' }, null],
    [
      { action: 'owner', nobody: true },
      { action: 'owner', customerId: null },
    ],
    [
      { action: 'owner', customerId: 'cus_1' },
      { action: 'owner', customerId: 'cus_1' },
    ],
    [
      { action: 'autostart', on: false },
      { action: 'autostart', on: false },
    ],
  ])('%o', (typed, what) => {
    const form = { ...newBulkForm(typed.action), ...typed };
    expect(whatOf(form)).toEqual(what);
    expect(bulkMissing(form) === null).toBe(what !== null);
  });
});
