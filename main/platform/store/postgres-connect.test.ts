import { Session } from 'node:inspector/promises';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { makePostgresCluster, type PostgresCluster } from '../../testing/postgres-cluster.ts';
import { tallySchema } from '../../testing/store-child-process.ts';
import { testProgram } from '../../testing/store-for-test.ts';
import { openStore } from './store-open.ts';
import { StoreError } from './store-error.ts';
import type { Store } from './store.ts';

const password = 's3cret';

describe.skipIf(inject('postgresUrl') === '')('connecting to PostgreSQL', () => {
  let cluster: PostgresCluster;
  let administration: Store;
  const opened: Store[] = [];

  const open = async (address: string): Promise<Store> => {
    const store = await openStore({ address, schema: [tallySchema], program: testProgram });
    opened.push(store);
    return store;
  };
  const failureOf = async (address: string): Promise<unknown> =>
    await open(address).then(
      () => 'no failure',
      (error: unknown) => error,
    );
  const run = async (statement: string): Promise<unknown> =>
    await sql.raw(statement).execute(administration.tables());
  const addressOf = (change: (url: URL) => void): string => {
    const url = new URL(cluster.url);
    change(url);
    return url.href;
  };

  beforeAll(async () => {
    const made = await makePostgresCluster({ password, tls: true });
    if (made === undefined) throw new Error('The machine has no PostgreSQL of its own.');
    cluster = made;
    administration = await openStore({ address: cluster.url, schema: [], program: testProgram });
    await run(`create role inn login password '${password}'`);
    await run('create database inn owner inn');
    await run('create database other');
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  afterAll(async () => {
    await administration.close();
    await cluster.remove();
  });

  test('works for a plain owner of the database, everything included', async () => {
    const store = await open(addressOf((url) => ((url.username = 'inn'), (url.pathname = '/inn'))));
    await store.transaction(async (trx) => {
      await store.changes.note(trx, 'vm', 'a');
      await store.audit.append(trx, {
        actor: 'eva',
        operation: 'x',
        phase: 'done',
        operationId: '1',
        input: {},
      });
    });
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 1 });
    expect(await store.leases.acquire({ name: 'duty', holder: 'me', ttlMs: 1000 })).toMatchObject({
      token: 1,
    });
    expect(store.address).toBe(
      addressOf((url) => ((url.username = 'inn'), (url.pathname = '/inn'), (url.password = '***'))),
    );
  });

  test('keeps nothing of what was answered', async () => {
    const store = await open(addressOf((url) => (url.pathname = '/other')));
    const inspector = new Session();
    inspector.connect();
    const answered = async (): Promise<WeakRef<object>> => {
      const asked = sql<{ text: string }>`select repeat('x', 10) as text`.execute(store.tables());
      return new WeakRef((await asked).rows[0]!);
    };
    const first = await answered();
    // The driver itself holds on to the last one.
    await answered();
    await expect
      .poll(async () => {
        await inspector.post('HeapProfiler.collectGarbage');
        return first.deref();
      })
      .toBeUndefined();
    inspector.disconnect();
  });

  test('is refused in a sentence to who may not create tables', async () => {
    const failure = await failureOf(addressOf((url) => ((url.username = 'inn'), (url.pathname = '/other'))));
    expect(failure).toMatchObject({
      kind: 'permission-denied',
      message: expect.stringContaining('must own the database') as string,
    });
  });

  test('goes over a unix socket', async () => {
    const { port } = new URL(cluster.url);
    const address = `postgres:///other?host=${encodeURIComponent(cluster.socketFolder)}&port=${port}&user=postgres&password=${password}`;
    const store = await open(address);
    expect(
      (
        await sql<{ n: number }>`select count(inet_client_addr()) as n from (select 1) x`.execute(
          store.tables(),
        )
      ).rows,
    ).toEqual([{ n: 0 }]);
    expect(store.address).not.toContain(password);
  });

  const encryption: readonly [
    what: string,
    mode: string,
    expected: 'encrypted' | 'plain' | 'certificate-refused',
  ][] = [
    ['is encrypted when that is required', 'require', 'encrypted'],
    ['is encrypted when that is preferred', 'prefer', 'encrypted'],
    ['is plain when nothing is said', '', 'plain'],
    [
      'is refused when the certificate must be verified and is not known',
      'verify-full',
      'certificate-refused',
    ],
  ];
  test.for(encryption)('%s', async ([, mode, expected]) => {
    const address = addressOf(
      (url) => (
        (url.pathname = '/other'),
        (url.hostname = 'localhost'),
        mode === '' || url.searchParams.set('sslmode', mode)
      ),
    );
    if (expected === 'certificate-refused') {
      expect(await failureOf(address)).toMatchObject({ kind: expected });
      return;
    }
    const store = await open(address);
    const { rows } = await sql<{
      ssl: number;
    }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(store.tables());
    expect(rows).toEqual([{ ssl: expected === 'encrypted' ? 1 : 0 }]);
  });

  test('uses no more connections than its pool', async () => {
    const store = await open(addressOf((url) => (url.pathname = '/other')));
    const counts = await Promise.all(
      Array.from(
        { length: 40 },
        async () =>
          await sql<{ n: number }>`
        select (select count(*) from pg_stat_activity where datname = 'other') as n from pg_sleep(0.02)`.execute(
            store.tables(),
          ),
      ),
    );
    expect(Math.max(...counts.map(({ rows }) => rows[0]!.n))).toBeLessThanOrEqual(10);
  });

  test('says when the server takes no more connections', async () => {
    await run('alter role inn connection limit 0');
    const failure = await failureOf(addressOf((url) => ((url.username = 'inn'), (url.pathname = '/inn'))));
    expect(failure).toBeInstanceOf(StoreError);
    expect(failure).toMatchObject({ kind: 'overloaded' });
    await run('alter role inn connection limit -1');
  });
});
