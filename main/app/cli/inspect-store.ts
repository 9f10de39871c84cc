import { sql } from 'kysely';
import { openStore } from '../../platform/store/store-open.ts';
import type { Store } from '../../platform/store/store.ts';
import { allSchema } from '../all-schema.ts';
import { version } from '../version.ts';

/** Facts about a store for a bug report, read beside whoever uses it; a failure is itself the finding. */
export async function inspectStore(address: string): Promise<Record<string, unknown>> {
  try {
    const store = await openStore({
      address,
      schema: allSchema,
      program: { name: 'innkeeper', version },
      isOwner: false,
    });
    try {
      return {
        kind: store.kind,
        address: store.address,
        tables: await rowCounts(store),
        audit: await store.audit.verify(),
        duties: await store.leases.list(),
      };
    } finally {
      await store.close();
    }
  } catch (error) {
    return { failure: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

async function rowCounts(store: Store): Promise<Record<string, number>> {
  const db = store.tables<Record<string, never>>();
  const tables = await db.introspection.getTables();
  const counts: Record<string, number> = {};
  for (const { name, schema } of tables) {
    if (schema !== undefined && schema !== 'public') continue;
    const counted = await sql<{ count: number }>`select count(*) as count from ${sql.table(name)}`.execute(
      db,
    );
    counts[name] = Number(counted.rows[0]?.count ?? 0);
  }
  return counts;
}
