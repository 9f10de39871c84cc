import type { SchemaStep } from '../../../platform/store/schema-step.ts';

export const templatesTemplate: SchemaStep = {
  id: '20261122T1030-templates-template',
  up: async (to) => {
    await to.run(
      `create table template (
        id text primary key,
        name text not null,
        os text not null,
        state text not null check (state in ('importing', 'ready', 'failed')),
        deleting bigint not null check (deleting in (0, 1)),
        format text not null check (format in ('qcow2', 'raw', 'unknown')),
        virtual_size_bytes bigint not null,
        file_bytes bigint not null,
        sha256 text not null,
        min_disk_bytes bigint not null,
        min_memory_bytes bigint not null,
        min_vcpus bigint not null,
        source text not null,
        source_again text,
        created_at_ms bigint not null
      )`,
      // A failed import does not keep its name.
      "create unique index template_by_name on template (name) where state <> 'failed'",
      `create table template_copy (
        template_id text not null,
        host_id text not null,
        volume text not null,
        state text not null check (state in ('copying', 'ready', 'leftover')),
        changed_at_ms bigint not null,
        primary key (template_id, host_id)
      )`,
      'create index template_copy_by_host on template_copy (host_id)',
    );
  },
};
