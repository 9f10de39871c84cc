import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Hosts, the VMs on them, and what happened to those. */
export const fleetHostsAndVms: SchemaStep = {
  id: '20261122T1010-fleet-hosts-and-vms',
  async up(to) {
    await to.run(
      `create table host (
        id text primary key, name text not null, address text not null, port bigint not null, user_name text not null,
        jump text not null, socket_path text, host_key_algorithm text not null, host_key_fingerprint text not null, shown_host_key text,
        auth_kind text not null check (auth_kind in ('agent', 'key', 'own-key')), sealed_auth text,
        added_at_ms bigint not null, removed_at_ms bigint,
        state text not null, reason text not null, state_since_at_ms bigint not null, seen_at_ms bigint,
        libvirt_version text not null, qemu_version text not null, cpu_model text not null, cpu_count bigint not null,
        memory_bytes bigint not null, memory_used_bytes bigint not null, memory_sold_bytes bigint not null,
        cpu_used_percent bigint not null, cpu_sold bigint not null, vms bigint not null, vms_running bigint not null,
        disk_bytes bigint not null, disk_free_bytes bigint not null, problems bigint not null,
        facts text not null, timings text not null)`,
      // A removed host stays for the record of what ran on it; its name and address are free again.
      'create unique index host_by_name on host (name) where removed_at_ms is null',
      'create unique index host_by_door on host (address, port) where removed_at_ms is null',
      `create table vm (
        id text primary key, uuid text not null, host_id text not null references host (id), name text not null,
        state text not null, customer_id text, template_id text, address text not null, vcpus bigint not null,
        memory_bytes bigint not null, memory_used_bytes bigint not null, disk_bytes bigint not null,
        cpu_percent bigint not null, started_at_ms bigint, tags text not null, os text not null, agent bigint not null,
        autostart bigint not null, persistent bigint not null, disks text not null, nics text not null,
        graphics text not null, notes text not null, created_at_ms bigint not null, missing_since_at_ms bigint)`,
      'create unique index vm_by_uuid on vm (uuid)',
      'create index vm_by_host on vm (host_id, name)',
      'create index vm_by_name on vm (name, id)',
      'create index vm_by_state on vm (state, name)',
      'create index vm_by_customer on vm (customer_id, name)',
      'create index vm_by_cpu on vm (cpu_percent, id)',
      'create index vm_by_memory on vm (memory_bytes, id)',
      `create table vm_event (
        seq autonumber, vm_uuid text not null, at_ms bigint not null, event text not null, detail text not null)`,
      'create index vm_event_by_vm on vm_event (vm_uuid, at_ms)',
      'create index vm_event_by_time on vm_event (at_ms)',
      // VMs that are no longer there: their usage is still to be billed under the id they had.
      'create table vm_gone (id text primary key, uuid text not null, name text not null, gone_at_ms bigint not null)',
      `create table fleet_secret (name text primary key, sealed text not null, public_text text not null)`,
    );
  },
};
