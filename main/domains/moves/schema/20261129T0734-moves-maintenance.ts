import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Evacuations of hosts, maintenance that rolls over a cluster, and what the balancer measures. */
export const movesMaintenance: SchemaStep = {
  id: '20261129T0734-moves-maintenance',
  async up(to) {
    await to.run(
      `create table host_evacuation (
        host_id text primary key,
        asked_by text not null,
        asked_at_ms bigint not null,
        emptied_at_ms bigint,
        vms_at_first bigint not null
      )`,
      `create table evacuation_vm (
        host_id text not null,
        vm_id text not null,
        reason text not null,
        answer text not null check (answer in ('', 'leave', 'shut-down')),
        checked_at_ms bigint not null,
        asked_off_at_ms bigint,
        primary key (host_id, vm_id)
      )`,
      `create table rolling_maintenance (
        id text primary key,
        title text not null,
        state text not null check (state in ('running', 'paused', 'done', 'stopped')),
        go_when text not null check (go_when in ('person', 'healthy')),
        needs_reboot bigint not null check (needs_reboot in (0, 1)),
        libvirt_at_least text not null,
        asked_by text not null,
        asked_at_ms bigint not null,
        ended_at_ms bigint
      )`,
      `create table rolling_host (
        rolling_id text not null,
        position bigint not null,
        host_id text not null,
        host_name text not null,
        state text not null check (state in ('waiting', 'evacuating', 'holding', 'go', 'done', 'skipped')),
        boot_id text not null,
        note text not null,
        changed_at_ms bigint not null,
        primary key (rolling_id, position)
      )`,
      `create table balance_sample (
        host_id text not null,
        at_ms bigint not null,
        cpu_percent double precision not null,
        memory_percent double precision not null,
        primary key (host_id, at_ms)
      )`,
    );
  },
};
