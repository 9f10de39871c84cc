import { expect, test, vi } from 'vitest';
import { interestOf, nounOf } from './change-watch.ts';
import { QueryEntry } from './query-cache.ts';

function entryOf(answers: (() => Promise<unknown>)[]) {
  let changed: () => void = () => undefined;
  const read = vi.fn(() => (answers.length > 1 ? answers.shift()! : answers[0]!)());
  const entry = new QueryEntry({
    read,
    watch: (listener) => {
      changed = listener;
      return () => undefined;
    },
    forget: () => undefined,
    settleMs: 20,
  });
  return {
    entry,
    read,
    change: () => {
      changed();
    },
  };
}

test('nothing is read before somebody looks', () => {
  const { entry, read } = entryOf([() => Promise.resolve(1)]);
  expect(entry.snapshot()).toMatchObject({ data: undefined, loading: true });
  expect(read).not.toHaveBeenCalled();
});

test('a change reads again, and an equal answer keeps the object', async () => {
  const { entry, read, change } = entryOf([() => Promise.resolve({ a: 1 })]);
  entry.subscribe(() => undefined);
  await vi.waitFor(() => {
    expect(entry.snapshot().data).toEqual({ a: 1 });
  });
  const first = entry.snapshot().data;
  change();
  await vi.waitFor(() => {
    expect(read).toHaveBeenCalledTimes(2);
  });
  await vi.waitFor(() => {
    expect(entry.snapshot().loading).toBe(false);
  });
  expect(entry.snapshot().data).toBe(first);
});

test('when a later reading fails, the data stays and the error is told', async () => {
  const { entry } = entryOf([() => Promise.resolve('old'), () => Promise.reject(new Error('gone'))]);
  entry.subscribe(() => undefined);
  await vi.waitFor(() => {
    expect(entry.snapshot().data).toBe('old');
  });
  entry.refetch();
  await vi.waitFor(() => {
    expect(entry.snapshot().error).toBeInstanceOf(Error);
  });
  expect(entry.snapshot()).toMatchObject({ data: 'old', loading: false });
});

test('a change nobody sees is read by the next who looks', async () => {
  const { entry, read, change } = entryOf([() => Promise.resolve(1), () => Promise.resolve(2)]);
  const leave = entry.subscribe(() => undefined);
  await vi.waitFor(() => {
    expect(entry.snapshot().data).toBe(1);
  });
  leave();
  change();
  expect(read).toHaveBeenCalledTimes(1);
  entry.subscribe(() => undefined);
  await vi.waitFor(() => {
    expect(entry.snapshot().data).toBe(2);
  });
});

test.each([
  ['fleet.vmList', {}, { topics: ['vm'], key: undefined }],
  ['fleet.vmGet', { vmId: 'v1' }, { topics: ['vm'], key: 'v1' }],
  ['billing.invoiceGet', { invoiceId: 'i1' }, { topics: ['invoice'], key: 'i1' }],
  ['system.about', {}, { topics: ['about'], key: undefined }],
])('%s listens to its noun and its object', (op, input, interest) => {
  expect(interestOf(op, input)).toEqual(interest);
});

test('topics that are named are all that is listened to', () => {
  expect(interestOf('system.overview', {}, ['vm', 'host'])).toEqual({ topics: ['vm', 'host'] });
  expect(nounOf('tasks.taskCounts')).toBe('task');
});
