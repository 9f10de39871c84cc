import { spawn } from 'node:child_process';
import fc from 'fast-check';
import { createInterface } from 'node:readline';
import { builtProgram } from './built-program.ts';

/** An engine of its own that works on something and writes lines as it goes, `done` at its end. */
export interface Child {
  readonly program:
    | 'run-child.ts'
    | 'repricing-child.ts'
    | 'billing-child.ts'
    | 'pool-run-child.ts'
    | 'vat-round-child.ts';
  readonly input: readonly string[];
}

/** Of a billing run, or of a move of subscriptions. */
export interface Posting {
  readonly address: string;
  readonly runId: string;
  readonly round: number;
  readonly batch: number;
  readonly program?: 'run-child.ts' | 'repricing-child.ts';
}

/** FC_SEED kills at other points. What a child has done by then is the machine's affair, so a seed makes such a run likely, not certain. */
const SEED = Number(process.env['FC_SEED'] ?? 20_261_130);
/** Lines of a child before it is killed, at most; and then at most so long into whatever it does next. */
const LINES = 3;
const INTO_MS = 15;

export async function postWithKills(of: Posting, workers: number, kills: number): Promise<number> {
  const { program = 'run-child.ts', address, runId, round, batch } = of;
  return await workWithKills(
    { program, input: [address, runId, String(round), String(batch)] },
    workers,
    kills,
  );
}

/**
 * Lets so many engines work at once, and kills them at random points, each time beginning another one in its place, until so many
 * were killed; those that are there then work to the end. Gives how many were killed.
 */
export async function workWithKills(of: Child, workers: number, kills: number): Promise<number> {
  const points = fc.sample(
    fc.record({ lines: fc.integer({ min: 1, max: LINES }), intoMs: fc.integer({ min: 0, max: INTO_MS }) }),
    { numRuns: kills, seed: SEED },
  );
  process.stderr.write(`Engines are killed at the points of FC_SEED=${SEED}.\n`);
  let killed = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      if ((await workUntilKilled(of, points.shift())) === 'done') return;
      killed++;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return killed;
}

async function workUntilKilled(
  { program, input }: Child,
  point: { readonly lines: number; readonly intoMs: number } | undefined,
): Promise<'killed' | 'done'> {
  const args = [await builtProgram(program), ...input];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  // It may be gone while it is told to go on.
  child.stdin.on('error', () => undefined);
  const exited = new Promise((resolve) => child.on('exit', resolve));
  let lines = 0;
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    child.stdin.write('\n');
    if (++lines === point?.lines) setTimeout(() => child.kill('SIGKILL'), point.intoMs);
  }
  await exited;
  return last === 'done' ? 'done' : 'killed';
}
