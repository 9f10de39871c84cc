import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  DesktopUnderTest,
  homeForTest,
  type DesktopOptionsForTest,
} from '../../testing/electron-stand-in/desktop-under-test.ts';
import type { StandInOptions } from '../../testing/electron-stand-in/stand-in-options.ts';

// How the desktop starts where the machine, the store or the settings are not as one would wish.

const patient = { timeout: 60_000, interval: 100 };
let home: string;
let remove: () => void;
let programs: DesktopUnderTest[];

beforeEach(() => {
  ({ home, remove } = homeForTest());
  programs = [];
});
afterEach(async () => {
  await Promise.all(programs.map(async (program) => await program.kill()));
  remove();
});

function start(options: Partial<DesktopOptionsForTest> = {}): DesktopUnderTest {
  const program = new DesktopUnderTest({ home, ...options });
  programs.push(program);
  return program;
}

async function isLive(program: DesktopUnderTest): Promise<void> {
  await expect.poll(async () => await program.text().catch(String), patient).toMatch(/\bLive\b/);
}

/** The key of a host as it lies in the store; undefined while there is none. */
function sealedKey(): string | undefined {
  const file = join(home, 'data/innkeeper.sqlite');
  if (!existsSync(file)) return undefined;
  const store = new DatabaseSync(file, { readOnly: true });
  try {
    return store.prepare('select sealed_auth as sealed from host').get()?.['sealed'] as string | undefined;
  } catch {
    return undefined;
  } finally {
    store.close();
  }
}

describe('secrets', () => {
  test.each<[keychain: StandInOptions['keychain'], sealed: RegExp, said: RegExp | undefined]>([
    ['keyring', /^keychain:djEx/, undefined],
    ['plain-text', /^k1\./, /only plain text is offered, and that is refused/],
    ['none', /^k1\./, /offers no keychain/],
  ])('with %s', async (keychain, sealed, said) => {
    const desktop = start({ standIn: { keychain } });
    await expect.poll(async () => await desktop.text().catch(String), patient).toContain('Open practice');
    await desktop.evaluate(
      "[...document.querySelectorAll('button')].find((button) => button.textContent === 'Open practice').click()",
    );
    // The engine opens what it sealed: hosts are collected, and the page counts their VMs.
    await expect.poll(async () => await desktop.text(), patient).toMatch(/60 VMs · 3 hosts/);
    expect(sealedKey()).toMatch(sealed);
    const isKeychain = said === undefined;
    expect((await desktop.state()).engineWords[0]?.includes('--keychain')).toBe(isKeychain);
    expect(existsSync(join(home, 'data/secrets.key'))).toBe(!isKeychain);
    const log = readFileSync(join(home, '.local/state/innkeeper/log/shell.log'), 'utf8');
    if (said) expect(log).toMatch(said);
    else expect(log).not.toContain('key file');
    expect(await desktop.quit()).toBe(0);
  });
});

test('the practice fleet is a program of its own beside the real console', async () => {
  const real = start();
  await isLive(real);
  const practice = start({ words: ['--practice', '--hosts=1', '--vms=2'] });
  await isLive(practice);
  await expect.poll(async () => await practice.text(), patient).toContain('practice.sqlite');
  expect(await real.text()).toContain('innkeeper.sqlite');
});

test('of several installations the menu goes to another, and back to where this one was left', async () => {
  mkdirSync(join(home, 'data'), { recursive: true });
  const stores = ['prague', 'brno'].map((name) => ({
    name,
    label: name === 'prague' ? 'Prague' : 'Brno',
    store: `sqlite:${join(home, 'data', `${name}.sqlite`)}`,
  }));
  const desktop = start({ environment: { INNKEEPER_INSTALLATIONS: JSON.stringify(stores) } });
  const isAt = async (address: string): Promise<void> =>
    await expect
      .poll(async () => (await desktop.state()).windows[0]?.url, patient)
      .toBe(`app://innkeeper${address}`);
  await isLive(desktop);
  await desktop.call('menuClick', 'Tasks');
  await isAt('/at/prague/tasks');
  await desktop.call('menuClick', 'Brno');
  await expect.poll(async () => (await desktop.state()).windows[0]?.url, patient).toContain('/at/brno/');
  await isLive(desktop);
  await desktop.call('menuClick', 'Prague');
  await isAt('/at/prague/tasks');
  expect(await desktop.quit()).toBe(0);
});

describe('a store that cannot be opened', () => {
  const store = (): string => join(home, 'data/innkeeper.sqlite');
  const boxes = async (desktop: DesktopUnderTest): Promise<{ detail?: string; buttons?: string[] }[]> =>
    (await desktop.state()).dialogs.map(({ options }) => options as { detail?: string; buttons?: string[] });

  beforeEach(() => {
    mkdirSync(join(home, 'data'));
    writeFileSync(store(), 'this is no database, but it was put in its place by somebody'.repeat(100));
  });

  test('is said once, in words, and is not tried again by itself', async () => {
    const desktop = start();
    await expect.poll(async () => (await boxes(desktop)).length, patient).toBe(1);
    expect(await boxes(desktop)).toMatchObject([
      {
        detail: expect.stringMatching(/innkeeper\.sqlite/),
        buttons: ['Try Again', 'Open Log Folder', 'Quit'],
      },
    ]);
    expect((await desktop.state()).engines).toEqual([undefined]);
    expect(await desktop.quit()).toBe(0);
  });

  test('is opened when the person looked at the log, put things right and tries again', async () => {
    const desktop = start();
    await expect.poll(async () => (await boxes(desktop)).length, patient).toBe(1);
    await desktop.call('answer', 1);
    await expect.poll(async () => (await boxes(desktop)).length, patient).toBe(2);
    expect((await desktop.state()).opened).toEqual([join(home, '.local/state/innkeeper/log')]);
    rmSync(store());
    await desktop.call('answer', 0);
    await isLive(desktop);
    expect(await boxes(desktop)).toHaveLength(2);
  });

  test('ends the program when the person gives up', async () => {
    const desktop = start();
    await desktop.call('answer', 2);
    expect(await desktop.ended()).toBe(0);
  });
});

test.each<[environment: NodeJS.ProcessEnv, words: string[], said: RegExp]>([
  [{ INNKEEPER_PORT: 'many' }, [], /INNKEEPER_PORT is not right/],
  [{ INNKEEPER_COLOUR: 'red' }, [], /INNKEEPER_COLOUR is no setting/],
  [{}, ['--store'], /--store needs a value/],
])('settings that are wrong are named: %j %j', async (environment, words, said) => {
  const desktop = start({ environment, words });
  expect(await desktop.ended()).toBe(2);
  expect(desktop.output).toMatch(said);
});
