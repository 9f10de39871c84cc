import type { Generated } from 'kysely';
import { createFoldText } from './fold-text-function.ts';
import type { SchemaContext, SchemaStep } from './schema-step.ts';

/** The store's own tables. Columns named …_at_ms are epoch milliseconds. */
export interface PlatformTables {
  store_meta: { name: string; value: string };
  store_schema_step: { id: string; program_version: string; applied_at_ms: number };
  change_log: { seq: Generated<number>; topic: string; key: string; at_ms: number };
  audit_log: {
    seq: number;
    at_ms: number;
    actor: string;
    operation: string;
    phase: string;
    operation_id: string;
    input: string;
    outcome: string | null;
    result: string | null;
    previous_hash: string;
    hash: string;
  };
  command_outcome: {
    key: string;
    operation: string;
    input_hash: string;
    state: string;
    holder: string;
    claimed_at_ms: number;
    expires_at_ms: number;
    result: string | null;
  };
  duty_lease: {
    name: string;
    holder: string | null;
    priority: number;
    token: number;
    expires_at_ms: number;
    wanted_priority: number | null;
    wanted_until_ms: number;
  };
}

export const platformSchema: readonly SchemaStep[] = [
  {
    id: '20261122T0900-store-change-log',
    async up(to) {
      // Commit order is not the order of seq on PostgreSQL, so a row remembers its transaction (see change-log-postgres.ts).
      const xid = to.kind === 'postgres' ? ', xid xid8 not null default pg_current_xact_id()' : '';
      await to.run(
        `create table change_log (seq autonumber, topic text not null, key text not null, at_ms bigint not null${xid})`,
        'create index change_log_by_time on change_log (at_ms)',
      );
      if (to.kind === 'postgres') await to.run('create index change_log_by_xid on change_log (xid, seq)');
    },
  },
  {
    id: '20261122T0901-store-audit-log',
    async up(to) {
      await to.run(
        `create table audit_log (
          seq bigint primary key, at_ms bigint not null, actor text not null, operation text not null,
          phase text not null check (phase in ('done', 'begun', 'ended')), operation_id text not null,
          input text not null, outcome text check (outcome in ('result', 'refusal', 'error')), result text,
          previous_hash text not null, hash text not null)`,
        'create index audit_log_by_operation on audit_log (operation, seq)',
        'create index audit_log_by_actor on audit_log (actor, seq)',
        'create index audit_log_by_operation_id on audit_log (operation_id)',
      );
      await appendOnly(to, 'audit_log');
    },
  },
  {
    id: '20261122T0902-store-command-outcome',
    async up(to) {
      await to.run(
        `create table command_outcome (
          key text primary key, operation text not null, input_hash text not null,
          state text not null check (state in ('running', 'done')), holder text not null,
          claimed_at_ms bigint not null, expires_at_ms bigint not null, result text)`,
        'create index command_outcome_by_time on command_outcome (claimed_at_ms)',
      );
    },
  },
  {
    id: '20261122T0903-store-duty-lease',
    async up(to) {
      await to.run(
        `create table duty_lease (
          name text primary key, holder text, priority bigint not null, token bigint not null,
          expires_at_ms bigint not null, wanted_priority bigint, wanted_until_ms bigint not null)`,
      );
    },
  },
  { id: '20261129T0751-store-fold-text', up: createFoldText },
  // The same function made anew, ten times as quick.
  { id: '20261130T1629-store-fold-text-order', up: createFoldText },
];

/** Refuses UPDATE, DELETE and (PostgreSQL) TRUNCATE of a table, whoever asks. For audit trails, ledgers, issued documents. */
export async function appendOnly(to: SchemaContext, table: string): Promise<void> {
  const refusal = `rows of ${table} are never changed or removed`;
  if (to.kind === 'sqlite') {
    await to.run(
      `create trigger ${table}_no_update before update on ${table} begin select raise(abort, '${refusal}'); end`,
      `create trigger ${table}_no_delete before delete on ${table} begin select raise(abort, '${refusal}'); end`,
    );
    return;
  }
  await to.run(
    `create function ${table}_append_only() returns trigger language plpgsql as $$
      begin raise exception '${refusal}' using errcode = 'restrict_violation'; end $$`,
    `create trigger ${table}_no_change before update or delete on ${table} for each row execute function ${table}_append_only()`,
    `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function ${table}_append_only()`,
  );
}
