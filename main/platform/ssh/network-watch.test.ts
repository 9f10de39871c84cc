import { expect, test } from 'vitest';
import { NetworkWatch } from './network-watch.ts';
import { SshError, type SshErrorKind } from './ssh-error.ts';

const failure = (kind: SshErrorKind) => new SshError(kind, { where: 'h', timeoutMs: 10_000 });

test('350 hosts fail at once: one sentence, said once, and taken back by the first that answers', () => {
  const watch = new NetworkWatch();
  const said: boolean[] = [];
  watch.onChange((isDown) => said.push(isDown));
  const hosts = Array.from({ length: 350 }, (_, index) => `hv${index}`);
  for (const host of hosts) watch.succeeded(host);
  const errors = hosts.map((host) => watch.failed(host, failure('timed-out')) as SshError);
  expect(errors.filter((error) => error.kind === 'network-down')).toHaveLength(1);
  expect(errors.at(-1)?.message).toContain('none of 350 hosts answers');
  expect((watch.failed('hv7', failure('unreachable')) as SshError).kind).toBe('network-down');
  expect(said).toEqual([true]);
  watch.succeeded('hv9');
  expect(said).toEqual([true, false]);
  expect((watch.failed('hv7', failure('unreachable')) as SshError).kind).toBe('unreachable');
});

test.each<[string, SshErrorKind[], boolean]>([
  ['one host alone proves nothing', ['timed-out'], false],
  ['two that do not answer', ['timed-out', 'unreachable'], true],
  ['one was lost, one has no name', ['lost', 'name-unknown'], true],
  ['one refuses: it has answered', ['timed-out', 'refused'], false],
  ['one shows a new key: it has answered', ['timed-out', 'host-key-changed'], false],
])('%s', (_, kinds, isDown) => {
  const watch = new NetworkWatch();
  for (const [index, kind] of kinds.entries()) watch.failed(`hv${index}`, failure(kind));
  expect(watch.isDown).toBe(isDown);
});

test('a host that is removed no longer counts, and errors that are not ours pass', () => {
  const watch = new NetworkWatch();
  watch.failed('a', failure('timed-out'));
  watch.succeeded('b');
  watch.failed('c', failure('timed-out'));
  expect(watch.isDown).toBe(false);
  watch.forget('b');
  expect(watch.isDown).toBe(true);
  const bug = new TypeError('x is not a function');
  expect(watch.failed('a', bug)).toBe(bug);
});
