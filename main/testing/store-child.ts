import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A process of its own that works on a store, to be raced and killed. See store-child-process.ts for what it can do. */
export interface StoreChild {
  /** Lines it printed so far. */
  readonly lines: readonly string[];
  /** Resolves when a line that starts with this was printed; rejects when it ends before. */
  said(start: string): Promise<string>;
  /** Resolves with the exit code (null when killed). */
  readonly ended: Promise<number | null>;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
}

const script = fileURLToPath(new URL('./store-child-process.ts', import.meta.url));

export function startStoreChild(action: string, address: string, ...args: readonly string[]): StoreChild {
  const child = spawn(process.execPath, [script, action, address, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const note = (line: string): void => {
    lines.push(line);
    for (const look of waiting) look();
  };
  createInterface({ input: child.stdout }).on('line', note);
  createInterface({ input: child.stderr }).on('line', (line) => note(`! ${line}`));
  const ended = endOf(child);
  const said = async (start: string): Promise<string> =>
    await new Promise((resolve, reject) => {
      const look = (): void => {
        const line = lines.find((candidate) => candidate.startsWith(start));
        if (line !== undefined) resolve(line);
      };
      waiting.add(look);
      look();
      void ended.then((code) =>
        reject(new Error(`The process ended (${code}) before it said "${start}":\n${lines.join('\n')}`)),
      );
    });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { lines, said, ended, kill };
}

async function endOf(child: ChildProcess): Promise<number | null> {
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}
