import { createHash } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { inject } from 'vitest';
import { openStore } from '../platform/store/store-open.ts';
import type { SchemaStep } from '../platform/store/schema-step.ts';

/** A schema of fewer steps is made as quickly as copied. */
const FEW_STEPS = 8;

/**
 * Empty stores of a large schema are copied from one that was made step by step: on PostgreSQL that is a second of the machine saved per
 * test. Two copies also share what the steps themselves wrote (the identity of the store), which a test of two stores has to make anew.
 */
export const isWorthCopying = (schema: readonly SchemaStep[]): boolean => schema.length >= FEW_STEPS;

const program = { name: 'Innkeeper', version: '1.2.3' };

function nameOf(schema: readonly SchemaStep[]): string {
  const hash = createHash('sha256');
  for (const step of schema) hash.update(`${step.id}\n${step.up.toString()}\n`);
  return `template_${hash.digest('hex').slice(0, 16)}`;
}

/** A file made once per folder. */
export class SqliteTemplates {
  readonly #made = new Map<string, Promise<string>>();

  async copyTo(file: string, schema: readonly SchemaStep[], folder: string): Promise<void> {
    const name = nameOf(schema);
    const template = this.#made.get(name) ?? this.#make(join(folder, `${name}.db`), schema);
    this.#made.set(name, template);
    copyFileSync(await template, file);
  }

  async #make(file: string, schema: readonly SchemaStep[]): Promise<string> {
    await (await openStore({ address: `sqlite:${file}`, schema, program })).close();
    return file;
  }
}

/** Makes the database `to` as a copy of one that is made once per server, whichever process comes first. */
export async function copyPostgresTemplate(
  sql: postgres.Sql,
  to: string,
  schema: readonly SchemaStep[],
  addressOf: (database: string) => string,
): Promise<void> {
  const template = nameOf(schema);
  await sql.begin(async (trx) => {
    await trx`select pg_advisory_xact_lock(hashtext(${template}))`;
    const [there] = await trx`select 1 from pg_database where datname = ${template}`;
    if (there) return;
    // Whoever was killed in the middle left a half of it under the other name.
    await sqlApart(addressOf('postgres'), async (apart) => {
      const half = `${template}_half`;
      await apart.unsafe(`drop database if exists ${half} with (force)`);
      await apart.unsafe(
        `create database ${half} template template0 strategy ${inject('postgresCopyStrategy')}`,
      );
      await (await openStore({ address: addressOf(half), schema, program })).close();
      await apart.unsafe(`alter database ${half} rename to ${template}`);
    });
  });
  await sql.unsafe(`create database ${to} template ${template} strategy ${inject('postgresCopyStrategy')}`);
}

/** Databases are made outside of transactions, so beside the one that holds the lock. */
async function sqlApart(address: string, work: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(address, { max: 1, onnotice: () => undefined });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}
