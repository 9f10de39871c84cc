import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { OperatingFailure } from '../platform/calls/operating-failure.ts';
import { entriesFolder } from './program-folders.ts';

const practiceSchema = z.object({
  hosts: z.array(
    z.object({
      name: z.string(),
      address: z.string(),
      port: z.number(),
      fingerprint: z.string(),
      socketPath: z.string(),
      vms: z.number(),
    }),
  ),
  privateKey: z.string(),
  password: z.string(),
});
export type PracticeDescription = z.infer<typeof practiceSchema>;

export interface RunningPractice {
  readonly description: PracticeDescription;
  /** Resolves when the fleet has ended, by itself or stopped. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

interface Program {
  readonly input: Writable;
  readonly output: Readable;
  readonly ended: Promise<void>;
}

/**
 * Starts the practice fleet: a program of its own, so that no line of it is in the engine. Beside Node it is a process; inside the
 * desktop runtime, which does not let its binary be used as Node, a thread. It ends with its standard input, so it never outlives us.
 *
 * @throws OperatingFailure `practice-failed`
 */
export async function startPractice(size: { hosts: number; vms: number }): Promise<RunningPractice> {
  const entry = join(entriesFolder, 'practice.js');
  const words = ['--hosts', String(size.hosts), '--vms', String(size.vms)];
  const program =
    process.versions['electron'] === undefined ? asProcess(entry, words) : asThread(entry, words);
  const description = await firstLine(program);
  return {
    description,
    ended: program.ended,
    stop: async () => {
      program.input.end();
      await program.ended;
    },
  };
}

function asProcess(entry: string, words: readonly string[]): Program {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined);
  return { input: child.stdin, output: child.stdout, ended: once(child, 'exit').then(() => undefined) };
}

function asThread(entry: string, words: readonly string[]): Program {
  const worker = new Worker(entry, { argv: [...words], stdin: true, stdout: true });
  if (!worker.stdin) throw new Error('a thread with stdin: true has one');
  return { input: worker.stdin, output: worker.stdout, ended: once(worker, 'exit').then(() => undefined) };
}

async function firstLine(program: Program): Promise<PracticeDescription> {
  const lines = createInterface({ input: program.output });
  const line = await Promise.race([
    once(lines, 'line').then(([text]) => text as string),
    program.ended.then(() => undefined),
  ]);
  if (line === undefined)
    throw new OperatingFailure({
      code: 'practice-failed',
      sentence: 'The practice fleet could not start; what it said stands above.',
    });
  return practiceSchema.parse(JSON.parse(line));
}
