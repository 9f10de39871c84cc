import { sql, type Transaction } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { startCuttableProxy, type CuttableProxy } from '../../testing/cuttable-proxy.ts';
import { makePostgresCluster, type PostgresCluster } from '../../testing/postgres-cluster.ts';
import { tallySchema } from '../../testing/store-child-process.ts';
import { testProgram } from '../../testing/store-for-test.ts';
import type { FeedItem } from './change-feed.ts';
import { openStore } from './store-open.ts';
import { OutcomeUnknown, StoreError } from './store-error.ts';
import type { Store, TransactionOptions } from './store.ts';

interface Tally {
  tally: { id: string; by: string };
}

const password = 'p@ss word/1';

describe.skipIf(inject('postgresUrl') === '')('PostgreSQL going away', () => {
  let cluster: PostgresCluster;
  let proxy: CuttableProxy;
  const opened: Store[] = [];
  let databases = 0;

  beforeAll(async () => {
    const made = await makePostgresCluster({ password });
    if (made === undefined) throw new Error('The machine has no PostgreSQL of its own.');
    cluster = made;
    proxy = await startCuttableProxy({ host: '127.0.0.1', port: Number(new URL(cluster.url).port) });
  });
  afterEach(async () => {
    proxy.mend();
    for (const store of opened.splice(0)) await store.close();
  });
  afterAll(async () => {
    await proxy.close();
    await cluster.remove();
  });

  const through = (database: string, port = proxy.port): string => {
    const url = new URL(`/${database}`, cluster.url);
    url.port = String(port);
    return url.href;
  };
  const open = async (address: string): Promise<Store> => {
    const store = await openStore({ address, schema: [tallySchema], program: testProgram });
    opened.push(store);
    return store;
  };
  /** A store of its own, reached through the proxy, and the same one reached directly. */
  const openBoth = async (): Promise<{ store: Store; direct: Store }> => {
    const name = `outage_${(databases += 1)}`;
    const administration = await open(cluster.url);
    await sql.raw(`create database ${name}`).execute(administration.tables());
    return {
      store: await open(through(name)),
      direct: await open(through(name, Number(new URL(cluster.url).port))),
    };
  };
  const idsIn = async (store: Store): Promise<string[]> =>
    (await store.tables<Tally>().selectFrom('tally').select('id').orderBy('id').execute()).map(
      (row) => row.id,
    );
  const add = async (
    store: Store,
    id: string,
    middle: (trx: Transaction<Tally>) => unknown = () => undefined,
    options?: TransactionOptions,
  ): Promise<void> =>
    await store.transaction<Tally, void>(async (trx) => {
      await trx.insertInto('tally').values({ id, by: 'test' }).execute();
      await middle(trx);
    }, options);
  const kindOf = async (work: Promise<unknown>): Promise<string> =>
    await work.then(
      () => 'no failure',
      (error: unknown) => (error instanceof StoreError ? error.kind : String(error)),
    );

  const addresses: readonly [what: string, kind: string, address: () => string][] = [
    ['a wrong password', 'password-refused', () => cluster.url.replace(/:[^:@]*@/, ':wrong@')],
    ['an unknown user', 'password-refused', () => cluster.url.replace('//postgres:', '//nobody:')],
    ['a missing database', 'database-missing', () => new URL('/nowhere', cluster.url).href],
    ['a port nobody listens on', 'unreachable', () => through('postgres', 1)],
    [
      'a host that does not exist',
      'unreachable',
      () => cluster.url.replace('127.0.0.1', 'no-such-host.invalid'),
    ],
  ];
  test.for(addresses)('%s is said in a sentence without the password', async ([, kind, address]) => {
    const failure = await openStore({ address: address(), schema: [], program: testProgram }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(StoreError);
    expect((failure as StoreError).kind).toBe(kind);
    const everything = `${JSON.stringify(failure)} ${String((failure as Error).stack)} ${String((failure as Error).cause)}`;
    for (const secret of [password, encodeURIComponent(password), 'wrong@'])
      expect(everything).not.toContain(secret);
  });

  test('in the middle of a transaction: it was rolled back, and the store goes on', async () => {
    const { store } = await openBoth();
    const failing = add(store, 'lost', async (trx) => {
      proxy.cut();
      await trx.updateTable('tally').set({ by: 'nobody' }).execute();
    });
    expect(await kindOf(failing)).toBe('connection-lost');
    expect(await kindOf(idsIn(store))).toBe('unreachable');
    proxy.mend();
    expect(await idsIn(store)).toEqual([]);
    await add(store, 'kept');
    expect(await idsIn(store)).toEqual(['kept']);
  });

  test('between two statements: the second does not run outside the transaction', async () => {
    const { store, direct } = await openBoth();
    const failing = store.transaction<Tally, void>(async (trx) => {
      await trx.insertInto('tally').values({ id: 'first', by: 'test' }).execute();
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
      await sql`select pg_terminate_backend(${rows[0]!.pid}::int, 5000)`.execute(direct.tables());
      await trx.insertInto('tally').values({ id: 'second', by: 'test' }).execute();
    });
    expect(await kindOf(failing)).toBe('connection-lost');
    expect(await idsIn(direct)).toEqual([]);
    expect(await idsIn(store)).toEqual([]);
  });

  test('a repeatable transaction is repeated', async () => {
    const { store } = await openBoth();
    let tries = 0;
    await add(
      store,
      'kept',
      async (trx) => {
        tries += 1;
        if (tries > 1) return;
        proxy.cut();
        proxy.mend();
        await trx.selectFrom('tally').selectAll().execute();
      },
      { repeatable: true },
    );
    expect(tries).toBe(2);
    expect(await idsIn(store)).toEqual(['kept']);
  });

  test.for([
    ['before', undefined],
    ['after', { state: 'done', result: 7 }],
  ] as const)('during COMMIT, %s it arrived: the idempotency row knows', async ([when, expected]) => {
    const { store } = await openBoth();
    const claim = { key: 'k', operation: 'add', inputHash: 'h', holder: 'test' };
    const committing = store.transaction<Tally, void>(
      async (trx) => {
        await store.outcomes.claim(trx, claim);
        await trx.insertInto('tally').values({ id: 'row', by: 'test' }).execute();
        await store.outcomes.finish(trx, 'k', 'test', 7);
        proxy.cutNext(when);
      },
      { repeatable: true },
    );
    await expect(committing).rejects.toThrow(OutcomeUnknown);
    expect(await store.outcomes.find('k')).toEqual(expected);
    expect(await idsIn(store)).toEqual(expected === undefined ? [] : ['row']);
  });

  test('during a single write: its outcome is unknown; during a single read: nothing happened', async () => {
    const { store } = await openBoth();
    await idsIn(store);
    proxy.cutNext('after');
    expect(
      await kindOf(store.tables<Tally>().insertInto('tally').values({ id: 'row', by: 'test' }).execute()),
    ).toBe('outcome-unknown');
    await idsIn(store);
    proxy.cutNext('after');
    expect(await kindOf(idsIn(store))).toBe('connection-lost');
  });

  test('without a word: noticed by asking a second connection', async () => {
    const { store, direct } = await openBoth();
    const reading = sql`select pg_sleep(600)`.execute(store.tables());
    const sleeping = sql<{ pid: number }>`
      select pid from pg_stat_activity where datname = current_database() and query like 'select pg_sleep(600)%' and state = 'active'`;
    await expect.poll(async () => (await sleeping.execute(direct.tables())).rows.length).toBe(1);
    proxy.silence();
    const [backend] = (await sleeping.execute(direct.tables())).rows;
    await sql`select pg_terminate_backend(${backend!.pid}::int)`.execute(direct.tables());
    expect(await kindOf(reading)).toBe('connection-lost');
    expect(await idsIn(store)).toEqual([]);
  });

  test('a slow statement is left alone', async () => {
    const { store } = await openBoth();
    // Longer than the time after which a connection is looked at.
    const { rows } = await sql`select 'done' as answer from pg_sleep(6.5)`.execute(store.tables());
    expect(rows).toEqual([{ answer: 'done' }]);
  });

  test('for a restart: the store and its feed go on by themselves', async () => {
    const { store } = await openBoth();
    const stopping = new AbortController();
    const items: FeedItem[] = [];
    const feed = store.changes.subscribe({ after: await store.changes.cursor(), signal: stopping.signal });
    const reading = (async () => {
      for await (const item of feed) items.push(item);
    })();
    const note = async (key: string): Promise<void> =>
      await store.transaction(async (trx) => await store.changes.note(trx, 'vm', key), { repeatable: true });
    const keys = (): string[] => items.map((item) => ('reset' in item ? 'reset' : item.key));
    await note('before');
    await expect.poll(keys).toEqual(['before']);
    await cluster.pause();
    expect(await kindOf(idsIn(store))).toBe('unreachable');
    await cluster.start();
    await note('after');
    await expect.poll(keys).toEqual(['before', 'after']);
    stopping.abort();
    await reading;
  });
});
