import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startStoreChild } from '../../testing/store-child.ts';
import { tallySchema } from '../../testing/store-child-process.ts';
import { testProgram } from '../../testing/store-for-test.ts';
import type { SchemaStep } from './schema-step.ts';
import { backupStore } from './store-backup.ts';
import { openStore } from './store-open.ts';
import { restoreStore, type RestoreOptions } from './store-restore.ts';
import { StoreError } from './store-error.ts';
import type { Store } from './store.ts';

interface Tally {
  tally: { id: string; by: string };
}

const options: RestoreOptions = { schema: [tallySchema], program: testProgram };
let folder = '';
let places = 0;
const opened: Store[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'innkeeper-backup-'));
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Room {
  readonly file: string;
  readonly address: string;
  readonly backup: string;
}

function newRoom(): Room {
  const place = join(folder, String((places += 1)));
  mkdirSync(place);
  const file = join(place, 'store.db');
  return { file, address: `sqlite:${file}`, backup: join(place, 'innkeeper.backup') };
}

async function open(
  room: Room,
  schema: readonly SchemaStep[] = [tallySchema],
  version = testProgram.version,
): Promise<Store> {
  const store = await openStore({ address: room.address, schema, program: { ...testProgram, version } });
  opened.push(store);
  return store;
}

async function add(store: Store, ids: string | readonly string[]): Promise<void> {
  const rows = [ids].flat().map((id) => ({ id, by: 'test' }));
  await store.transaction<Tally, unknown>(async (trx) => await store.insertMany(trx, 'tally', rows));
}

async function idsIn(store: Store): Promise<string[]> {
  return (await store.tables<Tally>().selectFrom('tally').select('id').orderBy('id').execute()).map(
    (row) => row.id,
  );
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

/** As OpenWorkflow keeps its runs: a SQLite file of its own, open with a log. */
function openTasks(room: Room): DatabaseSync {
  const tasks = new DatabaseSync(`${room.file}.tasks.sqlite`);
  tasks.exec('pragma journal_mode = wal; create table if not exists run (id text, content blob)');
  return tasks;
}

describe('a backup', () => {
  test('is made while the store is written, is one whole moment of it, and says what it is', async () => {
    const room = newRoom();
    const store = await open(room);
    const tasks = openTasks(room);
    tasks.exec("insert into run values ('a', randomblob(9000000))");
    let written = 0;
    let isBackedUp = false;
    const writing = (async () => {
      while (!isBackedUp) await add(store, [`${(written += 1)}-a`, `${written}-b`]);
    })();
    const made = await backupStore(room.address, room.backup);
    isBackedUp = true;
    await writing;
    expect(made).toEqual({
      file: room.backup,
      bytes: statSync(room.backup).size,
      sha256: createHash('sha256').update(readFileSync(room.backup)).digest('hex'),
    });
    expect(statSync(room.backup).mode & 0o077).toBe(0);
    expect(readdirSync(join(room.backup, '..')).filter((name) => name.includes('innkeeper.backup'))).toEqual([
      'innkeeper.backup',
    ]);
    const target = newRoom();
    await restoreStore(room.backup, target.address, options);
    const restored = await open(target);
    const ids = await idsIn(restored);
    expect(ids.length % 2).toBe(0);
    expect(ids.length).toBeLessThanOrEqual(written * 2);
    expect(await restored.audit.verify()).toMatchObject({ ok: true });
    const restoredTasks = openTasks(target);
    expect(restoredTasks.prepare('select id, length(content) as bytes from run').all()).toEqual([
      { id: 'a', bytes: 9_000_000 },
    ]);
    expect(restoredTasks.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
    restoredTasks.close();
    tasks.close();
  });

  const refused: readonly [what: string, kind: string, address: (room: Room) => string, message: RegExp][] = [
    [
      'of PostgreSQL',
      'address-invalid',
      () => 'postgres://eva:secret@db/inn',
      /postgres:\/\/eva:\*\*\*@db\/inn is backed up.*pg_dump/,
    ],
    ['of memory', 'address-invalid', () => 'sqlite::memory:', /in memory/],
    ['of nothing', 'file-missing', (room) => `${room.address}-nowhere`, /is not there/],
    [
      'of something else',
      'not-a-store',
      (room) => (writeFileSync(`${room.file}.txt`, 'x'.repeat(5000)), `${room.address}.txt`),
      /not an Innkeeper store/,
    ],
  ];
  test.for(refused)('%s is refused in a sentence', async ([, kind, address, message]) => {
    const room = newRoom();
    const failure = await failureOf(backupStore(address(room), room.backup));
    expect(failure).toBeInstanceOf(StoreError);
    expect(failure).toMatchObject({ kind, message: expect.stringMatching(message) as string });
    expect(existsSync(room.backup)).toBe(false);
  });

  test('does not replace a file, nor appear where it cannot be written', async () => {
    const room = newRoom();
    await open(room);
    writeFileSync(room.backup, 'precious');
    expect(await failureOf(backupStore(room.address, room.backup))).toMatchObject({ kind: 'file-exists' });
    expect(readFileSync(room.backup, 'utf8')).toBe('precious');
    expect(await failureOf(backupStore(room.address, join(folder, 'nowhere', 'x.backup')))).toMatchObject({
      kind: 'file-missing',
    });
  });

  test('of a damaged store is not made', async () => {
    const room = newRoom();
    const store = await open(room);
    await add(
      store,
      Array.from({ length: 4000 }, (_, id) => `${id}-${'x'.repeat(60)}`),
    );
    await store.close();
    const content = readFileSync(room.file);
    content.fill(0xa5, 4096 * 40, 4096 * 60);
    writeFileSync(room.file, content);
    expect(await failureOf(backupStore(room.address, room.backup))).toMatchObject({ kind: 'corrupt' });
    expect(existsSync(room.backup)).toBe(false);
  });

  test('killed half-way is not there, and can be made again', async () => {
    const room = newRoom();
    const store = await open(room);
    await add(
      store,
      Array.from({ length: 200_000 }, (_, id) => `${id}-${'x'.repeat(60)}`),
    );
    const child = startStoreChild('backup', room.address, room.backup);
    await child.said('begins');
    const begun = (): string[] =>
      readdirSync(join(room.file, '..')).filter((name) => name.startsWith('.innkeeper.backup.partial-'));
    await expect.poll(begun, { interval: 1 }).toHaveLength(1);
    await child.kill();
    expect(child.lines).toEqual(['begins']);
    expect(existsSync(room.backup)).toBe(false);
    await backupStore(room.address, room.backup);
    expect(await idsIn(store)).toHaveLength(200_000);
  });
});

describe('a restore', () => {
  const backedUp = async (...ids: string[]): Promise<Room> => {
    const room = newRoom();
    const store = await open(room);
    await add(store, ids);
    await backupStore(room.address, room.backup);
    await store.close();
    return room;
  };

  test('puts the backup in place of the store and keeps that one aside', async () => {
    const room = await backedUp('old');
    const store = await open(room);
    await add(store, 'new');
    const cursor = await store.changes.cursor();
    await store.close();
    const restored = await restoreStore(room.backup, room.address, options);
    expect(restored).toMatchObject({ file: room.file, writtenBy: '1.2.3' });
    const again = await open(room);
    expect(await idsIn(again)).toEqual(['old']);
    const aside = new DatabaseSync(restored.replacedFile!, { readOnly: true });
    expect(aside.prepare('select id from tally order by id').all()).toEqual([{ id: 'new' }, { id: 'old' }]);
    aside.close();
    // Positions in the feed of the store that was replaced mean nothing here.
    const stopping = new AbortController();
    for await (const item of again.changes.subscribe({ after: cursor, signal: stopping.signal })) {
      expect(item).toMatchObject({ reset: true });
      break;
    }
    stopping.abort();
  });

  test('after a kill of the store brings what was in its log aside too', async () => {
    const room = await backedUp('old');
    const child = startStoreChild('command', room.address, '100000');
    await child.said('result key-3');
    await child.kill();
    const { replacedFile } = await restoreStore(room.backup, room.address, options);
    const aside = new DatabaseSync(replacedFile!, { readOnly: true });
    expect(aside.prepare("select count(*) as n from tally where id in ('key-0', 'key-3')").get()).toEqual({
      n: 2,
    });
    aside.close();
    expect(await idsIn(await open(room))).toEqual(['old']);
  });

  test('replaces a store that is too damaged to open', async () => {
    const room = await backedUp('old');
    writeFileSync(room.file, 'rubbish '.repeat(1000));
    const { replacedFile } = await restoreStore(room.backup, room.address, options);
    expect(readFileSync(replacedFile!, 'utf8')).toContain('rubbish');
    expect(await idsIn(await open(room))).toEqual(['old']);
  });

  test('of the copy made before an update works too', async () => {
    const room = newRoom();
    await add(await open(room), 'old');
    await opened.pop()!.close();
    const more: SchemaStep = {
      id: '20260401T0000-more',
      up: async (to) => await to.run('create table more (id text primary key)'),
    };
    const updated = await open(room, [tallySchema, more], '2.0.0');
    await updated.close();
    expect(await failureOf(open(room))).toMatchObject({ kind: 'schema-newer' });
    await restoreStore(updated.opened.backupFile!, room.address, options);
    expect(await idsIn(await open(room))).toEqual(['old']);
  });

  test('does not touch a store in use', async () => {
    const room = await backedUp('old');
    const store = await open(room);
    await add(store, 'new');
    expect(await failureOf(restoreStore(room.backup, room.address, options))).toMatchObject({
      kind: 'in-use',
      pid: process.pid,
    });
    expect(await idsIn(store)).toEqual(['new', 'old']);
  });

  const bad: readonly [what: string, kind: string, spoil: (room: Room) => void, options?: RestoreOptions][] =
    [
      ['that is not there', 'file-missing', (room) => rmSync(room.backup)],
      ['that is something else', 'not-a-store', (room) => writeFileSync(room.backup, 'x'.repeat(5000))],
      [
        'that is cut short',
        'corrupt',
        (room) => truncateSync(room.backup, statSync(room.backup).size - 4096),
      ],
      ['of a newer version', 'schema-newer', () => undefined, { schema: [], program: testProgram }],
    ];
  test.for(bad)('of a backup %s changes nothing', async ([, kind, spoil, restoreOptions = options]) => {
    const room = await backedUp('old');
    const store = await open(room);
    await add(store, 'new');
    await store.close();
    spoil(room);
    const failure = await failureOf(restoreStore(room.backup, room.address, restoreOptions));
    expect(failure).toBeInstanceOf(StoreError);
    expect(failure).toMatchObject({ kind });
    expect(await idsIn(await open(room))).toEqual(['new', 'old']);
  });
});
