import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Actions on many VMs, and what became of each VM. */
export const bulkActions: SchemaStep = {
  id: '20261129T0721-bulk-actions',
  async up(to) {
    await to.run(
      `create table bulk_action (
        id text primary key, action text not null, what text not null, query text not null, ticked bigint not null,
        state text not null, state_reason text not null, undo_of text references bulk_action (id), round bigint not null,
        fence bigint not null, task_id text not null, per_host bigint not null, per_cluster bigint, at_once bigint not null,
        stop_after_failures bigint, started_by text not null, started_at_ms bigint not null, changed_at_ms bigint not null,
        ended_at_ms bigint, total bigint not null, waiting bigint not null, running bigint not null, done bigint not null,
        skipped bigint not null, refused bigint not null, failed bigint not null, cancelled bigint not null,
        undone bigint not null)`,
      'create index bulk_action_by_time on bulk_action (started_at_ms, id)',
      'create index bulk_action_by_undone on bulk_action (undo_of)',
      `create table bulk_item (
        bulk_id text not null references bulk_action (id), seq bigint not null, vm_id text not null, uuid text not null,
        name text not null, host_id text not null, state text not null, code text not null, reason text not null,
        before text, fence bigint not null, attempts bigint not null, ended_at_ms bigint,
        primary key (bulk_id, seq))`,
      'create index bulk_item_by_state on bulk_item (bulk_id, state, seq)',
      'create index bulk_item_by_vm on bulk_item (vm_id, bulk_id)',
    );
  },
};
