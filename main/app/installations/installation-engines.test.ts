import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FromEngine } from '../../../shared/contract/messages.ts';
import { describeOnPostgres } from '../../testing/store-for-test.ts';
import { PipeCaller } from '../cli/call-over-pipe.ts';
import { consoleEngines, type ConsoleEngines } from '../console-engine.ts';
import { memoryPipe } from '../engine/memory-pipe.ts';
import { readSettings } from '../settings/settings.ts';
import { makeQuickFolder } from '../../testing/quick-folder.ts';
import { allSchema } from '../all-schema.ts';

const soon = { timeout: 60_000, interval: 20 };
const customer = { country: 'CZ', currency: 'CZK' };

let home = '';
const closing: (() => Promise<void>)[] = [];
beforeEach(() => {
  ({ folder: home } = makeQuickFolder('innkeeper-installations-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  rmSync(home, { recursive: true, force: true });
});

const fileStore = (name: string): string => `sqlite:${join(home, `${name}.sqlite`)}`;

async function openConsole(stores: Readonly<Record<string, string>>): Promise<ConsoleEngines> {
  const installations = Object.entries(stores).map(([name, store]) => ({ name, store }));
  const settings = readSettings({
    environment: { HOME: home, INNKEEPER_INSTALLATIONS: JSON.stringify(installations) },
  });
  const engines = await consoleEngines({ settings, hostKind: 'browser', practice: undefined });
  closing.push(engines.stop);
  return engines;
}

/** What an engine, or nobody, says first to a page of this installation. */
async function firstWord(console: ConsoleEngines, installation?: string): Promise<FromEngine> {
  const { caller, engine } = memoryPipe();
  const first = new Promise<FromEngine>((resolve) => caller.onMessage(resolve));
  console.onPipe(engine, installation);
  const word = await first;
  caller.close();
  return word;
}

function page(console: ConsoleEngines, installation?: string): PipeCaller {
  const { caller, engine } = memoryPipe();
  const made = new PipeCaller(caller);
  console.onPipe(engine, installation);
  return made;
}

async function customersOf(caller: PipeCaller): Promise<string[]> {
  const { rows } = (await caller.call('customers.customerList', {})) as { rows: { name: string }[] };
  return rows.map((row) => row.name);
}

describeOnPostgres('one console on an embedded store and a team’s', ({ newAddress }) => {
  test('each pipe is of one installation: its rows, its changes, its duties and its actions', async () => {
    const console = await openConsole({ prague: fileStore('prague'), brno: await newAddress(allSchema) });
    const [prague, brno] = [page(console), page(console, 'brno')];
    const heard: string[] = [];
    const stop = new AbortController();
    const following = prague.follow(
      'system.changes',
      {},
      (item) => heard.push((item as { topic: string }).topic),
      {
        signal: stop.signal,
      },
    );
    await expect.poll(() => heard.length, soon).toBe(1);
    await brno.call('customers.customerCreate', { ...customer, name: 'Moravia' });
    await prague.call('customers.customerCreate', { ...customer, name: 'Bohemia' });
    await expect.poll(() => heard.filter((topic) => topic === 'customer').length, soon).toBe(1);
    expect([await customersOf(prague), await customersOf(brno)]).toEqual([['Bohemia'], ['Moravia']]);
    const words = [await firstWord(console, 'prague'), await firstWord(console, 'brno')];
    expect(words.map((word) => word.t)).toEqual(['hello', 'hello']);
    const stores = new Set(words.map((word) => (word as { store?: string }).store));
    expect(stores.size).toBe(2);
    stop.abort();
    await following;
  });

  test('one whose database is away says so in a sentence without its password, and the others are open', async () => {
    const console = await openConsole({
      prague: 'postgres://ik:hunter2@127.0.0.1:1/none',
      brno: await newAddress(allSchema),
    });
    expect(await firstWord(console, 'brno')).toMatchObject({ t: 'hello' });
    const word = await firstWord(console, 'prague');
    expect(word).toMatchObject({ t: 'unavailable' });
    expect(JSON.stringify(word)).not.toContain('hunter2');
  });
});

test('a store keeps its identity from one engine to the next', async () => {
  const stores = { prague: fileStore('prague'), brno: fileStore('brno') };
  const first = await openConsole(stores);
  const before = [await firstWord(first, 'prague'), await firstWord(first, 'brno')] as { store?: string }[];
  await first.stop();
  const again = await openConsole(stores);
  const after = [await firstWord(again, 'prague'), await firstWord(again, 'brno')] as { store?: string }[];
  expect(after.map((word) => word.store)).toEqual(before.map((word) => word.store));
  expect(before[0]?.store).not.toBe(before[1]?.store);
});

test('one that could not be opened is tried again with the next page that asks', async () => {
  const console = await openConsole({ prague: fileStore('prague'), brno: `sqlite:${home}` });
  expect(await firstWord(console, 'brno')).toMatchObject({ t: 'unavailable' });
  expect(await firstWord(console, 'prague')).toMatchObject({ t: 'hello' });
  expect(await firstWord(console, 'brno')).toMatchObject({ t: 'unavailable' });
});

test('a name that is in no settings is refused by name', async () => {
  const console = await openConsole({ prague: fileStore('prague'), brno: fileStore('brno') });
  expect(await firstWord(console, 'ostrava')).toEqual({
    t: 'unavailable',
    sentence: 'There is no installation "ostrava" in the settings of this console.',
  });
});
