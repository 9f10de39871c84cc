import { randomBytes } from 'node:crypto';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, inject, test } from 'vitest';
import { openStore, type OpenStoreOptions } from '../platform/store/store-open.ts';
import type { SchemaStep } from '../platform/store/schema-step.ts';
import type { Store, StoreKind } from '../platform/store/store.ts';
import { makeQuickFolder } from './quick-folder.ts';
import { copyPostgresTemplate, isWorthCopying, SqliteTemplates } from './store-templates.ts';

export const testProgram = { name: 'Innkeeper', version: '1.2.3' };

export interface StoreForTest {
  readonly kind: StoreKind;
  /** A new, empty store; closed after the test. On PostgreSQL a schema of its own in a database of this test file. */
  openStoreForTest(schema?: readonly SchemaStep[], options?: Partial<OpenStoreOptions>): Promise<Store>;
  /** Address of a new, empty place (a file name, an empty database); with a schema, that is made there already. */
  newAddress(schema?: readonly SchemaStep[]): Promise<string>;
  /** Address of a copy of a store that nobody holds open. */
  copyOf(address: string): Promise<string>;
  /** A second engine on the same store (on SQLite beside the owner); closed after the test. */
  openAlso(
    address: string,
    schema?: readonly SchemaStep[],
    options?: Partial<OpenStoreOptions>,
  ): Promise<Store>;
}

/** Runs the same tests on a SQLite file and on PostgreSQL. Without PostgreSQL the second half is skipped (never with CI set). */
export function describeOnBothStores(name: string, tests: (store: StoreForTest) => void): void {
  describe(`${name} (sqlite)`, () => tests(roomFor('sqlite')));
  describeOnPostgres(name, tests);
}

/** The same room for what an embedded store, which one program holds, cannot have. */
export function describeOnPostgres(name: string, tests: (store: StoreForTest) => void): void {
  describe.skipIf(inject('postgresUrl') === '')(`${name} (postgres)`, () => tests(roomFor('postgres')));
}

function roomFor(kind: StoreKind): StoreForTest {
  const opened: Store[] = [];
  const place = kind === 'sqlite' ? sqlitePlace() : postgresPlace();
  afterEach(async () => {
    for (const store of opened.splice(0).toReversed()) await store.close();
  });
  const open = async (
    address: string,
    schema: readonly SchemaStep[] = [],
    options: Partial<OpenStoreOptions> = {},
  ): Promise<Store> => {
    const way = kind === 'postgres' ? throughSocket(address) : address;
    const store = await openStore({ schema, program: testProgram, ...options, address: way });
    opened.push(store);
    return store;
  };
  return {
    kind,
    newAddress: place.newAddress,
    copyOf: place.copyOf,
    openStoreForTest: async (schema, options) =>
      await open(options?.address ?? (await place.newCorner(schema)), schema, options),
    openAlso: async (address, schema, options) =>
      await open(address, schema, { isOwner: kind === 'postgres', ...options }),
  };
}

/** The same database by the server's socket; an address of another way there (a proxy, another server) stays what it is. */
function throughSocket(address: string): string {
  const [url, server] = [new URL(address), new URL(inject('postgresUrl'))];
  if (url.host !== server.host || url.searchParams.has('host')) return address;
  url.searchParams.set('host', inject('postgresSocketFolder'));
  return url.href;
}

interface Place {
  /** A file or a database of its own. */
  newAddress(schema?: readonly SchemaStep[]): Promise<string>;
  /** The same made more quickly where that is possible: of a large schema as a copy, of a small one beside others. */
  newCorner(schema?: readonly SchemaStep[]): Promise<string>;
  copyOf(address: string): Promise<string>;
}

function sqlitePlace(): Place {
  let folder = '';
  let stores = 0;
  beforeAll(() => {
    ({ folder } = makeQuickFolder('innkeeper-store-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const templates = new SqliteTemplates();
  const newFile = (): string => join(folder, `store-${(stores += 1)}.db`);
  const newAddress = async (schema: readonly SchemaStep[] = []): Promise<string> => {
    const file = newFile();
    if (isWorthCopying(schema)) await templates.copyTo(file, schema, folder);
    return `sqlite:${file}`;
  };
  const copyOf = async (address: string): Promise<string> => {
    const file = newFile();
    copyFileSync(address.replace(/^sqlite:/, ''), file);
    return `sqlite:${file}`;
  };
  return { newAddress, newCorner: newAddress, copyOf };
}

function postgresPlace(): Place {
  const made: string[] = [];
  let corners = 0;
  let shared: Promise<{ address: string; sql: postgres.Sql }> | undefined;
  afterAll(async () => {
    await (await shared)?.sql.end();
    for (const name of made) await asAdministrator().unsafe(`drop database if exists ${name} with (force)`);
  });
  const addressOf = (database: string): string => new URL(`/${database}`, inject('postgresUrl')).href;
  const make = async (work: (sql: postgres.Sql, name: string) => Promise<unknown>): Promise<string> => {
    const name = `store_${randomBytes(6).toString('hex')}`;
    await work(asAdministrator(), name);
    made.push(name);
    return addressOf(name);
  };
  const copy = async (sql: postgres.Sql, name: string, from: string): Promise<unknown> =>
    await sql.unsafe(`create database ${name} template ${from} strategy ${inject('postgresCopyStrategy')}`);
  const newAddress = async (schema: readonly SchemaStep[] = []): Promise<string> =>
    await make(async (sql, name) =>
      isWorthCopying(schema)
        ? await copyPostgresTemplate(sql, name, schema, addressOf)
        : await copy(sql, name, 'template0'),
    );
  const copyOf = async (address: string): Promise<string> =>
    await make(async (sql, name) => await copy(sql, name, new URL(address).pathname.slice(1)));
  const makeShared = async (): Promise<{ address: string; sql: postgres.Sql }> => {
    const address = await newAddress();
    return { address, sql: postgres(address, { max: 1, onnotice: () => undefined }) };
  };
  const newCorner = async (schema: readonly SchemaStep[] = []): Promise<string> => {
    if (isWorthCopying(schema)) return await newAddress(schema);
    const { address, sql } = await (shared ??= makeShared());
    const name = `corner_${(corners += 1)}`;
    await sql.unsafe(`create schema ${name}`);
    return `${address}?search_path=${name}`;
  };
  return { newAddress, newCorner, copyOf };
}

let administrator: { readonly url: string; readonly sql: postgres.Sql } | undefined;

/** One connection for all files that take turns in this process: each costs the server a process. Left alone it closes by itself. */
function asAdministrator(): postgres.Sql {
  const url = inject('postgresUrl');
  if (administrator?.url !== url)
    administrator = { url, sql: postgres(url, { max: 1, idle_timeout: 20, onnotice: () => undefined }) };
  return administrator.sql;
}

/** `test` for what only one of the two databases can do; for the other there is no such test, which is not the same as one left out. */
export function testWhen(applies: boolean): typeof test {
  return applies ? test : ((() => undefined) as unknown as typeof test);
}
