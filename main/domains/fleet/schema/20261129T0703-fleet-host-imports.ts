import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What became of each line of an imported list of hosts. */
export const fleetHostImports: SchemaStep = {
  id: '20261129T0703-fleet-host-imports',
  async up(to) {
    await to.run(
      `create table host_import_line (
        import_id text not null, line bigint not null, name text not null, address text not null,
        state text not null check (state in ('waiting', 'added', 'failed')), sentence text not null, host_id text,
        task_id text not null, primary key (import_id, line))`,
    );
  },
};
