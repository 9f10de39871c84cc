import type { SchemaStep } from '../../../platform/store/schema-step.ts';

export const accessPeople: SchemaStep = {
  id: '20261122T1000-access-people',
  up: async (to) => {
    await to.run(
      `create table person (
        id text primary key,
        login text not null unique,
        name text not null,
        role text not null check (role in ('administrator', 'sysadmin', 'migration', 'accountant', 'observer')),
        active bigint not null check (active in (0, 1)),
        last_seen_at_ms bigint
      )`,
    );
  },
};
