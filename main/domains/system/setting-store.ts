import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import { environmentColour } from '../../../shared/domains/system/system-contract.ts';
import type { SystemTables } from './system-tables.ts';

type Db = Kysely<SystemTables>;

const environmentSchema = z.object({ name: z.string(), colour: environmentColour });
export type Environment = z.infer<typeof environmentSchema>;

async function readSetting(db: Db, name: string): Promise<unknown> {
  const row = await db.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirst();
  return row === undefined ? undefined : (JSON.parse(row.value) as unknown);
}

export async function writeSetting(db: Db, name: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value);
  await db
    .insertInto('setting')
    .values({ name, value: text })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: text }))
    .execute();
}

/** Name and colour of this environment; a store nobody has named yet is called by what it is. */
export async function readEnvironment(db: Db): Promise<Environment> {
  const parsed = environmentSchema.safeParse(await readSetting(db, 'environment'));
  if (parsed.success) return parsed.data;
  return (await isPracticeStore(db))
    ? { name: 'Practice', colour: 'green' }
    : { name: 'Production', colour: 'plum' };
}

/** Reads it and keeps it from being changed until the transaction ends, also where nobody has named it yet. */
export async function lockEnvironment(db: Db): Promise<Environment> {
  const value = JSON.stringify(await readEnvironment(db));
  await db
    .insertInto('setting')
    .values({ name: 'environment', value })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .updateTable('setting')
    .set({ value: sql`value` })
    .where('name', '=', 'environment')
    .execute();
  return await readEnvironment(db);
}

/** What tells this store from every other, whatever its address; kept from when it was made. */
export async function readStoreIdentity(db: Db): Promise<string> {
  return z.string().parse(await readSetting(db, 'store-identity'));
}

/** Whether this store was opened as a practice store: it must never hold real hosts, and the other way round. */
export async function isPracticeStore(db: Db): Promise<boolean> {
  return (await readSetting(db, 'practice')) === true;
}
