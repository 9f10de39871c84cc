import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { redact } from '../secrets/redact.ts';
import { openLog } from './log.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string): Record<string, unknown>[] =>
  readFileSync(join(folder, 'log', name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('a line is a sentence with facts, without secrets, in a file of this user alone', async () => {
  const log = openLog({ folder: join(folder, 'log'), name: 'engine', level: 'info', redact });
  log.debug('not at this level');
  log.with({ host: 'hv1' }).warn('refused at postgres://u:hunter2@db/x', {
    auth: { password: 'hunter2', user: 'root' },
    error: new Error('token=hunter2 is wrong', { cause: new Error('bearer hunter2hunter2') }),
  });
  await log.close();
  const text = readFileSync(join(folder, 'log/engine.log'), 'utf8');
  expect(text).not.toContain('hunter2');
  expect(read('engine.log')).toEqual([
    expect.objectContaining({
      level: 40,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      pid: process.pid,
      host: 'hv1',
      msg: 'refused at postgres://u:[hidden]@db/x',
      auth: { password: '[hidden]', user: 'root' },
      error: expect.objectContaining({ name: 'Error', message: 'token=[hidden] is wrong' }) as object,
    }),
  ]);
  expect(statSync(join(folder, 'log/engine.log')).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'log')).mode & 0o777).toBe(0o700);
});

test('a file of 10 MB is put aside, and of those ten are kept', async () => {
  const log = openLog({ folder: join(folder, 'log'), name: 'engine', level: 'info', redact });
  const aside = (): string[] =>
    readdirSync(join(folder, 'log')).filter((name) => /^engine\.\d+\.log$/.test(name));
  const line = 'x'.repeat(1_000_000);
  for (let round = 0; round < 13; round += 1) {
    const before = totalBytes();
    for (let at = 0; at < 11; at += 1) log.info(line);
    await expect.poll(totalBytes).not.toBe(before);
  }
  await log.close();
  expect(aside().length).toBeGreaterThan(5);
  expect(aside().length).toBeLessThanOrEqual(10);
  expect(totalBytes()).toBeLessThan(130_000_000);

  function totalBytes(): number {
    return readdirSync(join(folder, 'log')).reduce(
      (sum, name) => sum + (statSync(join(folder, 'log', name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  }
});

test('a folder that cannot be had is named in a sentence', () => {
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'log'));
  expect(() => openLog({ folder: join(folder, 'file/log'), name: 'engine', level: 'info', redact })).toThrow(
    /^The folder \S+file\/log cannot be made \(ENOTDIR.*\)\. Choose another: INNKEEPER_LOG_FOLDER\.$/,
  );
});
