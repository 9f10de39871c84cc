import { createHash } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import { canonicalJson } from './canonical-json.ts';
import { databaseNowMs } from './database-clock.ts';
import type { PlatformTables } from './platform-schema.ts';
import type { StoreCore } from './store-core.ts';
import type { AnyTransaction } from './store.ts';

/** 'done': a command that ran inside this transaction. 'begun' and 'ended': one whose effect lies outside the database. */
export type AuditPhase = 'done' | 'begun' | 'ended';
export type AuditOutcome = 'result' | 'refusal' | 'error';

export interface AuditEntry {
  readonly actor: string;
  readonly operation: string;
  readonly phase: AuditPhase;
  /** One id per call, the same on 'begun' and 'ended'. */
  readonly operationId: string;
  /** JSON value; the caller has removed the secrets (see secrets/redact.ts). */
  readonly input: unknown;
  /** Left out on 'begun'. */
  readonly outcome?: { readonly kind: AuditOutcome; readonly value: unknown };
}

export interface AuditRow {
  /** 1, 2, 3 … without a gap. */
  readonly seq: number;
  readonly atMs: number;
  readonly actor: string;
  readonly operation: string;
  readonly phase: AuditPhase;
  readonly operationId: string;
  readonly input: unknown;
  readonly outcome: AuditOutcome | undefined;
  readonly result: unknown;
  readonly hash: string;
}

export interface AuditPage {
  /** Rows older than this one. */
  readonly beforeSeq?: number;
  readonly limit: number;
  readonly operation?: string;
  readonly actor?: string;
  readonly operationId?: string;
}

export interface AuditVerdict {
  readonly ok: boolean;
  readonly rows: number;
  /** Hash of the newest row: written down elsewhere, it proves later that no newest rows were cut off. */
  readonly head: string;
  readonly firstBad?: { readonly seq: number; readonly why: string };
}

export interface AuditLog {
  /**
   * Adds a row inside the caller's transaction and holds the chain until that transaction ends, so append last.
   * The row is there if and only if the transaction commits.
   */
  append(trx: AnyTransaction, entry: AuditEntry): Promise<AuditRow>;
  /** Newest first. */
  list(page: AuditPage): Promise<AuditRow[]>;
  /** Recomputes the whole chain, a page at a time. */
  verify(options?: { readonly signal?: AbortSignal }): Promise<AuditVerdict>;
}

type StoredRow = PlatformTables['audit_log'];

/** Hash before the first row. */
const origin = '0'.repeat(64);
/** Advisory lock of the chain: 'audi' in ASCII. */
const chainLock = 0x61756469;
const verifyPageRows = 2000;
/** The newest row is noted beside the log, so that a log cut off at its end does not look whole. */
const headName = 'audit_head';

export function createAuditLog(core: StoreCore): AuditLog {
  return {
    append: async (trx, entry) => await append(core, trx as Transaction<PlatformTables>, entry),
    list: async (page) => await list(core, page),
    verify: async (options) => await verify(core, options?.signal),
  };
}

async function append(
  core: StoreCore,
  trx: Transaction<PlatformTables>,
  entry: AuditEntry,
): Promise<AuditRow> {
  // On SQLite a write transaction is alone anyway.
  if (core.kind === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(chainLock)})`.execute(trx);
  const last = await trx
    .selectFrom('audit_log')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const unsealed = {
    seq: (last?.seq ?? 0) + 1,
    at_ms: await databaseNowMs(core, trx),
    actor: entry.actor,
    operation: entry.operation,
    phase: entry.phase,
    operation_id: entry.operationId,
    input: canonicalJson(entry.input ?? null),
    outcome: entry.outcome?.kind ?? null,
    result: entry.outcome === undefined ? null : canonicalJson(entry.outcome.value ?? null),
    previous_hash: last?.hash ?? origin,
  };
  const row: StoredRow = { ...unsealed, hash: hashOf(unsealed) };
  await trx.insertInto('audit_log').values(row).execute();
  const value = headText(row);
  await trx
    .insertInto('store_meta')
    .values({ name: headName, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
  return toAuditRow(row);
}

async function list(core: StoreCore, page: AuditPage): Promise<AuditRow[]> {
  let query = core.db.selectFrom('audit_log').selectAll().orderBy('seq', 'desc').limit(page.limit);
  if (page.beforeSeq !== undefined) query = query.where('seq', '<', page.beforeSeq);
  if (page.operation !== undefined) query = query.where('operation', '=', page.operation);
  if (page.actor !== undefined) query = query.where('actor', '=', page.actor);
  if (page.operationId !== undefined) query = query.where('operation_id', '=', page.operationId);
  return (await query.execute()).map(toAuditRow);
}

async function verify(core: StoreCore, signal: AbortSignal | undefined): Promise<AuditVerdict> {
  let head = origin;
  let seq = 0;
  // Noted before the rows are read: those that come meanwhile are after it.
  const noted = await notedHead(core);
  for (;;) {
    signal?.throwIfAborted();
    const page = await core.db
      .selectFrom('audit_log')
      .selectAll()
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(verifyPageRows)
      .execute();
    for (const row of page) {
      const isOtherHead = row.seq === noted?.seq && headText(row) !== noted.text;
      const why =
        faultOf(row, seq + 1, head) ?? (isOtherHead ? 'it is not the row that was written there' : undefined);
      if (why !== undefined) return { ok: false, rows: seq, head, firstBad: { seq: row.seq, why } };
      head = row.hash;
      seq = row.seq;
    }
    if (page.length < verifyPageRows) {
      const isCut = noted !== undefined && seq < noted.seq;
      const firstBad = { seq: seq + 1, why: `row ${seq + 1} is missing` };
      return isCut ? { ok: false, rows: seq, head, firstBad } : { ok: true, rows: seq, head };
    }
  }
}

function headText(row: Pick<StoredRow, 'seq' | 'hash'>): string {
  return `${row.seq} ${row.hash}`;
}

/** Undefined for a log that was last written before heads were noted. */
async function notedHead(core: StoreCore): Promise<{ seq: number; text: string } | undefined> {
  const row = await core.db
    .selectFrom('store_meta')
    .select('value')
    .where('name', '=', headName)
    .executeTakeFirst();
  return row && { seq: Number(row.value.split(' ')[0]), text: row.value };
}

function faultOf(row: StoredRow, expectedSeq: number, previousHash: string): string | undefined {
  if (row.seq !== expectedSeq) return `row ${expectedSeq} is missing`;
  if (row.previous_hash !== previousHash) return 'it does not follow from the row before';
  const { hash, ...unsealed } = row;
  return hash === hashOf(unsealed) ? undefined : 'its content was changed after it was written';
}

function hashOf(unsealed: Omit<StoredRow, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(unsealed)).digest('hex');
}

function toAuditRow(row: StoredRow): AuditRow {
  return {
    seq: row.seq,
    atMs: row.at_ms,
    actor: row.actor,
    operation: row.operation,
    // The table's CHECK rules allow nothing else.
    phase: row.phase as AuditPhase,
    operationId: row.operation_id,
    input: JSON.parse(row.input) as unknown,
    outcome: (row.outcome ?? undefined) as AuditOutcome | undefined,
    result: row.result === null ? undefined : (JSON.parse(row.result) as unknown),
    hash: row.hash,
  };
}
