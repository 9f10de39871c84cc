import { CompiledQuery, sql, type Kysely } from 'kysely';
import type { PlatformTables } from './platform-schema.ts';
import { portableDdl, type SchemaContext, type SchemaStep } from './schema-step.ts';
import { StoreError } from './store-error.ts';
import type { StoreKind } from './store.ts';

export interface Program {
  readonly name: string;
  readonly version: string;
}

type Db = Kysely<PlatformTables>;

export interface SchemaState {
  readonly created: boolean;
  /** Known steps that were not applied yet, in order. */
  readonly pending: readonly SchemaStep[];
  /** Version that applied the newest step there is; undefined on an empty store. */
  readonly writtenBy: string | undefined;
}

export async function createSchemaTables(db: Db, kind: StoreKind): Promise<void> {
  const statements = [
    'create table if not exists store_meta (name text primary key, value text not null)',
    'create table if not exists store_schema_step (id text primary key, program_version text not null, applied_at_ms bigint not null)',
  ];
  for (const statement of statements) await db.executeQuery(CompiledQuery.raw(portableDdl(kind, statement)));
}

/** Compares the store with the program. Throws `StoreError` 'schema-newer' when the store holds steps this program has never heard of. */
export async function readSchemaState(
  db: Db,
  steps: readonly SchemaStep[],
  program: Program,
): Promise<SchemaState> {
  const applied = await db.selectFrom('store_schema_step').selectAll().orderBy('id').execute();
  const known = new Set(steps.map((step) => step.id));
  const unknown = applied.filter((row) => !known.has(row.id));
  if (unknown.length > 0)
    throw schemaNewer(
      unknown.map((row) => row.program_version),
      program,
    );
  const done = new Set(applied.map((row) => row.id));
  return {
    created: applied.length === 0,
    pending: inOrder(steps).filter((step) => !done.has(step.id)),
    writtenBy: newestVersion(applied.map((row) => row.program_version)),
  };
}

/** Applies the pending steps; the caller holds a transaction, so that either all of them happen or none. */
export async function applySteps(
  db: Db,
  work: { kind: StoreKind; pending: readonly SchemaStep[]; program: Program; nowMs: number },
): Promise<string[]> {
  for (const step of work.pending) {
    try {
      await step.up(contextOf(db, work.kind));
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw new StoreError(
        'schema-step-failed',
        `The schema step ${step.id} failed, so the store was left as it was. This is a fault of ${work.program.name} ${work.program.version}; go on with the version used before and report it.`,
        { cause: error },
      );
    }
    await db
      .insertInto('store_schema_step')
      .values({ id: step.id, program_version: work.program.version, applied_at_ms: work.nowMs })
      .execute();
  }
  return work.pending.map((step) => step.id);
}

function contextOf(db: Db, kind: StoreKind): SchemaContext {
  return {
    kind,
    run: async (...statements) => {
      for (const statement of statements) await sql.raw(portableDdl(kind, statement)).execute(db);
    },
    // The one instance under another type; which tables exist at this step only the step knows.
    tables: <T>() => db as unknown as Kysely<T>,
  };
}

function inOrder(steps: readonly SchemaStep[]): SchemaStep[] {
  const sorted = steps.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (const [index, step] of sorted.entries()) {
    if (!/^\d{8}T\d{4}-[a-z0-9-]+$/.test(step.id))
      throw new Error(`The id of the schema step ${step.id} is not <YYYYMMDDThhmm>-<what>.`);
    if (sorted[index + 1]?.id === step.id) throw new Error(`Two schema steps have the id ${step.id}.`);
  }
  return sorted;
}

function schemaNewer(versions: readonly string[], program: Program): StoreError {
  const needed = newestVersion(versions) ?? 'a newer version';
  return new StoreError(
    'schema-newer',
    `This store was last changed by ${program.name} ${needed} and this is ${program.version}, which does not know its schema. Nothing was changed: start version ${needed} or newer, or restore a backup made before the update.`,
  );
}

function newestVersion(versions: readonly string[]): string | undefined {
  return versions.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
}
