import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';

/**
 * Runs a part of a bench in a process of its own: its file, started by itself with `input`, so that what memory it takes is its own, and what
 * was made before for it to find is not measured. `BENCH_PROFILE=FOLDER` leaves a profile of each.
 */
export async function inOwnProcess<Answer>(
  file: string,
  input: object,
): Promise<Answer & { readonly peakMib: number }> {
  const folder = process.env['BENCH_PROFILE'];
  const profile = folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  const child = spawn(process.execPath, [...process.execArgv, ...profile, file, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${file} ended with ${String(code)}`);
  return JSON.parse(said) as Answer & { readonly peakMib: number };
}

/** Says on standard error what a bench does, and how long it has been at it. */
export function tell(what: string): void {
  process.stderr.write(`${(performance.now() / 1000).toFixed(1).padStart(6)} s  ${what}\n`);
}

/** The other side of {@link inOwnProcess}: does what was asked and answers, with the most memory that it had. */
export async function answerBench<Input>(work: (input: Input) => Promise<object>): Promise<void> {
  const answer = await work(JSON.parse(process.argv[2] ?? '') as Input);
  process.stdout.write(JSON.stringify({ ...answer, peakMib: peakMib() }));
}

/** The most memory a process has had, of its own: what Node says of its own process begins with what its parent had when it was started. */
export function peakMib(pid: number | 'self' = 'self'): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}
