import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EnginePipe } from '../../../shared/contract/messages.ts';
import { programForTest } from '../../testing/program-for-test.ts';
import { PipeCaller } from '../cli/call-over-pipe.ts';
import { memoryPipe } from '../engine/memory-pipe.ts';
import { readSettings } from '../settings/settings.ts';
import { SharedConsole } from './shared-console.ts';
import { makeQuickFolder } from '../../testing/quick-folder.ts';

const PATIENCE = { timeout: 180_000 };
const soon = { timeout: 60_000, interval: 50 };
const customer = { name: 'Acme', country: 'PL', currency: 'PLN' };

let home = '';
const closing: (() => Promise<void>)[] = [];
beforeEach(() => {
  ({ folder: home } = makeQuickFolder('innkeeper-consoles-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  rmSync(home, { recursive: true, force: true });
});

interface Console {
  readonly onPipe: (pipe: EnginePipe) => void;
  readonly stop: () => Promise<void>;
  /** What it told the person in the terminal. */
  readonly said: string[];
}

async function openConsole(folder = home): Promise<Console> {
  const said: string[] = [];
  const settings = readSettings({
    environment: { HOME: folder, INNKEEPER_STORE: `sqlite:${join(folder, 'store.sqlite')}` },
  });
  const console = await SharedConsole.open(
    { settings, hostKind: 'browser', logToFile: true, joinable: true },
    (words) => said.push(words),
  );
  closing.push(console.stop);
  return { onPipe: console.onPipe, stop: console.stop, said };
}

/** A page: comes back when it is hung up on, as the real one does. */
class Page {
  readonly keys: string[] = [];
  hangUps = 0;
  #caller: PipeCaller | undefined;
  #cursor: string | undefined;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(console: Console) {
    this.#running = this.#run(console);
    closing.push(async () => {
      this.#stop.abort();
      this.#caller?.close();
      await this.#running;
    });
  }

  async #run(console: Console): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const { caller, engine } = memoryPipe();
      const ended = new Promise<void>((resolve) => caller.onClose(resolve));
      this.#caller = new PipeCaller(caller);
      console.onPipe(engine);
      const note = (item: unknown, cursor: string | undefined): void => {
        const { topic, key } = item as { topic: string; key: string };
        if (topic === 'customer') this.keys.push(key);
        this.#cursor = cursor ?? this.#cursor;
      };
      await this.#caller
        .follow('system.changes', {}, note, { after: this.#cursor, signal })
        .catch(() => undefined);
      await ended;
      this.hangUps += 1;
    }
  }

  /** The feed stands somewhere: what comes now is missed no more. */
  get follows(): boolean {
    return this.#cursor !== undefined;
  }

  async call<T>(op: string, input: unknown = {}): Promise<T> {
    return (await this.#caller?.call(op, input)) as T;
  }
}

async function about(page: Page): Promise<{ engineId: string; hostKind: string }> {
  return await page.call('system.about');
}

test('the second console joins the first and each sees what the other does', PATIENCE, async () => {
  const first = await openConsole();
  const second = await openConsole();
  expect([first.said, second.said]).toEqual([[], ['Another Innkeeper has this store open; joining it.']]);
  const [mine, other] = [new Page(first), new Page(second)];
  await vi.waitFor(() => expect([mine.follows, other.follows]).toEqual([true, true]), soon);
  expect((await about(mine)).engineId).toBe((await about(other)).engineId);
  const { customerId } = await other.call<{ customerId: string }>('customers.customerCreate', customer);
  await vi.waitFor(() => expect(mine.keys).toEqual([customerId]), soon);
  expect(await mine.call('customers.customerGet', { customerId })).toMatchObject({ name: 'Acme' });
  await second.stop();
  expect(await mine.call('customers.customerList')).toMatchObject({ total: 1 });
});

test(
  'when the first ends, the second takes the store over and its pages go on without a gap',
  PATIENCE,
  async () => {
    const first = await openConsole();
    const second = await openConsole();
    const third = await openConsole();
    const page = new Page(second);
    await vi.waitFor(() => expect(page.follows).toBe(true), soon);
    const { engineId } = await about(page);
    await first.stop();
    await vi.waitFor(async () => expect((await about(page)).engineId).not.toBe(engineId), soon);
    expect(page.hangUps).toBeGreaterThan(0);
    expect(second.said).toContain('The Innkeeper that had this store open has ended; going on without it.');
    // One of the two that are left has the store, and the other works through it.
    const other = new Page(third);
    await vi.waitFor(
      async () => expect((await about(other)).engineId).toBe((await about(page)).engineId),
      soon,
    );
    const { customerId } = await other.call<{ customerId: string }>('customers.customerCreate', customer);
    await vi.waitFor(() => expect(page.keys).toEqual([customerId]), soon);
  },
);

test('when the first is killed, what it was told is there and the second goes on', PATIENCE, async () => {
  const program = programForTest();
  closing.push(program.close);
  const first = await program.startWorker();
  const second = await openConsole(program.home);
  const page = new Page(second);
  await vi.waitFor(() => expect(page.follows).toBe(true), soon);
  const { customerId } = await page.call<{ customerId: string }>('customers.customerCreate', customer);
  expect(await about(page)).toMatchObject({ hostKind: 'worker' });
  await first.kill();
  await vi.waitFor(async () => expect(await about(page)).toMatchObject({ hostKind: 'browser' }), soon);
  expect(await page.call('customers.customerGet', { customerId })).toMatchObject({ name: 'Acme' });
  // Now it is the one that others join.
  expect(await program.call('customers.customerList')).toMatchObject({ total: 1 });
  expect(page.keys).toEqual([customerId]);
});

test('commands that come at the same moment wait for each other instead of giving up', PATIENCE, async () => {
  const program = programForTest();
  closing.push(program.close);
  const names = ['a', 'b', 'c'];
  await Promise.all(
    names.map(async (name) => await program.call('customers.customerCreate', { ...customer, name })),
  );
  expect(await program.call('customers.customerList')).toMatchObject({ total: names.length });
});
