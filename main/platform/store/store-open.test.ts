import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { startStoreChild } from '../../testing/store-child.ts';
import { tallySchema } from '../../testing/store-child-process.ts';
import { describeOnBothStores, testProgram, testWhen } from '../../testing/store-for-test.ts';
import { platformSchema } from './platform-schema.ts';
import type { SchemaStep } from './schema-step.ts';
import { parseStoreAddress } from './store-address.ts';
import { openStore, type OpenStoreOptions } from './store-open.ts';
import { StoreError } from './store-error.ts';
import type { Store } from './store.ts';

interface Tally {
  tally: { id: string; by: string };
}

const step = (id: string, ...statements: string[]): SchemaStep => ({
  id,
  up: async (to) => await to.run(...statements),
});
const guestbook = step(
  '20260201T0000-guestbook',
  'create table guestbook (id text primary key)',
  "insert into guestbook (id) values ('eva')",
);
const failing = step(
  '20260301T0000-failing',
  'create table half (id text primary key)',
  'insert into nowhere (id) values (1)',
);

const fileOf = (address: string): string => {
  const parsed = parseStoreAddress(address);
  return parsed.kind === 'sqlite' && parsed.file !== undefined ? parsed.file : '';
};

async function tablesOf(store: Store): Promise<string[]> {
  return (await store.tables().introspection.getTables()).map((table) => table.name);
}

describeOnBothStores('opening a store', ({ kind, newAddress, openStoreForTest }) => {
  const failureOf = async (address: string, rest: Partial<OpenStoreOptions>): Promise<unknown> =>
    await openStore({ address, schema: [tallySchema], program: testProgram, ...rest }).then(
      () => 'no failure',
      (error: unknown) => error,
    );

  test('creates what is missing, in the order of ids, once', async () => {
    const address = await newAddress();
    const first = await openStoreForTest([guestbook, tallySchema], { address });
    const ids = [tallySchema.id, guestbook.id, ...platformSchema.map(({ id }) => id)];
    expect(first.opened).toEqual({ created: true, appliedSteps: ids.toSorted() });
    await first.close();
    const second = await openStoreForTest([guestbook, tallySchema], { address });
    expect(second.opened).toEqual({ created: false, appliedSteps: [] });
  });

  test('brings an older one up to date, after a copy, and says so', async () => {
    const address = await newAddress();
    const older = await openStoreForTest([tallySchema], {
      address,
      program: { name: 'Innkeeper', version: '1.2.3' },
    });
    await older.tables<Tally>().insertInto('tally').values({ id: 'kept', by: 'me' }).execute();
    await older.close();
    const told: string[] = [];
    const log = {
      info: (message: string) => void told.push(message),
      warn: (message: string) => void told.push(message),
    };
    const newer = await openStoreForTest([tallySchema, guestbook], {
      address,
      log,
      program: { name: 'Innkeeper', version: '1.3.0' },
    });
    expect(newer.opened).toMatchObject({ created: false, appliedSteps: [guestbook.id] });
    expect(told).toEqual([
      'The schema of the store is older than the program and will be changed.',
      'The schema of the store is up to date.',
    ]);
    expect(await newer.tables<Tally>().selectFrom('tally').selectAll().execute()).toEqual([
      { id: 'kept', by: 'me' },
    ]);
    expect(newer.opened.backupFile === undefined).toBe(kind === 'postgres');
    if (newer.opened.backupFile === undefined) return;
    expect(basename(newer.opened.backupFile)).toMatch(/\.before-1\.2\.3-\d{8}T\d{6}\.backup$/);
    const copy = new DatabaseSync(newer.opened.backupFile, { readOnly: true });
    expect(copy.prepare("select name from sqlite_schema where name in ('tally', 'guestbook')").all()).toEqual(
      [{ name: 'tally' }],
    );
    expect(copy.prepare('select id from tally').all()).toEqual([{ id: 'kept' }]);
    copy.close();
  });

  test('refuses a newer one and says which version is needed', async () => {
    const address = await newAddress();
    const newer = await openStoreForTest([tallySchema, guestbook], {
      address,
      program: { name: 'Innkeeper', version: '1.10.0' },
    });
    const before = await tablesOf(newer);
    await newer.close();
    const failure = await failureOf(address, {});
    expect(failure).toMatchObject({ kind: 'schema-newer' });
    expect((failure as Error).message).toMatch(
      /Innkeeper 1\.10\.0 and this is 1\.2\.3.*start version 1\.10\.0 or newer/,
    );
    const again = await openStoreForTest([tallySchema, guestbook], { address });
    expect(await tablesOf(again)).toEqual(before);
  });

  test('leaves the store as it was when a step fails', async () => {
    const address = await newAddress();
    await (await openStoreForTest([tallySchema], { address })).close();
    const failure = await failureOf(address, { schema: [tallySchema, guestbook, failing] });
    expect(failure).toMatchObject({ kind: 'schema-step-failed' });
    expect((failure as Error).message).toContain(failing.id);
    const store = await openStoreForTest([tallySchema], { address });
    const tables = await tablesOf(store);
    expect(tables).toContain('tally');
    expect(tables).not.toContain('guestbook');
    expect(tables).not.toContain('half');
  });

  const wrongSchemas: readonly [what: string, schema: readonly SchemaStep[], message: string][] = [
    ['two steps of one id', [guestbook, guestbook], 'Two schema steps have the id'],
    ['an id that does not sort', [step('2-guests', 'select 1')], 'is not <YYYYMMDDThhmm>-<what>'],
  ];
  test.for(wrongSchemas)('refuses %s as a bug', async ([, schema, message]) => {
    const failure = await failureOf(await newAddress(), { schema });
    expect(failure).not.toBeInstanceOf(StoreError);
    expect((failure as Error).message).toContain(message);
  });

  test('after a kill in the middle of a change of the schema finds the store as it was before', async () => {
    const address = await newAddress();
    await (await openStoreForTest([tallySchema], { address })).close();
    const child = startStoreChild('migrate', address);
    await child.said('half');
    await child.kill();
    const store = await openStoreForTest([tallySchema], { address });
    expect(await tablesOf(store)).not.toContain('stuck');
    expect(await store.tables<Tally>().selectFrom('tally').selectAll().execute()).toEqual([]);
  });

  test('after a kill in the middle of a transaction finds nothing of it', async () => {
    const address = await newAddress();
    const child = startStoreChild('half', address);
    await child.said('half');
    await child.kill();
    const store = await openStoreForTest([tallySchema], { address });
    expect(await store.tables<Tally>().selectFrom('tally').selectAll().execute()).toEqual([]);
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 0 });
    const { rows } = await sql`select * from change_log`.execute(store.tables());
    expect(rows).toEqual([]);
  });

  test('by several processes at once creates it once', async () => {
    const address = await newAddress();
    const children = Array.from({ length: 4 }, () => startStoreChild('open', address));
    const codes = await Promise.all(children.map(async (child) => await child.ended));
    const applied = children.flatMap((child) => child.lines.filter((line) => line.startsWith('applied')));
    expect(applied.filter((line) => line !== 'applied 0')).toEqual([`applied ${platformSchema.length + 1}`]);
    // On SQLite those who came while another one had it were refused in a sentence.
    const refused = children.filter((child) =>
      child.lines.some((line) => line.includes('is in use by')),
    ).length;
    expect(refused).toBe(codes.filter((code) => code !== 0).length);
    if (kind === 'postgres') expect(codes).toEqual([0, 0, 0, 0]);
  });

  test('in passing, beside its owner, needs it to be there and up to date', async () => {
    const address = await newAddress();
    const missing = await failureOf(address, { isOwner: false });
    expect(missing).toBeInstanceOf(StoreError);
    if (kind === 'sqlite') expect(existsSync(fileOf(address))).toBe(false);
    await openStoreForTest([tallySchema], { address });
    const beside = await openStoreForTest([tallySchema], { address, isOwner: false });
    expect(await beside.audit.verify()).toMatchObject({ ok: true });
    expect(await failureOf(address, { isOwner: false, schema: [tallySchema, guestbook] })).toMatchObject({
      kind: 'in-use',
    });
  });

  testWhen(kind === 'sqlite')('keeps the last five copies', async () => {
    const address = await newAddress();
    const steps: SchemaStep[] = [tallySchema];
    const clock = { now: Date.UTC(2026, 0, 1), nowMs: () => clock.now };
    for (let turn = 0; turn < 8; turn += 1) {
      const store = await openStoreForTest(steps, {
        address,
        clock,
        program: { name: 'Innkeeper', version: `1.${turn}.0` },
      });
      await store.close();
      steps.push(step(`2026040${turn + 1}T0000-more`, `create table more_${turn} (id text primary key)`));
      clock.now += 1000;
    }
    const file = fileOf(address);
    const copies = readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.before-`));
    expect(copies.toSorted().map((name) => /before-(.*?)-/.exec(name)?.[1])).toEqual([
      '1.2.0',
      '1.3.0',
      '1.4.0',
      '1.5.0',
      '1.6.0',
    ]);
  });

  testWhen(kind === 'postgres')('that was copied to another database begins a new feed', async () => {
    const address = await newAddress();
    const store = await openStoreForTest([tallySchema], { address });
    await store.transaction(async (trx) => await store.changes.note(trx, 'vm', 'old'));
    const cursor = await store.changes.cursor();
    await store.close();
    const copyAddress = await newAddress();
    const name = (url: string): string => new URL(url).pathname.slice(1);
    const administration = await openStoreForTest();
    await sql.raw(`drop database ${name(copyAddress)}`).execute(administration.tables());
    await sql
      .raw(`create database ${name(copyAddress)} template ${name(address)}`)
      .execute(administration.tables());
    const copy = await openStoreForTest([tallySchema], { address: copyAddress });
    const stopping = new AbortController();
    for await (const item of copy.changes.subscribe({ after: cursor, signal: stopping.signal })) {
      expect(item).toMatchObject({ reset: true });
      break;
    }
    stopping.abort();
  });
});
