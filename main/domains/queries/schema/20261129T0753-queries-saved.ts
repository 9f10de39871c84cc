import type { SchemaStep } from '../../../platform/store/schema-step.ts';

export const queriesSaved: SchemaStep = {
  id: '20261129T0753-queries-saved',
  async up(to) {
    await to.run(
      `create table saved_query (
        id text primary key, list text not null, name text not null, query text not null, sort text not null,
        owner text not null, shared bigint not null check (shared in (0, 1)), name_key text not null,
        made_at_ms bigint not null, removed_at_ms bigint)`,
      // Of those that are shared one has a name, and of each person's own.
      `create unique index saved_query_by_name on saved_query (list, name_key) where removed_at_ms is null`,
      'create index saved_query_by_removal on saved_query (removed_at_ms) where removed_at_ms is not null',
      'create table saved_query_default (owner text not null, list text not null, saved_query_id text not null, primary key (owner, list))',
    );
  },
};
