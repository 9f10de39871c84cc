import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { describeOnBothStores, testWhen } from '../../testing/store-for-test.ts';
import type { SchemaStep } from './schema-step.ts';
import { ConstraintViolated, isDuplicate, type StoreError } from './store-error.ts';
import type { Store } from './store.ts';

interface Inn {
  inn: { id: string; beds: number; note: string | null; rate: number | null };
  room: { inn_id: string; number: number };
}

const innSchema: SchemaStep = {
  id: '20260101T0000-inn',
  up: async (to) =>
    await to.run(
      'create table inn (id text primary key, beds bigint not null check (beds > 0), note text, rate double precision)',
      'create table room (inn_id text not null references inn (id), number bigint not null, unique (inn_id, number))',
    ),
};

const inn = (id: string, rest: Partial<Inn['inn']> = {}): Inn['inn'] => ({
  id,
  beds: 2,
  note: null,
  rate: null,
  ...rest,
});

async function insertInn(store: Store, ...rows: Inn['inn'][]): Promise<void> {
  await store.tables<Inn>().insertInto('inn').values(rows).execute();
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

describeOnBothStores('a transaction', ({ kind, openStoreForTest }) => {
  test('keeps what it wrote, and forgets it when it fails', async () => {
    const store = await openStoreForTest([innSchema]);
    await store.transaction<Inn, unknown>(
      async (trx) =>
        await trx
          .insertInto('inn')
          .values(inn('a', { rate: 0.5 }))
          .execute(),
    );
    const failing = store.transaction<Inn, void>(async (trx) => {
      await trx.updateTable('inn').set({ beds: 9 }).execute();
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await store.tables<Inn>().selectFrom('inn').selectAll().execute()).toEqual([
      inn('a', { rate: 0.5 }),
    ]);
  });

  test('refuses a query beside it from inside it, and allows one after it', async () => {
    const store = await openStoreForTest([innSchema]);
    const beside = async (): Promise<unknown> =>
      await store.tables<Inn>().selectFrom('inn').selectAll().execute();
    await expect(store.transaction<Inn, unknown>(beside)).rejects.toThrow('must go through the transaction');
    let later: Promise<unknown> | undefined;
    await store.transaction<Inn, void>(async () => {
      later = new Promise((resolve) => setTimeout(resolve, 1)).then(beside);
    });
    expect(await later).toEqual([]);
  });

  test('ends with its first failed statement even when the error is caught', async () => {
    const store = await openStoreForTest([innSchema]);
    const swallowing = store.transaction<Inn, void>(async (trx) => {
      await trx.insertInto('inn').values(inn('a')).execute();
      await trx
        .insertInto('inn')
        .values(inn('a'))
        .execute()
        .catch(() => undefined);
    });
    expect(await failureOf(swallowing)).toBeInstanceOf(Error);
    expect(await store.tables<Inn>().selectFrom('inn').selectAll().execute()).toEqual([]);
    await insertInn(store, inn('b'));
  });

  test('goes back to a savepoint and on from there', async () => {
    const store = await openStoreForTest([innSchema]);
    const trx = await store.tables<Inn>().startTransaction().execute();
    await trx.insertInto('inn').values(inn('a')).execute();
    const safe = await trx.savepoint('before').execute();
    expect(isDuplicate(await failureOf(safe.insertInto('inn').values(inn('a')).execute()), 'inn', 'id')).toBe(
      true,
    );
    await safe.rollbackToSavepoint('before').execute();
    await safe.insertInto('inn').values(inn('b')).execute();
    await trx.commit().execute();
    expect(await store.tables<Inn>().selectFrom('inn').select('id').orderBy('id').execute()).toEqual([
      { id: 'a' },
      { id: 'b' },
    ]);
  });

  test('runs again when it may and another one was in its way', async () => {
    const store = await openStoreForTest([innSchema]);
    await insertInn(store, inn('a', { beds: 1 }));
    const addBed = async (): Promise<void> => {
      await store.transaction<Inn, void>(
        async (trx) => {
          const row = await trx.selectFrom('inn').select('beds').executeTakeFirstOrThrow();
          await trx
            .updateTable('inn')
            .set({ beds: row.beds + 1 })
            .execute();
        },
        { repeatable: true, isolation: 'serializable' },
      );
    };
    await Promise.all([addBed(), addBed(), addBed()]);
    expect(await store.tables<Inn>().selectFrom('inn').select('beds').executeTakeFirst()).toEqual({
      beds: 4,
    });
  });

  testWhen(kind === 'postgres')('says busy when it may not run again', async () => {
    const store = await openStoreForTest([innSchema]);
    await insertInn(store, inn('a', { beds: 1 }));
    const bothRead = Promise.withResolvers<void>();
    let readers = 0;
    const addBed = async (): Promise<void> =>
      await store.transaction<Inn, void>(
        async (trx) => {
          const row = await trx.selectFrom('inn').select('beds').executeTakeFirstOrThrow();
          if (++readers === 2) bothRead.resolve();
          await bothRead.promise;
          await trx
            .updateTable('inn')
            .set({ beds: row.beds + 1 })
            .execute();
        },
        { isolation: 'serializable' },
      );
    const failures = (await Promise.allSettled([addBed(), addBed()])).filter(
      (result) => result.status === 'rejected',
    );
    expect(failures.map((failure) => (failure.reason as StoreError).kind)).toEqual(['busy']);
  });
});

describeOnBothStores('rules of the schema', ({ openStoreForTest }) => {
  const cases: readonly [
    what: string,
    kind: string,
    break_: (store: Store) => Promise<unknown>,
    where: string | undefined,
  ][] = [
    ['a key twice', 'unique', async (store) => await insertInn(store, inn('a')), 'inn.id'],
    ['two columns twice', 'unique', async (store) => await insertRoom(store, 'a', 1), 'room.inn_id.number'],
    ['a failed check', 'check', async (store) => await insertInn(store, inn('b', { beds: 0 })), undefined],
    ['a missing parent', 'foreign-key', async (store) => await insertRoom(store, 'nowhere', 1), undefined],
    [
      'a missing value',
      'not-null',
      async (store) => await insertInn(store, inn('b', { beds: null as unknown as number })),
      'inn.beds',
    ],
    [
      'a text for a number',
      'type',
      async (store) => await insertInn(store, inn('b', { beds: 'many' as unknown as number })),
      undefined,
    ],
    ['half a bed', 'type', async (store) => await insertInn(store, inn('b', { beds: 1.5 })), undefined],
  ];
  test.for(cases)('name %s', async ([, kind, violate, where]) => {
    const store = await openStoreForTest([innSchema]);
    await insertInn(store, inn('a'));
    await insertRoom(store, 'a', 1);
    const failure = await failureOf(violate(store));
    expect(failure).toBeInstanceOf(ConstraintViolated);
    const violated = failure as ConstraintViolated;
    expect(violated.kind).toBe(kind);
    if (where !== undefined) expect([violated.table, ...violated.columns].join('.')).toBe(where);
  });

  test('do not repeat the values of the row', async () => {
    const store = await openStoreForTest([innSchema]);
    await insertInn(store, inn('hunter2'));
    const failure = (await failureOf(insertInn(store, inn('hunter2')))) as Error;
    const everything = JSON.stringify([failure.message, failure, failure.cause]);
    expect(everything).not.toContain('hunter2');
  });

  async function insertRoom(store: Store, innId: string, number: number): Promise<void> {
    await store.tables<Inn>().insertInto('room').values({ inn_id: innId, number }).execute();
  }
});

describeOnBothStores('values', ({ openStoreForTest }) => {
  const expressions: readonly [expression: string, value: unknown][] = [
    ['count(*)', 2],
    ['sum(beds)', 5],
    ['max(beds) > 2', 1],
    ["'n' || max(beds)", 'n3'],
    ['min(rate)', 0.25],
    ["count(case when note like 'A%' then 1 end)", 1],
    ["count(case when note like 'a%' then 1 end)", 1],
  ];
  test.for(expressions)('%s gives the same on both', async ([expression, value]) => {
    const store = await openStoreForTest([innSchema]);
    await insertInn(store, inn('a', { note: 'Alps', rate: 0.25 }), inn('b', { beds: 3, note: 'alder' }));
    const { rows } = await sql`select ${sql.raw(expression)} as value from inn`.execute(store.tables());
    expect(rows).toEqual([{ value }]);
  });

  test('text is ordered by its bytes', async () => {
    const store = await openStoreForTest([innSchema]);
    const ids = ['Zeta', 'alpha', 'Ábel', 'a-b', 'ab', '_', '1'];
    await insertInn(store, ...ids.map((id) => inn(id)));
    const rows = await store.tables<Inn>().selectFrom('inn').select('id').orderBy('id').execute();
    expect(rows.map((row) => row.id)).toEqual(
      ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
  });

  test('whole numbers are exact up to 2^53 and refused beyond it', async () => {
    const store = await openStoreForTest([innSchema]);
    await insertInn(store, inn('safe', { beds: Number.MAX_SAFE_INTEGER }));
    const beds = async (id: string): Promise<unknown> =>
      await store.tables<Inn>().selectFrom('inn').select('beds').where('id', '=', id).executeTakeFirst();
    expect(await beds('safe')).toEqual({ beds: Number.MAX_SAFE_INTEGER });
    await sql`insert into inn (id, beds) values ('large', 9007199254740993)`.execute(store.tables());
    await expect(beds('large')).rejects.toThrow(/too large/);
  });

  test('undefined is refused, not written as null', async () => {
    const store = await openStoreForTest([innSchema]);
    await expect(sql`update inn set note = ${undefined}`.execute(store.tables())).rejects.toThrow();
  });
});

describeOnBothStores('inserting many rows', ({ openStoreForTest }) => {
  test('takes 45,000 of them, of every type', async () => {
    const store = await openStoreForTest([innSchema]);
    const rows = Array.from({ length: 45_000 }, (_, index) => ({
      id: `${index} "é" 'x'\n`,
      beds: index + 1,
      note: index % 2 === 0 ? null : 'n',
      rate: index / 8,
    }));
    const inserted = await store.transaction<Inn, number>(
      async (trx) => await store.insertMany(trx, 'inn', rows),
    );
    expect(inserted).toBe(45_000);
    const kept = await store.tables<Inn>().selectFrom('inn').selectAll().orderBy('beds').execute();
    expect(kept).toEqual(rows);
  });

  test('leaves out what is there already, when asked to', async () => {
    const store = await openStoreForTest([innSchema]);
    await insertInn(store, inn('a', { beds: 7 }));
    const insert = async (onConflict?: 'ignore'): Promise<number> =>
      await store.transaction<Inn, number>(
        async (trx) => await store.insertMany(trx, 'inn', [inn('a'), inn('b')], onConflict && { onConflict }),
      );
    await expect(insert()).rejects.toThrow(ConstraintViolated);
    expect(await insert('ignore')).toBe(1);
    const rows = await store.tables<Inn>().selectFrom('inn').select(['id', 'beds']).orderBy('id').execute();
    expect(rows).toEqual([
      { id: 'a', beds: 7 },
      { id: 'b', beds: 2 },
    ]);
  });

  test('keeps all digits of a bigint, and makes 1 of true', async () => {
    const store = await openStoreForTest([innSchema]);
    await store.transaction(
      async (trx) =>
        await store.insertMany(trx, 'inn', [{ id: 'a', beds: 2n ** 60n, note: null, rate: true }]),
    );
    const { rows } = await sql`select cast(beds as text) as beds, rate from inn`.execute(store.tables());
    expect(rows).toEqual([{ beds: String(2n ** 60n), rate: 1 }]);
  });
});

describeOnBothStores('closing a store', ({ openStoreForTest }) => {
  test('can be done twice, and it answers no more', async () => {
    const store = await openStoreForTest([innSchema]);
    await store.close();
    await store.close();
    expect(await failureOf(store.tables<Inn>().selectFrom('inn').selectAll().execute())).toMatchObject({
      kind: 'closed',
    });
    expect(await failureOf(store.transaction(async () => undefined))).toMatchObject({ kind: 'closed' });
  });

  test('waits for the transactions that run', async () => {
    const store = await openStoreForTest([innSchema]);
    const middle = Promise.withResolvers<void>();
    const order: string[] = [];
    const writing = store
      .transaction<Inn, void>(async (trx) => {
        await trx.insertInto('inn').values(inn('a')).execute();
        await middle.promise;
        await trx.insertInto('inn').values(inn('b')).execute();
      })
      .then(() => order.push('written'));
    const closing = store.close().then(() => order.push('closed'));
    middle.resolve();
    await Promise.all([writing, closing]);
    expect(order).toEqual(['written', 'closed']);
  });
});

describeOnBothStores('many short statements in a row', ({ openStoreForTest }) => {
  test('leave room for everything else', async () => {
    const store = await openStoreForTest([innSchema]);
    let isOver = false;
    const timer = setTimeout(() => (isOver = true), 50);
    let statements = 0;
    while (!isOver && statements < 1_000_000) {
      await store.tables<Inn>().selectFrom('inn').selectAll().execute();
      statements += 1;
    }
    clearTimeout(timer);
    expect(isOver).toBe(true);
  });
});
