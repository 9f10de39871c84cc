import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Moves of VMs, waiting, under way and over; and what people set for them. */
export const movesMove: SchemaStep = {
  id: '20261129T0733-moves-move',
  async up(to) {
    await to.run(
      `create table vm_move (
        id text primary key,
        vm_id text not null,
        vm_uuid text not null,
        vm_name text not null,
        from_host_id text not null,
        from_name text not null,
        to_host_id text not null,
        to_name text not null,
        state text not null check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
        cause text not null check (cause in ('person', 'evacuation', 'balancer')),
        live bigint not null check (live in (0, 1)),
        keep_source bigint not null check (keep_source in (0, 1)),
        storage text not null,
        task_id text,
        asked_by text not null,
        asked_at_ms bigint not null,
        began_at_ms bigint,
        ended_at_ms bigint,
        total_bytes bigint not null,
        done_bytes bigint not null,
        bytes_per_second bigint not null,
        downtime_ms bigint,
        note text not null
      )`,
      // A VM has one move at a time, whoever asks in the same moment.
      "create unique index vm_move_of_vm on vm_move (vm_id) where state in ('queued', 'running')",
      "create index vm_move_open on vm_move (state) where state in ('queued', 'running')",
      'create index vm_move_by_vm on vm_move (vm_id, asked_at_ms)',
      'create index vm_move_by_time on vm_move (asked_at_ms)',
      'create table move_setting (name text primary key, value text not null)',
    );
  },
};
