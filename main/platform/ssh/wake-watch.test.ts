import { expect, test } from 'vitest';
import type { SshConnection } from './ssh-connection.ts';
import { WakeWatch } from './wake-watch.ts';

/** Only what the watch uses of a connection: what a sleeping machine's connection does cannot be had from a real one. */
function connection(answers: boolean) {
  const listeners: (() => void)[] = [];
  const asked: number[] = [];
  const stand: Pick<SshConnection, 'probe' | 'onClose'> = {
    probe: async (timeoutMs) => {
      asked.push(timeoutMs);
      return answers;
    },
    onClose: (listener) => {
      listeners.push(() => listener(undefined));
      return () => undefined;
    },
  };
  return { stand: stand as SshConnection, asked, close: () => listeners.forEach((listener) => listener()) };
}

test.each([
  ['a look on time', 2_000, 0],
  ['a look that is late because the machine is busy', 9_000, 0],
  ['a look after the lid was shut for an hour', 3_600_000, 1],
])('%s asks %s', async (_, passedMs, probes) => {
  let clock = 1_000_000;
  const watch = new WakeWatch({ now: () => clock, intervalMs: 2_000, jumpMs: 15_000, probeTimeoutMs: 123 });
  const dead = connection(false);
  const alive = connection(true);
  watch.guard(dead.stand);
  watch.guard(alive.stand);
  const slept: number[] = [];
  watch.onWake((sleptMs) => slept.push(sleptMs));
  clock += passedMs;
  expect(await watch.look()).toBe(probes);
  expect([dead.asked, alive.asked]).toEqual(probes ? [[123], [123]] : [[], []]);
  expect(slept).toEqual(probes ? [passedMs - 2_000] : []);
});

test('a connection that was closed is not asked any more', async () => {
  let clock = 0;
  const watch = new WakeWatch({ now: () => clock });
  const gone = connection(true);
  watch.guard(gone.stand);
  const stop = watch.onWake(() => undefined);
  gone.close();
  clock += 60_000;
  await watch.look();
  expect(gone.asked).toEqual([]);
  stop();
});
