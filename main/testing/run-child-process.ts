import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Posting {
  readonly address: string;
  readonly runId: string;
  readonly round: number;
  readonly batch: number;
}

/** Lines of a child before it is killed, at most; and then at most so long into whatever it does next. */
const LINES = 3;
const INTO_MS = 15;

/**
 * Lets so many engines post a run at once, and kills them at random points, each time beginning another one in its place, until so many
 * were killed; those that are there then work to the end. Gives how many were killed.
 */
export async function postWithKills(of: Posting, workers: number, kills: number): Promise<number> {
  let left = kills;
  let killed = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const isToBeKilled = left > 0;
      if (isToBeKilled) left--;
      const killAt = isToBeKilled ? 1 + Math.floor(Math.random() * LINES) : Number.POSITIVE_INFINITY;
      if ((await postUntilKilled(of, killAt)) === 'done') return;
      killed++;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return killed;
}

async function postUntilKilled(of: Posting, killAt: number): Promise<'killed' | 'done'> {
  const program = join(import.meta.dirname, 'run-child.ts');
  const input = [program, of.address, of.runId, String(of.round), String(of.batch)];
  const child = spawn(process.execPath, input, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.on('exit', resolve));
  let lines = 0;
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    if (++lines === killAt) setTimeout(() => child.kill('SIGKILL'), Math.random() * INTO_MS);
  }
  await exited;
  return last === 'done' ? 'done' : 'killed';
}
