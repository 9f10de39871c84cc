import { expect, test } from 'vitest';
import { EntryGate } from './entry-gate.ts';
import { HandshakeGate } from './handshake-gate.ts';

test('lets as many in as it may, the others in the order they came', async () => {
  const gate = new EntryGate(2);
  const order: number[] = [];
  const leave = [await gate.enter(), await gate.enter()];
  const waiting = [3, 4, 5].map(async (number) => {
    const end = await gate.enter();
    order.push(number);
    return end;
  });
  leave[0]?.();
  leave[0]?.(); // leaving twice frees one place, not two
  const third = await waiting[0];
  expect(order).toEqual([3]);
  third?.();
  leave[1]?.();
  for (const end of await Promise.all(waiting.slice(1))) end();
  expect(order).toEqual([3, 4, 5]);
  expect(gate.isIdle).toBe(true);
});

test('who gives up leaves the line', async () => {
  const gate = new EntryGate(1);
  const leave = await gate.enter();
  const abort = new AbortController();
  const gaveUp = gate.enter(abort.signal);
  const patient = gate.enter();
  abort.abort(new Error('no time'));
  await expect(gaveUp).rejects.toThrow('no time');
  leave();
  (await patient)();
  expect(gate.isIdle).toBe(true);
});

test('a host that is slow takes no place from the others', async () => {
  const gate = new HandshakeGate({ perHost: 1, inAll: 2 });
  const slow = Promise.withResolvers<void>();
  const held = [1, 2, 3].map(async () => await gate.run('slow', async () => await slow.promise));
  expect(await gate.run('quick', async () => 'done')).toBe('done');
  slow.resolve();
  await Promise.all(held);
});

test('a handshake that fails gives its place back', async () => {
  const gate = new HandshakeGate({ perHost: 1, inAll: 1 });
  await expect(gate.run('a', async () => await Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await gate.run('a', async () => 'next')).toBe('next');
});

test('who stays longer than a turn lasts goes on, and holds up nobody', async () => {
  const gate = new EntryGate(1);
  const never = new AbortController().signal;
  const slow = await gate.enterFor(10, never);
  const next = await gate.enterFor(60_000, never);
  // The turn it no longer has is not given back a second time.
  slow();
  let isIn = false;
  const third = gate.enter().then((leave) => {
    isIn = true;
    return leave;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isIn).toBe(false);
  const abort = new AbortController();
  const waiting = gate.enterFor(60_000, abort.signal);
  abort.abort(new Error('given up'));
  await expect(waiting).rejects.toThrow('given up');
  next();
  (await third)();
  expect(gate.isIdle).toBe(true);
});

test('who gives up in the moment its turn comes takes nobody else out of the line', async () => {
  const gate = new EntryGate(1);
  const leave = await gate.enter();
  const abort = new AbortController();
  const next = gate.enter(abort.signal);
  const last = gate.enter();
  leave();
  abort.abort(new Error('too late'));
  (await next)();
  (await last)();
  expect(gate.isIdle).toBe(true);
});
