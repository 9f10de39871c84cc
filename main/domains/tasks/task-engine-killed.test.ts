import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { builtProgram } from '../../testing/built-program.ts';
import { FILE_TASK_STEPS } from '../../testing/file-task.ts';
import type { FileTaskOrder } from '../../testing/file-task-process.ts';
import { describeOnBothStores, testWhen } from '../../testing/store-for-test.ts';

const timeout = 120_000;
/** Two dozen processes begin at once: one that gets no turn for seconds is not dead. */
const LEASE_MS = 6_000;

let program = '';
beforeAll(async () => {
  program = await builtProgram('file-task-process.ts');
});

const folders: string[] = [];
const processes: ChildProcess[] = [];
afterAll(() => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-killed-'));
  folders.push(folder);
  writeFileSync(join(folder, 'effects'), '');
  return folder;
}

interface Ended {
  readonly signal: string | null;
  /** Written by a process that lived to the end of its task. */
  readonly state: string;
}

/** An engine in a process of its own, until it ends or is killed. */
function engineProcess(order: FileTaskOrder): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [program, JSON.stringify({ leaseMs: LEASE_MS, ...order })], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  processes.push(child);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (signal === null && code !== 0) reject(new Error(errors));
      else resolve({ signal, state: output });
    });
  });
  return { child, ended };
}

function effects(folder: string): string[] {
  return readFileSync(join(folder, 'effects'), 'utf8').trim().split('\n');
}

function files(folder: string): string[] {
  return FILE_TASK_STEPS.filter((name) => existsSync(join(folder, name)));
}

function times(folder: string, effect: string): number {
  return effects(folder).filter((line) => line === effect).length;
}

describeOnBothStores('an engine killed with -9', ({ newAddress, kind }) => {
  const moments = FILE_TASK_STEPS.flatMap((name) => [`before:${name}`, `after:${name}`]);
  test.concurrent.each(moments)(
    '%s its work: the next engine goes on there, and nothing is done twice',
    { timeout },
    async (killAt) => {
      const input = { folder: newFolder() };
      const address = await newAddress();
      expect(await engineProcess({ address, input, killAt }).ended).toEqual({ signal: 'SIGKILL', state: '' });
      expect(await engineProcess({ address, input }).ended).toEqual({ signal: null, state: 'succeeded' });
      expect(files(input.folder)).toEqual(FILE_TASK_STEPS);
      const killedIn = killAt.slice(killAt.indexOf(':') + 1);
      for (const name of FILE_TASK_STEPS) {
        expect({ name, made: times(input.folder, `made ${name}`) }).toEqual({ name, made: 1 });
        expect({ name, run: times(input.folder, `run ${name}`) }).toEqual({
          name,
          run: name === killedIn ? 2 : 1,
        });
      }
    },
  );

  const undos = FILE_TASK_STEPS.flatMap((name) => [`undo-before:${name}`, `undo-after:${name}`]);
  test.concurrent.each(undos)('%s: the next engine cleans up the rest', { timeout }, async (killAt) => {
    const input = { folder: newFolder(), failAt: 'third' };
    const address = await newAddress();
    expect(await engineProcess({ address, input, killAt }).ended).toEqual({ signal: 'SIGKILL', state: '' });
    expect(await engineProcess({ address, input }).ended).toEqual({ signal: null, state: 'failed' });
    expect(files(input.folder)).toEqual([]);
    const killedIn = killAt.slice(killAt.indexOf(':') + 1);
    for (const name of FILE_TASK_STEPS) {
      expect({ name, run: times(input.folder, `run ${name}`) }).toEqual({ name, run: 1 });
      expect({ name, undo: times(input.folder, `undo ${name}`) }).toEqual({
        name,
        undo: name === killedIn ? 2 : 1,
      });
    }
  });

  testWhen(kind === 'postgres')(
    'while another runs beside it: the task goes on in the other',
    { timeout },
    async () => {
      const input = { folder: newFolder() };
      const address = await newAddress();
      const first = engineProcess({ address, input, holdAt: 'before:second' });
      await vi.waitFor(() => expect(existsSync(join(input.folder, 'held'))).toBe(true), {
        timeout: 60_000,
        interval: 50,
      });
      const second = engineProcess({ address, input });
      first.child.kill('SIGKILL');
      expect((await first.ended).signal).toBe('SIGKILL');
      expect(await second.ended).toEqual({ signal: null, state: 'succeeded' });
      expect(effects(input.folder)).toEqual([
        'run first',
        'made first',
        'run second',
        'run second',
        'made second',
        'run third',
        'made third',
      ]);
    },
  );
});
