import { expect, test } from 'vitest';
import {
  BULK_ITEM_STATES,
  whyNotBulk,
  type BulkControl,
  type BulkItemState,
  type BulkState,
  type StoredBulkActionName,
} from './bulk-rules.ts';

type Case = readonly [
  control: BulkControl,
  action: StoredBulkActionName,
  state: BulkState,
  counts: Partial<Record<BulkItemState, number>>,
  /** Null: it can be done. */
  reason: RegExp | null,
];

const none = Object.fromEntries(BULK_ITEM_STATES.map((state) => [state, 0])) as Record<BulkItemState, number>;

test.each<Case>([
  ['retry', 'start', 'done', { failed: 1 }, null],
  ['retry', 'start', 'cancelled', { cancelled: 2 }, null],
  ['retry', 'delete', 'done', { failed: 1, refused: 3 }, null],
  ['retry', 'start', 'running', { failed: 1 }, /still runs/],
  ['retry', 'start', 'stopped', { failed: 1, waiting: 4 }, /still waiting/],
  ['retry', 'start', 'done', { refused: 3 }, /nothing of it has failed/],
  ['retryRefused', 'start', 'done', { refused: 3 }, null],
  ['retryRefused', 'tagsAdd', 'done', { failed: 1, refused: 3 }, null],
  ['retryRefused', 'start', 'stopped', { refused: 1, waiting: 4 }, /still waiting/],
  ['retryRefused', 'start', 'stopping', { refused: 1 }, /still runs/],
  ['retryRefused', 'start', 'done', { failed: 1 }, /nothing of it was refused/],
  ['retryRefused', 'delete', 'done', { refused: 3 }, /number that was typed/],
  ['retryRefused', 'forceOff', 'done', { failed: 1, refused: 3 }, /number that was typed/],
  ['retryRefused', 'reset', 'done', { refused: 3 }, /number that was typed/],
  ['goOn', 'start', 'stopped', { waiting: 1 }, null],
  ['goOn', 'start', 'stopping', { waiting: 1 }, null],
  ['goOn', 'start', 'running', { waiting: 1 }, /it runs/],
  ['goOn', 'start', 'done', {}, /nothing of it is waiting/],
  ['cancel', 'start', 'stopped', { waiting: 1 }, null],
  ['cancel', 'start', 'done', {}, /has ended/],
  ['undo', 'tagsAdd', 'done', { done: 1 }, null],
  ['undo', 'tagsAdd', 'done', { undone: 1 }, /taken back/],
  ['undo', 'delete', 'done', { done: 1 }, /nothing real/],
])('%s of %s that is %s, %o', (control, action, state, counts, reason) => {
  const why = whyNotBulk(control, { action, state, counts: { ...none, ...counts } });
  if (reason === null) expect(why).toBeNull();
  else expect(why).toMatch(reason);
});
