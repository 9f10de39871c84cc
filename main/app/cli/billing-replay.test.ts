import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '../../testing/laws/source-files.ts';
import { makeQuickFolder } from '../../testing/quick-folder.ts';
import { billingReplay } from './billing-replay.ts';

const { folder } = makeQuickFolder('innkeeper-replay-');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function replay(file: string, json = false): Promise<{ code: number; lines: string[] }> {
  const printed: string[] = [];
  const code = await billingReplay(['replay', file], { json, print: (words) => printed.push(words) });
  return { code, lines: printed.join('\n').split('\n') };
}

function fileOf(content: unknown): string {
  const path = join(folder, 'told.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('facts of public suites all pass', () => {
  const ours = join(root, 'main/testing/vectors/billing');
  const atLeast: Readonly<Record<string, number>> = {
    'first-billing-cycle-date.json': 21,
    'proration-fraction.json': 9,
    'proration-in-advance.json': 200,
    'stories-kill-bill.json': 80,
    'stories-lago.json': 79,
    'stories-mixed.json': 184,
  };
  it.each(readdirSync(ours))('%s', async (name) => {
    const { code, lines } = await replay(join(ours, name));
    expect(lines.filter((line) => !line.startsWith('passed '))).toEqual([
      `${lines.length - 1} passed, 0 failed`,
    ]);
    expect(lines.length - 1).toBeGreaterThanOrEqual(atLeast[name] ?? 1);
    expect(code).toBe(0);
    // The same file says the same, whenever it is replayed.
    expect((await replay(join(ours, name))).lines).toEqual(lines);
  });

  it('each story is told once, with its test', () => {
    const stories = ['stories-kill-bill.json', 'stories-lago.json'].flatMap(
      (name) =>
        (JSON.parse(readFileSync(join(ours, name), 'utf8')) as { stories: { id: string; from: string }[] })
          .stories,
    );
    expect(new Set(stories.map(({ id }) => id)).size).toBe(stories.length);
    expect(stories.filter(({ from }) => !/^(killbill|lago) \S/.test(from))).toEqual([]);
  });
});

const passes = {
  test: 'one',
  period: 'MONTHLY',
  start: '2027-01-01',
  target: '2027-01-01',
  billCycleDay: 1,
  expectedCycles: '1',
};
const fails = { ...passes, test: 'two', expectedCycles: '2' };
const wrong = { ...passes, test: 'three', period: 'eon' };
const odd = { ...passes, colour: 'red' };
const place = '2027-01-01.. by 2027-01-01, day 1';

describe('what the command says and how it ends', () => {
  it('all pass: 0', async () => {
    expect(await replay(fileOf({ vectors: [passes] }))).toEqual({
      code: 0,
      lines: [`passed one ${place}`, '1 passed, 0 failed'],
    });
  });

  it('one failed: 1, with what was expected and what it got, whatever else is wrong', async () => {
    expect(await replay(fileOf({ vectors: [fails, wrong, passes] }))).toEqual({
      code: 1,
      lines: [
        `FAILED two ${place}`,
        '  expected 2',
        '  got      1.000000000',
        'NOT READ vectors.1 three',
        expect.stringMatching(/^ {2}vectors\.1\.period: one of day, week/) as string,
        `passed one ${place}`,
        '1 passed, 1 failed, 1 not read',
      ],
    });
  });

  it('one could not be read: 2', async () => {
    expect(await replay(fileOf({ vectors: [wrong, passes] }))).toMatchObject({ code: 2 });
  });

  it('one has a field that is none: 2', async () => {
    expect(await replay(fileOf({ vectors: [odd] }))).toEqual({
      code: 2,
      lines: [
        `passed one ${place}`,
        '  vectors.0.colour: is no field here, and was left aside',
        '1 passed, 0 failed',
      ],
    });
  });

  it('as JSON: one document', async () => {
    const { code, lines } = await replay(fileOf({ vectors: [fails, wrong, passes, odd] }), true);
    expect(code).toBe(1);
    expect(JSON.parse(lines.join('\n'))).toEqual({
      passed: 2,
      failed: 1,
      notRead: 1,
      entries: [
        { name: `two ${place}`, result: 'failed', expected: '2', got: '1.000000000' },
        { name: 'vectors.1 three', result: 'not-read', issues: [expect.anything()] },
        { name: `one ${place}`, result: 'passed' },
        { name: `one ${place}`, result: 'passed', issues: [expect.anything()] },
      ],
    });
  });

  it.each([
    ['', /told\.json is not JSON/],
    ['{"stories": [', /told\.json is not JSON/],
    [{}, /\(file\): neither "stories" nor "vectors"/],
    [{ stories: [] }, /stories: there is nothing to replay/],
    [{ vectors: 3 }, /vectors: a list of entries/],
  ])('a file that is none, %j, is refused', async (content, sentence) => {
    await expect(replay(fileOf(content))).rejects.toThrow(sentence);
  });

  it('a mark of byte order is no fault', async () => {
    expect(await replay(fileOf(`\uFEFF${JSON.stringify({ vectors: [passes] })}`))).toMatchObject({ code: 0 });
  });

  it('one file at a time', async () => {
    await expect(billingReplay(['replay', 'a', 'b'], { json: false, print: () => {} })).rejects.toThrow(
      /One file at a time/,
    );
  });
});
