import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Load over time for the charts, and hours of usage for the bill. */
export const fleetSeriesAndUsage: SchemaStep = {
  id: '20261122T1011-fleet-series-and-usage',
  async up(to) {
    await to.run(
      // Measured for many subjects (VMs, hosts) at one step of time: what a sweep writes. See series-tiers.ts.
      `create table series_host_block (
        step_minutes bigint not null, host_id text not null, step bigint not null, block blob not null,
        primary key (step_minutes, host_id, step))`,
      'create index series_host_block_by_time on series_host_block (step_minutes, step)',
      // Of one subject over many steps: what a chart reads.
      `create table series_subject_block (
        step_minutes bigint not null, subject bigint not null, chunk bigint not null, block blob not null,
        primary key (step_minutes, subject, chunk))`,
      'create index series_subject_block_by_time on series_subject_block (step_minutes, chunk)',
      'create table series_subject (number autonumber, name text not null)',
      'create unique index series_subject_by_name on series_subject (name)',
      // On which hosts' blocks a subject may be found.
      `create table series_stay (
        subject bigint not null, host_id text not null, seen_day bigint not null, primary key (subject, host_id))`,
      'create index series_stay_by_day on series_stay (seen_day)',
      'create table fleet_progress (name text primary key, at_ms bigint not null)',
      `create table usage_hour (
        vm_uuid text not null, hour_at_ms bigint not null, running_ms bigint not null check (running_ms between 0 and 3600000),
        vcpu_ms bigint not null, memory_mib_ms bigint not null, primary key (vm_uuid, hour_at_ms))`,
      `create table usage_mark (
        vm_uuid text primary key, host_id text not null, at_ms bigint not null, powered bigint not null,
        boot text not null, cpu_time_ms bigint not null, vcpus bigint not null, memory_mib bigint not null)`,
      'create index usage_mark_by_host on usage_mark (host_id, at_ms)',
    );
  },
};
