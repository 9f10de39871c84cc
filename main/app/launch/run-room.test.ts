import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from '../../testing/laws/source-files.ts';

// The closing line of `npm test` is what CI and people believe: it must be true however a room ends.

const PATIENCE = { timeout: 240_000 };
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'innkeeper-rooms-'));
  writeFileSync(
    join(folder, 'vitest.config.mjs'),
    'export default { test: { globals: true, fileParallelism: false, teardownTimeout: 1000 } };',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

function write(files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

/** The closing lines of a run of the files of this folder, as `npm test` would print them. */
async function closing(options: Record<string, unknown> = {}): Promise<string[]> {
  const room = {
    name: 'small',
    words: ['--root', folder, '--config', join(folder, 'vitest.config.mjs')],
    limitMs: 120_000,
    graceMs: 3000,
    later: true,
    ...options,
  };
  const program = `
    const { closingLines, runRoom } = await import(${JSON.stringify(join(root, 'main/app/launch/run-room.mjs'))});
    const rooms = [await runRoom(${JSON.stringify(room)})];
    process.stdout.write('\\nCLOSING\\n' + closingLines(rooms).join('\\n'));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: root,
    env: { ...process.env, INNKEEPER_STORE: 'postgres://somebody', LC_ALL: 'pl_PL.UTF-8' },
  });
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'exit');
  const [, lines] = output.split('\nCLOSING\n');
  if (lines === undefined) throw new Error(`it did not close: ${output}\n${complaints}`);
  return lines.replaceAll(/(?<=failed: |again: )(?:\.\.\/)+\S*\/(?=[a-z-]+\.test\.mjs)/g, '').split('\n');
}

test('counts what passed, failed and was skipped, and names what failed', PATIENCE, async () => {
  write({
    'a.test.mjs': `describe('sums', () => { test('right', () => {}); test('wrong', () => { expect(1).toBe(2); }); test.skip('later', () => {}); });`,
    'b.test.mjs': `test('another', () => {});`,
  });
  expect(await closing()).toEqual(['failed: a.test.mjs > sums > wrong', '2 passed, 1 failed, 1 skipped']);
});

test('what passes only when it is tried again counts once, and is named', PATIENCE, async () => {
  write({
    'a.test.mjs': `let tries = 0; test('second', { retry: 1 }, () => { tries += 1; expect(tries).toBe(2); }); test('at once', { retry: 1 }, () => {});`,
  });
  expect(await closing()).toEqual([
    'passed only when tried again: a.test.mjs > second',
    '2 passed, 0 failed',
  ]);
});

test(
  'a file that cannot be loaded, a hook that fails and an error nobody handles are failures',
  PATIENCE,
  async () => {
    write({
      'a.test.mjs': `import './none.mjs'; test('never', () => {});`,
      'b.test.mjs': `beforeAll(() => { throw new Error('no ground'); }); test('never', () => {});`,
      'c.test.mjs': `test('fine', () => {}); afterAll(() => { throw new Error('not put down'); });`,
      'd.test.mjs': `test('fine too', async () => { void Promise.reject(new Error('left alone')); await new Promise((go) => setTimeout(go, 50)); });`,
    });
    // Files run in an order of their own.
    expect((await closing()).toSorted()).toEqual([
      '2 passed, 4 failed, 1 skipped',
      expect.stringMatching(/^failed: a\.test\.mjs: .*none\.mjs/),
      'failed: b.test.mjs: no ground',
      'failed: c.test.mjs: not put down',
      'failed: nobody handled: left alone',
    ]);
  },
);

test('no setting of a person reaches the tests, and programs speak English to them', PATIENCE, async () => {
  write({
    'a.test.mjs': `test('environment', () => { expect([process.env.INNKEEPER_STORE, process.env.LC_ALL]).toEqual([undefined, 'C.UTF-8']); });`,
  });
  expect(await closing()).toEqual(['1 passed, 0 failed']);
});

test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'a secluded room sees no network but a loopback of its own',
  PATIENCE,
  async () => {
    write({
      'a.test.mjs': `import { networkInterfaces } from 'node:os';
        test('alone', () => { expect(Object.keys(networkInterfaces())).toEqual(['lo']); });`,
    });
    expect(await closing({ secluded: true })).toEqual(['1 passed, 0 failed']);
  },
);

test('a room that hangs is stopped, says where it stood, and keeps what had passed', PATIENCE, async () => {
  write({
    'a.test.mjs': `test('done', () => {}); test('hangs', async () => { await new Promise(() => {}); }, 600_000);`,
  });
  const lines = await closing({ limitMs: 30_000 });
  expect(lines).toEqual([
    expect.stringMatching(
      /^failed: the small tests did not end within 30 seconds; unfinished: \S*a\.test\.mjs$/,
    ),
    '1 passed, 1 failed',
  ]);
});

test(
  'a runner that dies is a failure, and so is one that ends well without having ended its tests',
  PATIENCE,
  async () => {
    write({
      // Once the runner has written down that this file began.
      'a.test.mjs': `import { readFileSync } from 'node:fs';
        test('kills its runner', async () => {
          await expect.poll(() => readFileSync(process.env.TEST_ROOM_RECORD, 'utf8'), { timeout: 30_000 }).toContain('begun');
          process.kill(process.ppid, 'SIGKILL');
          await new Promise(() => {});
        }, 60_000);`,
    });
    write({ 'vitest.config.mjs': `export default { test: { globals: true, pool: 'forks' } };` });
    expect(await closing()).toEqual([
      expect.stringMatching(
        /^failed: the small tests ended with SIGKILL; unfinished: \S*a\.test\.mjs: see above$/,
      ),
      '0 passed, 1 failed',
    ]);
  },
);

test('a room whose ground cannot be laid, or that finds no test, has not passed', PATIENCE, async () => {
  expect(await closing()).toEqual(['failed: no small test was run', '0 passed, 1 failed']);
  expect(await closing({ mayBeEmpty: true })).toEqual(['0 passed, 0 failed']);
  write({
    'vitest.config.mjs': `export default { test: { globals: true, globalSetup: './setup.mjs' } };`,
    'setup.mjs': `export default () => { throw new Error('no database'); };`,
    'a.test.mjs': `test('never', () => {});`,
  });
  const lines = await closing();
  expect(lines.at(-1)).toBe('0 passed, 1 failed');
});
