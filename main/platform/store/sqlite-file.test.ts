import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startStoreChild } from '../../testing/store-child.ts';
import { tallySchema } from '../../testing/store-child-process.ts';
import { testProgram } from '../../testing/store-for-test.ts';
import { openStore, type OpenStoreOptions } from './store-open.ts';
import { StoreError, StoreInUse } from './store-error.ts';
import type { Store } from './store.ts';

interface Tally {
  tally: { id: string; by: string };
}

let folder = '';
let files = 0;
const opened: Store[] = [];
const mounts: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'innkeeper-file-'));
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  for (const mount of mounts.splice(0)) execFileSync('umount', [mount]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const newFile = (): string => join(folder, `store-${(files += 1)}.db`);

async function open(file: string, rest: Partial<OpenStoreOptions> = {}): Promise<Store> {
  const store = await openStore({
    address: `sqlite:${file}`,
    schema: [tallySchema],
    program: testProgram,
    ...rest,
  });
  opened.push(store);
  return store;
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

async function add(store: Store, id: string): Promise<unknown> {
  return await store.tables<Tally>().insertInto('tally').values({ id, by: 'test' }).execute();
}

/** A small file system of its own; undefined where this user may not mount one. */
function mountSmall(options: string): string | undefined {
  const place = mkdtempSync(join(folder, 'mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', place], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  mounts.push(place);
  return place;
}

describe('a SQLite file', () => {
  test('and what is beside it can be read by its user alone', async () => {
    const file = join(folder, 'new folder', 'store.db');
    const store = await open(file);
    await add(store, 'a');
    for (const name of [file, `${file}-wal`, `${file}.owner`])
      expect([name, statSync(name).mode & 0o077]).toEqual([name, 0]);
    expect(statSync(join(folder, 'new folder')).mode & 0o077).toBe(0);
  });

  test('keeps what was committed when its process is killed', async () => {
    const file = newFile();
    await (await open(file)).close();
    const child = startStoreChild('command', `sqlite:${file}`, '100000');
    await child.said('result key-20');
    await child.kill();
    const store = await open(file);
    const { n } = await store
      .tables<Tally>()
      .selectFrom('tally')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    const told = child.lines.filter((line) => line.startsWith('result')).length;
    expect([told, told + 1]).toContain(n);
  });
});

describe('a SQLite file in use', () => {
  test('is refused to a second process, with who has it and where to join', async () => {
    const file = newFile();
    const child = startStoreChild('own', `sqlite:${file}`, 'http://127.0.0.1:1234');
    await child.said('open');
    const failure = await failureOf(open(file));
    expect(failure).toBeInstanceOf(StoreInUse);
    const owner = JSON.parse(readFileSync(`${file}.owner`, 'utf8')) as { pid: number };
    expect(failure).toMatchObject({
      kind: 'in-use',
      pid: owner.pid,
      host: hostname(),
      joinAddress: 'http://127.0.0.1:1234',
    });
    expect((failure as Error).message).toBe(
      `The store ${file} is in use by process ${owner.pid} on ${hostname()}. Use that one, or close it first.`,
    );
    await child.kill();
    // Taken over at once; the dead one's words are replaced.
    const store = await open(file);
    expect(JSON.parse(readFileSync(`${file}.owner`, 'utf8'))).toMatchObject({ pid: process.pid });
    await store.close();
    expect(existsSync(`${file}.owner`)).toBe(false);
  });

  test('is refused to the same process', async () => {
    const file = newFile();
    const first = await open(file);
    expect(await failureOf(open(file))).toMatchObject({
      kind: 'in-use',
      pid: process.pid,
      joinAddress: undefined,
    });
    await add(first, 'still here');
    await first.close();
    expect(await (await open(file)).tables<Tally>().selectFrom('tally').select('id').execute()).toEqual([
      { id: 'still here' },
    ]);
  });

  test('is refused even when nobody can tell who has it', async () => {
    const file = newFile();
    await open(file);
    writeFileSync(`${file}.owner`, 'half a wo');
    expect(await failureOf(open(file))).toMatchObject({
      kind: 'in-use',
      pid: undefined,
      message: expect.stringContaining('another process') as string,
    });
  });
});

describe('a SQLite file that is no good', () => {
  const cases: readonly [what: string, kind: string, make: (file: string) => void][] = [
    ['a text', 'not-a-store', (file) => writeFileSync(file, 'This is a letter to my aunt. '.repeat(50))],
    ['a short text', 'not-a-store', (file) => writeFileSync(file, 'hello')],
    [
      'a database of another program',
      'not-a-store',
      (file) => new DatabaseSync(file).exec('create table song (id integer)'),
    ],
    ['a folder', 'file-missing', (file) => mkdirSync(file)],
    ['below a file', 'file-missing', (file) => writeFileSync(file, '')],
  ];
  test.for(cases)('%s is left alone', async ([what, kind, make]) => {
    const place = newFile();
    make(place);
    const file = what === 'below a file' ? join(place, 'store.db') : place;
    const before = statSync(place).isFile() ? readFileSync(place) : undefined;
    const failure = await failureOf(open(file));
    expect(failure).toBeInstanceOf(StoreError);
    expect(failure).toMatchObject({ kind });
    expect((failure as Error).message).toContain(file);
    if (before !== undefined) expect(readFileSync(place)).toEqual(before);
    for (const suffix of ['.owner', '.owner-lock', '-wal', '-shm'])
      expect(existsSync(`${file}${suffix}`)).toBe(false);
  });

  test('an empty one becomes a store', async () => {
    const file = newFile();
    writeFileSync(file, '');
    expect((await open(file)).opened.created).toBe(true);
  });

  test.for([
    ['its first page', 100],
    ['a page further on', 4096 * 3],
  ] as const)('a damaged one is told by %s', async ([, offset]) => {
    const file = newFile();
    const store = await open(file);
    await store.transaction<Tally, unknown>(
      async (trx) =>
        await store.insertMany(
          trx,
          'tally',
          Array.from({ length: 5000 }, (_, id) => ({ id: String(id), by: 'x'.repeat(50) })),
        ),
    );
    await store.close();
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(4096 * 20, 0xa5), 0, 4096 * 20, offset);
    closeSync(handle);
    const failure = await failureOf(
      (async () => await (await open(file)).tables<Tally>().selectFrom('tally').selectAll().execute())(),
    );
    expect(failure).toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining('restore the last backup') as string,
    });
  });
});

describe('a SQLite file that cannot be written', () => {
  test('in a folder of somebody else is refused in a sentence', async () => {
    const place = process.getuid?.() === 0 ? mountSmall('size=1m,ro') : mkdtempSync(join(folder, 'locked-'));
    if (place === undefined) return;
    chmodSyncIfPossible(place, 0o500);
    expect(await failureOf(open(join(place, 'store.db')))).toMatchObject({
      kind: expect.stringMatching(/^(read-only|permission-denied)$/) as string,
    });
  });

  test('because the file system is read-only, is refused in a sentence', async () => {
    const source = newFile();
    await (await open(source)).close();
    const place = mountSmall('size=1m');
    if (place === undefined) return;
    const file = join(place, 'store.db');
    copyFileSync(source, file);
    execFileSync('mount', ['-o', 'remount,ro', place]);
    expect(await failureOf(open(file))).toMatchObject({
      kind: 'read-only',
      message: expect.stringContaining(file) as string,
    });
  });

  test('because the disk is full: the change was not made, and the store goes on when there is room', async () => {
    const store = await open(newFile());
    await add(store, 'before');
    const pages = (await sql<{ page_count: number }>`pragma page_count`.execute(store.tables())).rows[0]!
      .page_count;
    await sql.raw(`pragma max_page_count = ${pages + 2}`).execute(store.tables());
    await expectFull(store);
    await sql.raw('pragma max_page_count = 100000').execute(store.tables());
    await add(store, 'after');
    expect(await idsIn(store)).toEqual(['after', 'before']);
  });

  test('because the disk is really full: the same', async () => {
    const place = mountSmall('size=3m');
    if (place === undefined) return;
    const store = await open(join(place, 'store.db'));
    await add(store, 'before');
    writeFileSync(join(place, 'ballast'), Buffer.alloc(freeBytes(place)));
    await expectFull(store);
    rmSync(join(place, 'ballast'));
    await add(store, 'after');
    expect(await idsIn(store)).toEqual(['after', 'before']);
    expect(await store.audit.verify()).toMatchObject({ ok: true });
    await store.close();
  });

  async function expectFull(store: Store): Promise<void> {
    const rows = Array.from({ length: 3000 }, (_, id) => ({ id: `${id}`, by: 'x'.repeat(300) }));
    const failure = await failureOf(
      store.transaction<Tally, unknown>(async (trx) => await store.insertMany(trx, 'tally', rows)),
    );
    expect(failure).toMatchObject({
      kind: 'disk-full',
      message: expect.stringContaining('the change was not made') as string,
    });
    expect(await idsIn(store)).toEqual(['before']);
  }

  async function idsIn(store: Store): Promise<string[]> {
    return (await store.tables<Tally>().selectFrom('tally').select('id').orderBy('id').execute()).map(
      (row) => row.id,
    );
  }

  function freeBytes(place: string): number {
    const free = execFileSync('df', ['--output=avail', '-B1', place], { encoding: 'utf8' });
    return Number(free.trim().split('\n').at(-1));
  }

  function chmodSyncIfPossible(place: string, mode: number): void {
    if (process.getuid?.() !== 0) chmodSync(place, mode);
  }
});
