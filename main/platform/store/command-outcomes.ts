import { sql, type Kysely, type Transaction } from 'kysely';
import type { PlatformTables } from './platform-schema.ts';
import type { StoreCore } from './store-core.ts';
import type { AnyTransaction } from './store.ts';
import { databaseNowMs } from './database-clock.ts';

/** One command as its caller names it: the same key means the same command, sent again. */
export interface CommandClaim {
  readonly key: string;
  readonly operation: string;
  /** Hash of the input: the same key with another input is a mistake of the caller. */
  readonly inputHash: string;
  /** Who runs it (one name per process). */
  readonly holder: string;
  /**
   * A claim made outside a transaction that was not renewed for this long is taken over: its process is then taken for dead.
   * Default one minute.
   */
  readonly ttlMs?: number;
}

export type ClaimAnswer =
  /** Run it. `takenOver`: somebody began it before and never finished; what it did outside the database is unknown. */
  | { readonly state: 'fresh'; readonly takenOver: boolean }
  | { readonly state: 'running'; readonly holder: string; readonly sinceMs: number }
  | { readonly state: 'done'; readonly result: unknown }
  | { readonly state: 'conflict'; readonly operation: string };

/**
 * Makes a command safe to send twice. With effects in the database only: claim, work and finish in one transaction; a second
 * caller waits for it and gets its result. With effects outside: claim with no transaction, work, finish in the last one.
 */
export interface CommandOutcomes {
  claim(trx: AnyTransaction | undefined, claim: CommandClaim): Promise<ClaimAnswer>;
  /** Keeps the result (a JSON value). Throws when this key was not claimed or was taken over by another holder. */
  finish(trx: AnyTransaction | undefined, key: string, holder: string, result: unknown): Promise<void>;
  /** Says that the command still runs. Nothing happens when this key was taken over by another holder. */
  renew(key: string, holder: string, ttlMs?: number): Promise<void>;
  /** Leaves a claim whose command may have done something or not: whoever claims next takes it over at once. */
  abandon(key: string, holder: string): Promise<void>;
  /** Gives up a claim whose command did nothing (a refusal, an error before its first effect): the key can be used again. */
  release(trx: AnyTransaction | undefined, key: string, holder: string): Promise<void>;
  /**
   * The way out of `OutcomeUnknown`: undefined means that the transaction which claimed this key was rolled back. Waits for it
   * while the server is still at it, as it can be after its connection broke.
   */
  find(key: string): Promise<Exclude<ClaimAnswer, { state: 'fresh' | 'conflict' }> | undefined>;
  /** Forgets finished commands. Returns how many. */
  expire(olderThanMs: number): Promise<number>;
}

type StoredOutcome = PlatformTables['command_outcome'];

const defaultTtlMs = 60_000;

export function createCommandOutcomes(core: StoreCore): CommandOutcomes {
  const on = (trx: AnyTransaction | undefined): Kysely<PlatformTables> =>
    (trx as Transaction<PlatformTables> | undefined) ?? core.db;
  return {
    claim: async (trx, claim) =>
      trx === undefined
        ? await core.transaction(async (own) => await claimIn(core, own, claim), { repeatable: true })
        : await claimIn(core, on(trx), claim),
    finish: async (trx, key, holder, result) => await finish(on(trx), key, holder, result),
    release: async (trx, key, holder) => {
      await on(trx)
        .deleteFrom('command_outcome')
        .where('key', '=', key)
        .where('holder', '=', holder)
        .where('state', '=', 'running')
        .execute();
    },
    renew: async (key, holder, ttlMs = defaultTtlMs) => {
      const nowMs = await databaseNowMs(core, core.db);
      await expireAt(core.db, { key, holder }, nowMs + ttlMs);
    },
    abandon: async (key, holder) => await expireAt(core.db, { key, holder }, 0),
    find: async (key) => {
      if (core.kind === 'postgres') await awaitClaimant(core, key);
      const row = await outcomeOf(core.db, key);
      return row && answerOf(row);
    },
    expire: async (olderThanMs) => {
      const nowMs = await databaseNowMs(core, core.db);
      const gone = await core.db
        .deleteFrom('command_outcome')
        .where('claimed_at_ms', '<', nowMs - olderThanMs)
        .where('expires_at_ms', '<', nowMs)
        .executeTakeFirst();
      return Number(gone.numDeletedRows);
    },
  };
}

async function claimIn(
  core: StoreCore,
  db: Kysely<PlatformTables>,
  claim: CommandClaim,
): Promise<ClaimAnswer> {
  const nowMs = await databaseNowMs(core, db);
  const row: StoredOutcome = {
    key: claim.key,
    operation: claim.operation,
    input_hash: claim.inputHash,
    state: 'running',
    holder: claim.holder,
    claimed_at_ms: nowMs,
    expires_at_ms: nowMs + (claim.ttlMs ?? defaultTtlMs),
    result: null,
  };
  for (;;) {
    // Waits here for another transaction that has just inserted the same key (PostgreSQL).
    const inserted = await db
      .insertInto('command_outcome')
      .values(row)
      .onConflict((conflict) => conflict.column('key').doNothing())
      .executeTakeFirst();
    if (Number(inserted.numInsertedOrUpdatedRows) === 1) return { state: 'fresh', takenOver: false };
    const found = await outcomeOf(db, claim.key);
    // Released between the two statements: try again.
    if (found === undefined) continue;
    if (found.operation !== claim.operation || found.input_hash !== claim.inputHash) {
      return { state: 'conflict', operation: found.operation };
    }
    if (found.state === 'done' || found.expires_at_ms > nowMs) return answerOf(found);
    if (await takeOver(db, found, row)) return { state: 'fresh', takenOver: true };
  }
}

async function outcomeOf(db: Kysely<PlatformTables>, key: string): Promise<StoredOutcome | undefined> {
  return await db.selectFrom('command_outcome').selectAll().where('key', '=', key).executeTakeFirst();
}

async function expireAt(
  db: Kysely<PlatformTables>,
  of: { key: string; holder: string },
  expiresAtMs: number,
): Promise<void> {
  await db
    .updateTable('command_outcome')
    .set({ expires_at_ms: expiresAtMs })
    .where('key', '=', of.key)
    .where('holder', '=', of.holder)
    .where('state', '=', 'running')
    .execute();
}

class NotKept extends Error {}

/** Writing the same key waits for whoever has written it and not committed yet; the row of this one is never kept. */
async function awaitClaimant(core: StoreCore, key: string): Promise<void> {
  const row: StoredOutcome = {
    key,
    operation: '',
    input_hash: '',
    state: 'running',
    holder: '',
    claimed_at_ms: 0,
    expires_at_ms: 0,
    result: null,
  };
  const looking = core.transaction(
    async (trx) => {
      const inserted = trx.insertInto('command_outcome').values(row);
      await inserted.onConflict((conflict) => conflict.column('key').doNothing()).execute();
      throw new NotKept();
    },
    { repeatable: true },
  );
  await looking.catch((error: unknown) => {
    if (!(error instanceof NotKept)) throw error;
  });
}

async function takeOver(
  db: Kysely<PlatformTables>,
  found: StoredOutcome,
  row: StoredOutcome,
): Promise<boolean> {
  const taken = await db
    .updateTable('command_outcome')
    .set({ holder: row.holder, claimed_at_ms: row.claimed_at_ms, expires_at_ms: row.expires_at_ms })
    .where('key', '=', row.key)
    .where('state', '=', 'running')
    .where('holder', '=', found.holder)
    .where('expires_at_ms', '=', found.expires_at_ms)
    .executeTakeFirst();
  return Number(taken.numUpdatedRows) === 1;
}

async function finish(
  db: Kysely<PlatformTables>,
  key: string,
  holder: string,
  result: unknown,
): Promise<void> {
  const done = await db
    .updateTable('command_outcome')
    .set({ state: 'done', result: JSON.stringify(result ?? null), expires_at_ms: sql`claimed_at_ms` })
    .where('key', '=', key)
    .where('holder', '=', holder)
    .where('state', '=', 'running')
    .executeTakeFirst();
  if (Number(done.numUpdatedRows) !== 1) throw new Error(`The command ${key} is not claimed by ${holder}.`);
}

function answerOf(row: StoredOutcome): Exclude<ClaimAnswer, { state: 'fresh' | 'conflict' }> {
  return row.state === 'done'
    ? { state: 'done', result: JSON.parse(row.result ?? 'null') as unknown }
    : { state: 'running', holder: row.holder, sinceMs: row.claimed_at_ms };
}
