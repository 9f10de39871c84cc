import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { startStoreChild } from '../../testing/store-child.ts';
import { tallySchema } from '../../testing/store-child-process.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { AuditEntry, AuditRow } from './audit-log.ts';
import { ConstraintViolated } from './store-error.ts';
import type { Store } from './store.ts';

const entry = (operation: string, rest: Partial<AuditEntry> = {}): AuditEntry => ({
  actor: 'eva',
  operation,
  phase: 'done',
  operationId: `id of ${operation}`,
  input: { b: 1, a: 'é "x"' },
  outcome: { kind: 'result', value: { ok: true } },
  ...rest,
});

async function append(store: Store, ...entries: AuditEntry[]): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  for (const each of entries)
    rows.push(await store.transaction(async (trx) => await store.audit.append(trx, each)));
  return rows;
}

describeOnBothStores('the audit log', ({ kind, newAddress, openStoreForTest }) => {
  test('gives back what was appended, newest first, by page and by filter', async () => {
    const store = await openStoreForTest();
    const begun = { phase: 'begun', operationId: 'x' } as const;
    const { outcome: _none, ...unfinished } = entry('vm.create', begun);
    await append(
      store,
      unfinished,
      entry('vm.create', { phase: 'ended', operationId: 'x', outcome: { kind: 'error', value: 'no room' } }),
      entry('vm.delete', { actor: 'jan', outcome: { kind: 'refusal', value: 'vm-running' } }),
    );
    const all = await store.audit.list({ limit: 10 });
    expect(all.map((row) => [row.seq, row.operation, row.phase, row.outcome])).toEqual([
      [3, 'vm.delete', 'done', 'refusal'],
      [2, 'vm.create', 'ended', 'error'],
      [1, 'vm.create', 'begun', undefined],
    ]);
    expect(all[2]).toMatchObject({ actor: 'eva', input: { a: 'é "x"', b: 1 }, result: undefined });
    expect(all[0]!.atMs).toBeGreaterThan(Date.now() - 60_000);
    const seqs = async (page: Parameters<Store['audit']['list']>[0]): Promise<number[]> =>
      (await store.audit.list(page)).map((row) => row.seq);
    expect(await seqs({ limit: 1 })).toEqual([3]);
    expect(await seqs({ limit: 5, beforeSeq: 3 })).toEqual([2, 1]);
    expect(await seqs({ limit: 5, actor: 'jan' })).toEqual([3]);
    expect(await seqs({ limit: 5, operation: 'vm.create' })).toEqual([2, 1]);
    expect(await seqs({ limit: 5, operationId: 'x' })).toEqual([2, 1]);
  });

  test('holds a row if and only if its transaction committed', async () => {
    const store = await openStoreForTest();
    const failing = store.transaction(async (trx) => {
      await store.audit.append(trx, entry('a'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await append(store, entry('b'));
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 1 });
  });

  const attempts = [
    "update audit_log set actor = 'nobody'",
    'delete from audit_log',
    ...(kind === 'postgres' ? ['truncate audit_log'] : []),
  ];
  test.for(attempts)('refuses %s', async (attempt) => {
    const store = await openStoreForTest();
    await append(store, entry('a'));
    const failure = await sql
      .raw(attempt)
      .execute(store.tables())
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConstraintViolated);
    expect((failure as ConstraintViolated).kind).toBe('append-only');
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 1 });
  });

  const forgeries: readonly [what: string, statement: string, expected: { seq: number; why: string }][] = [
    [
      'a changed value',
      "update audit_log set actor = 'nobody' where seq = 3",
      { seq: 3, why: 'its content was changed after it was written' },
    ],
    [
      'a changed time',
      'update audit_log set at_ms = at_ms + 1 where seq = 1',
      { seq: 1, why: 'its content was changed after it was written' },
    ],
    ['a removed row', 'delete from audit_log where seq = 2', { seq: 3, why: 'row 2 is missing' }],
    ['a removed beginning', 'delete from audit_log where seq = 1', { seq: 2, why: 'row 1 is missing' }],
    ['a removed end', 'delete from audit_log where seq > 2', { seq: 3, why: 'row 3 is missing' }],
    ['a removed log', 'delete from audit_log', { seq: 1, why: 'row 1 is missing' }],
    [
      'a row put elsewhere',
      'update audit_log set previous_hash = hash where seq = 4',
      { seq: 4, why: 'it does not follow from the row before' },
    ],
  ];
  test.for(forgeries)('finds %s', async ([, statement, expected]) => {
    const store = await openStoreForTest();
    await append(store, ...['a', 'b', 'c', 'd'].map((name) => entry(name)));
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 4 });
    // As somebody who owns the database could.
    const lift =
      kind === 'sqlite'
        ? ['drop trigger audit_log_no_update', 'drop trigger audit_log_no_delete']
        : ['drop trigger audit_log_no_change on audit_log'];
    for (const each of [...lift, statement]) await sql.raw(each).execute(store.tables());
    expect(await store.audit.verify()).toMatchObject({ ok: false, firstBad: expected });
  });

  test('verifies more rows than fit a page, and can be stopped', async () => {
    const store = await openStoreForTest();
    for (let rows = 0; rows < 2100; rows += 100) {
      await store.transaction(async (trx) => {
        for (let turn = rows; turn < rows + 100; turn += 1)
          await store.audit.append(trx, entry(String(turn)));
      });
    }
    const verdict = await store.audit.verify();
    expect(verdict).toMatchObject({
      ok: true,
      rows: 2100,
      head: (await store.audit.list({ limit: 1 }))[0]!.hash,
    });
    await expect(store.audit.verify({ signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  test('stays one chain when many append at once', async () => {
    const store = await openStoreForTest();
    await Promise.all(
      Array.from({ length: 25 }, async (_, index) => await append(store, entry(String(index)))),
    );
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 25 });
  });

  test('stays one chain when processes append at once and one is killed', async () => {
    const address = await newAddress();
    const store = await openStoreForTest([tallySchema], { address });
    const children = [
      startStoreChild('audit', address, '60'),
      startStoreChild('audit', address, '60'),
      startStoreChild('audit', address, '100000'),
    ];
    const victim = children[2]!;
    await victim.said('wrote 5');
    await victim.kill();
    expect(await Promise.all(children.map(async (child) => await child.ended))).toEqual([0, 0, null]);
    const verdict = await store.audit.verify();
    expect(verdict).toMatchObject({ ok: true });
    const rows = await store.audit.list({ limit: 100_000 });
    expect(new Set(rows.map((row) => row.operationId)).size).toBe(rows.length);
    const told = victim.lines.filter((line) => line.startsWith('wrote')).length;
    const kept = rows.length - 120;
    // What it said it wrote is there; at most the last one is there without having been told.
    expect([told, told + 1]).toContain(kept);
  });
});
