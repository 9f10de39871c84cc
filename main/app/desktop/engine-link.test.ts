import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebContents } from 'electron';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { silentLog } from '../../testing/engine-for-test.ts';
import { utilityProcesses } from '../../testing/electron-stand-in/utility-process.ts';
import { EngineLink } from './engine-link.ts';

// Real processes in the place of the engine's; the runtime is the stand-in's.
vi.mock('electron', async () => ({
  ...(await import('../../testing/electron-stand-in/utility-process.ts')),
  MessageChannelMain: (await import('../../testing/electron-stand-in/message-ports.ts'))
    .MessageChannelStandIn,
}));

const patient = { timeout: 60_000, interval: 20 };
let folder: string;
let links: EngineLink[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'engine-link-'));
  links = [];
});
afterEach(async () => {
  await Promise.all(links.map(async (link) => await link.stop(0)));
  rmSync(folder, { recursive: true, force: true });
});

const obeys = `process.parentPort.on('message', ({ data }) => { if (data.t === 'stop') process.exit(0); });`;
const ready = `process.parentPort.postMessage({ t: 'ready' });`;
const fails = (final: boolean): string =>
  `process.parentPort.postMessage({ t: 'failed', sentence: 'No store.', final: ${final} });`;

/** A program for the engine's process; each start leaves a mark, and `starts` counts them. */
function engine(code: string, restartPausesMs: readonly number[] = [0, 0, 0]) {
  const entry = join(folder, 'engine.mjs');
  const marks = join(folder, 'marks');
  const failed: string[] = [];
  writeFileSync(marks, '');
  writeFileSync(
    entry,
    `import { appendFileSync, readFileSync } from 'node:fs';
     appendFileSync(${JSON.stringify(marks)}, process.argv.slice(2).join(' ') + '\\n');
     const start = readFileSync(${JSON.stringify(marks)}, 'utf8').split('\\n').length - 1;
     ${code}`,
  );
  const link = new EngineLink({
    entry,
    arguments: ['--store=x'],
    log: silentLog,
    restartPausesMs,
    onFailed: (sentence) => failed.push(sentence),
  });
  links.push(link);
  return { link, failed, starts: () => readFileSync(marks, 'utf8').split('\n').slice(0, -1) };
}

/** A window that counts the ports it is given. */
function windowForTest(): { contents: WebContents; ports: () => number; of: readonly string[] } {
  const of: string[] = [];
  const contents = { isDestroyed: () => false, postMessage: (_name: string, to: string) => of.push(to) };
  return { contents: contents as unknown as WebContents, ports: () => of.length, of };
}

describe('an engine that ends', () => {
  test.each<[what: string, code: string, starts: number, failed: string[]]>([
    [
      'again and again is left to the person after so many times',
      'process.exit(3);',
      4,
      [expect.stringMatching(/ended 4 times in a row/)],
    ],
    ['for a reason that trying cannot change is not tried again', obeys + fails(true), 1, ['No store.']],
    [
      'for any other reason is tried again, and the last words are told',
      obeys + fails(false),
      4,
      ['No store.'],
    ],
  ])('%s', async (_what, code, starts, failed) => {
    const tried = engine(code);
    tried.link.start(undefined);
    await expect.poll(() => tried.failed, patient).toEqual(failed);
    expect(tried.starts()).toHaveLength(starts);
  });

  test('once is started again and is as good as new', async () => {
    const tried = engine(`${obeys} if (start === 1) process.exit(1); ${ready}`);
    const window = windowForTest();
    tried.link.start(undefined);
    tried.link.connect(window.contents);
    await expect.poll(window.ports, patient).toBe(1);
    expect(tried.starts()).toHaveLength(2);
    expect(tried.failed).toEqual([]);
  });

  test('is started again when the person says so, with all its tries', async () => {
    const tried = engine(`${obeys} if (start < 4) process.exit(1); ${ready}`, [0]);
    const window = windowForTest();
    tried.link.start(undefined);
    tried.link.connect(window.contents);
    await expect.poll(() => tried.failed.length, patient).toBe(1);
    tried.link.tryAgain();
    await expect.poll(window.ports, patient).toBe(1);
    expect(tried.starts()).toHaveLength(4);
  });
});

describe('ports', () => {
  test('one for each window that asked, however often it did', async () => {
    const tried = engine(obeys + ready);
    const windows = [windowForTest(), windowForTest()];
    for (const { contents } of [...windows, ...windows]) tried.link.connect(contents);
    tried.link.start(undefined);
    await expect.poll(() => windows.map((window) => window.ports()), patient).toEqual([1, 1]);
  });
});

test('a port says which installation it leads to, also of those asked for before the engine was ready', async () => {
  const heard = join(folder, 'heard');
  writeFileSync(heard, '');
  const tried = engine(`
    process.parentPort.on('message', ({ data }) => {
      if (data.t === 'stop') process.exit(0);
      if (data.t === 'port') appendFileSync(${JSON.stringify(heard)}, data.to + ';');
    });
    ${ready}`);
  const window = windowForTest();
  for (const to of ['prague', 'brno', 'prague']) tried.link.connect(window.contents, to);
  tried.link.start(undefined);
  await expect.poll(() => window.of, patient).toEqual(['prague', 'brno']);
  tried.link.connect(window.contents);
  await expect.poll(() => readFileSync(heard, 'utf8'), patient).toBe('prague;brno;;');
  expect(window.of).toEqual(['prague', 'brno', '']);
});

describe('starting and stopping', () => {
  const keychain = {
    isAsyncEncryptionAvailable: async () => true,
    encryptStringAsync: async (text: string) => Buffer.from(`v11${text}`),
    decryptStringAsync: async (sealed: Buffer) => ({ shouldReEncrypt: false, result: sealed.toString() }),
  };

  test.each<[what: string, given: typeof keychain | undefined, words: string]>([
    ['with a keychain the engine is told so', keychain, '--store=x --keychain'],
    ['without one it is not', undefined, '--store=x'],
  ])('%s', async (_what, given, words) => {
    const tried = engine(obeys + ready);
    tried.link.start(given);
    await expect.poll(tried.starts, patient).toEqual([words]);
  });

  test('a question for the keychain is answered', async () => {
    const heard = join(folder, 'heard');
    const tried = engine(`
      import { writeFileSync } from 'node:fs';
      process.parentPort.on('message', ({ data }) => {
        if (data.t === 'stop') process.exit(0);
        writeFileSync(${JSON.stringify(heard)}, JSON.stringify(data));
      });
      process.parentPort.postMessage({ t: 'keychain', question: { id: 7, verb: 'seal', text: 'x' } });`);
    writeFileSync(heard, '');
    tried.link.start(keychain);
    const answer = { t: 'keychain', answer: { id: 7, text: Buffer.from('v11x').toString('base64') } };
    await expect.poll(() => readFileSync(heard, 'utf8'), patient).toBe(JSON.stringify(answer));
  });

  test('it is let end by itself', async () => {
    const tried = engine(obeys + ready);
    tried.link.start(undefined);
    await expect.poll(tried.starts, patient).toHaveLength(1);
    await tried.link.stop(25_000);
    expect(utilityProcesses.at(-1)?.pid).toBeUndefined();
    expect(tried.failed).toEqual([]);
  });

  test('one that does not listen is killed after its time', async () => {
    const tried = engine(`${ready} setInterval(() => {}, 1000);`);
    tried.link.start(undefined);
    await expect.poll(tried.starts, patient).toHaveLength(1);
    await tried.link.stop(10);
    expect(utilityProcesses.at(-1)?.pid).toBeUndefined();
  });

  test('after the end nothing starts any more', async () => {
    const tried = engine('process.exit(1);', [60_000]);
    tried.link.start(undefined);
    await expect.poll(tried.starts, patient).toHaveLength(1);
    await tried.link.stop();
    tried.link.tryAgain();
    const before = utilityProcesses.length;
    tried.link.start(undefined);
    expect(utilityProcesses).toHaveLength(before);
  });
});
