import { type Kysely, type Transaction } from 'kysely';
import { databaseNowMs } from './database-clock.ts';
import { forUpdate } from './for-update.ts';
import type { PlatformTables } from './platform-schema.ts';
import type { StoreCore } from './store-core.ts';
import { LeaseLost } from './store-error.ts';
import type { AnyTransaction } from './store.ts';

export interface LeaseRequest {
  readonly name: string;
  /** Unique per process and attempt to hold; two holders of one name would share the lease. */
  readonly holder: string;
  readonly ttlMs: number;
  /**
   * 0 takes a free lease at once and asks a holder of a higher number to hand over. A higher number takes a lease only after
   * it was free for `priority * ttlMs`, and not while a lower number is asking for it. Default 0.
   */
  readonly priority?: number;
}

export interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly ttlMs: number;
  /** Grows each time the lease changes hands, for ever. */
  readonly token: number;
}

export interface LeaseState {
  readonly name: string;
  readonly holder: string | undefined;
  readonly token: number;
  readonly expiresAtMs: number;
}

/** Rights to do one thing, held by one process at a time, on the database's clock. For a whole duty use `holdDuty`. */
export interface Leases {
  /** Undefined when somebody else holds it (or comes first). */
  acquire(request: LeaseRequest): Promise<Lease | undefined>;
  /** 'lost': a newer token exists. 'wanted': still ours, but a process that comes first asks for it. */
  renew(lease: Lease): Promise<'held' | 'wanted' | 'lost'>;
  release(lease: Lease): Promise<void>;
  /** Call in every transaction that writes under the lease. Throws `LeaseLost` when a newer token exists, and keeps one from being given until this transaction ends. */
  guard(trx: AnyTransaction, lease: Lease): Promise<void>;
  list(): Promise<LeaseState[]>;
}

export function createLeases(core: StoreCore): Leases {
  return {
    acquire: async (request) =>
      await core.transaction(async (trx) => await acquire(core, trx, request), { repeatable: true }),
    renew: async (lease) =>
      await core.transaction(async (trx) => await renew(core, trx, lease), { repeatable: true }),
    release: async (lease) => {
      const nowMs = await databaseNowMs(core, core.db);
      await core.db
        .updateTable('duty_lease')
        .set({ holder: null, expires_at_ms: nowMs })
        .where('name', '=', lease.name)
        .where('token', '=', lease.token)
        .execute();
    },
    guard: async (trx, lease) => await guard(core, trx as Transaction<PlatformTables>, lease),
    list: async () => {
      const rows = await core.db.selectFrom('duty_lease').selectAll().orderBy('name').execute();
      return rows.map((row) => ({
        name: row.name,
        holder: row.holder ?? undefined,
        token: row.token,
        expiresAtMs: row.expires_at_ms,
      }));
    },
  };
}

type StoredLease = PlatformTables['duty_lease'];

async function acquire(
  core: StoreCore,
  trx: Transaction<PlatformTables>,
  request: LeaseRequest,
): Promise<Lease | undefined> {
  const { name, holder, ttlMs, priority = 0 } = request;
  const nowMs = await databaseNowMs(core, trx);
  await trx
    .insertInto('duty_lease')
    .values({
      name,
      holder: null,
      priority,
      token: 0,
      expires_at_ms: nowMs,
      wanted_priority: null,
      wanted_until_ms: 0,
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const row = await lockRow(core, trx, name);
  if (!mayTake(row, { nowMs, priority, graceMs: priority * ttlMs })) {
    if (comesFirst(row, priority)) await askFor(trx, name, { priority, untilMs: nowMs + ttlMs });
    return undefined;
  }
  const token = row.token + 1;
  await trx
    .updateTable('duty_lease')
    .set({ holder, priority, token, expires_at_ms: nowMs + ttlMs, wanted_priority: null, wanted_until_ms: 0 })
    .where('name', '=', name)
    .execute();
  return { name, holder, ttlMs, token };
}

function mayTake(row: StoredLease, asker: { nowMs: number; priority: number; graceMs: number }): boolean {
  const isWantedByFirst =
    row.wanted_until_ms > asker.nowMs && row.wanted_priority !== null && row.wanted_priority < asker.priority;
  return !isWantedByFirst && row.expires_at_ms + asker.graceMs <= asker.nowMs;
}

function comesFirst(row: StoredLease, priority: number): boolean {
  return row.holder !== null && priority < row.priority;
}

async function askFor(
  trx: Kysely<PlatformTables>,
  name: string,
  wish: { priority: number; untilMs: number },
): Promise<void> {
  await trx
    .updateTable('duty_lease')
    .set({ wanted_priority: wish.priority, wanted_until_ms: wish.untilMs })
    .where('name', '=', name)
    .execute();
}

async function renew(
  core: StoreCore,
  trx: Transaction<PlatformTables>,
  lease: Lease,
): Promise<'held' | 'wanted' | 'lost'> {
  const row = await lockRow(core, trx, lease.name);
  if (row.token !== lease.token || row.holder !== lease.holder) return 'lost';
  // An expired lease that nobody took is simply held on: its token is still the newest.
  const nowMs = await databaseNowMs(core, trx);
  await trx
    .updateTable('duty_lease')
    .set({ expires_at_ms: nowMs + lease.ttlMs })
    .where('name', '=', lease.name)
    .execute();
  return row.wanted_until_ms > nowMs ? 'wanted' : 'held';
}

async function guard(core: StoreCore, trx: Transaction<PlatformTables>, lease: Lease): Promise<void> {
  const query = trx.selectFrom('duty_lease').select('token').where('name', '=', lease.name);
  const row = await (core.kind === 'postgres' ? query.forShare() : query).executeTakeFirst();
  if (row?.token !== lease.token) throw new LeaseLost(lease.name);
}

async function lockRow(
  core: StoreCore,
  trx: Transaction<PlatformTables>,
  name: string,
): Promise<StoredLease> {
  const query = trx.selectFrom('duty_lease').selectAll().where('name', '=', name);
  return await forUpdate(query, core.kind).executeTakeFirstOrThrow();
}
