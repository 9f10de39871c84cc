import { existsSync } from 'node:fs';
import { addDays, dayAt, dayStartMs, type LocalDate } from '../../shared/kernel/local-date.ts';

const LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
];

export interface ShiftedClock {
  /** For child processes: their wall clock is shifted, durations are not. */
  readonly environment: Record<string, string>;
  /** How far that clock is ahead of this process's. */
  readonly shiftMs: number;
  /** The day that is about to end on the shifted clock. */
  readonly today: LocalDate;
}

/**
 * A wall clock on which the day of `zone` ends in `leftMs`: what happens at midnight can be watched without waiting for it. Nothing of the program is replaced;
 * the C library's clock is (libfaketime), for every process that is given this environment.
 */
export function clockBeforeMidnight(zone: string, leftMs: number): ShiftedClock {
  const library = LIBRARIES.find((path) => existsSync(path));
  if (library === undefined) throw new Error('libfaketime is not installed: apt-get install libfaketime');
  const nowMs = Date.now();
  const today = dayAt(nowMs, zone);
  const shiftSeconds = Math.round((dayStartMs(addDays(today, 1), zone) - leftMs - nowMs) / 1000);
  return {
    today,
    shiftMs: shiftSeconds * 1000,
    environment: {
      LD_PRELOAD: library,
      FAKETIME: `${shiftSeconds >= 0 ? '+' : ''}${shiftSeconds}s`,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      // Files keep their times: the launcher tells by them whether the sources changed.
      NO_FAKE_STAT: '1',
    },
  };
}
