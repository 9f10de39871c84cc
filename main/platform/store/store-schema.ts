import { sql, type Transaction } from 'kysely';
import type { PlatformTables } from './platform-schema.ts';
import { applySteps, createSchemaTables, readSchemaState, type Program } from './schema-apply.ts';
import type { SchemaStep } from './schema-step.ts';
import { copyBeforeSchemaChange } from './store-copy.ts';
import type { StoreCore } from './store-core.ts';
import { StoreError } from './store-error.ts';
import type { StoreOpening } from './store.ts';

export interface SchemaWork {
  readonly schema: readonly SchemaStep[];
  readonly program: Program;
  /** SQLite's file; undefined in memory and on PostgreSQL. */
  readonly file: string | undefined;
  readonly isOwner: boolean;
}

/** Advisory lock while the schema changes: 'sche' in ASCII. */
const schemaLock = 0x73636865;

/**
 * Applies what is missing in one transaction: both databases roll DDL back. Two engines that open one PostgreSQL database at
 * the same moment do it one after the other, and the second finds nothing left to do.
 */
export async function bringSchemaUpToDate(core: StoreCore, work: SchemaWork): Promise<StoreOpening> {
  if (!work.isOwner) return await expectUpToDate(core, work);
  let backupFile: string | undefined;
  const opening = await core.transaction(async (trx) => {
    if (core.kind === 'postgres') await waitForSchemaLock(trx);
    await createSchemaTables(trx, core.kind);
    const state = await readSchemaState(trx, work.schema, work.program);
    if (state.pending.length === 0) return { created: false, appliedSteps: [] };
    if (!state.created) {
      core.log.info('The schema of the store is older than the program and will be changed.', {
        from: state.writtenBy,
        to: work.program.version,
        steps: state.pending.length,
      });
      backupFile = copyBeforeSchemaChange(work.file, state.writtenBy ?? 'unknown', core.clock.nowMs());
    }
    const appliedSteps = await applySteps(trx, {
      kind: core.kind,
      pending: state.pending,
      program: work.program,
      nowMs: core.clock.nowMs(),
    });
    return { created: state.created, appliedSteps };
  });
  if (opening.appliedSteps.length > 0)
    core.log.info('The schema of the store is up to date.', { ...opening, backupFile });
  return backupFile === undefined ? opening : { ...opening, backupFile };
}

/** However long another engine's change of the schema takes. */
async function waitForSchemaLock(trx: Transaction<PlatformTables>): Promise<void> {
  await sql`set local lock_timeout = 0`.execute(trx);
  await sql`select pg_advisory_xact_lock(${sql.lit(schemaLock)})`.execute(trx);
}

async function expectUpToDate(core: StoreCore, work: SchemaWork): Promise<StoreOpening> {
  if (!(await isCreated(core))) {
    throw new StoreError(
      'not-a-store',
      'There is no Innkeeper store at this address yet. Start Innkeeper with it once, or check the address.',
    );
  }
  const state = await readSchemaState(core.db, work.schema, work.program);
  if (state.pending.length > 0) {
    throw new StoreError(
      'in-use',
      `The schema of this store is older than ${work.program.name} ${work.program.version}. Close the program that uses it, then open it with this version.`,
    );
  }
  return { created: false, appliedSteps: [] };
}

async function isCreated(core: StoreCore): Promise<boolean> {
  const asked =
    core.kind === 'sqlite'
      ? sql<{ n: number }>`select count(*) as n from sqlite_schema where name = 'store_schema_step'`
      : sql<{ n: number }>`select count(to_regclass('store_schema_step')) as n`;
  return (await asked.execute(core.db)).rows[0]?.n === 1;
}
