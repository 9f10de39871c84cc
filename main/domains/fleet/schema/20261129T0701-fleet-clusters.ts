import type { SchemaStep } from '../../../platform/store/schema-step.ts';

interface Tables {
  cluster: Readonly<Record<string, string | number>>;
}

/** The cluster every store begins with; hosts of before are in it. */
const FIRST = 'cluster_00000000000000000000000000';

/** Clusters, and in which of them a host is. */
export const fleetClusters: SchemaStep = {
  id: '20261129T0701-fleet-clusters',
  async up(to) {
    await to.run(
      `create table cluster (
        id text primary key, name text not null, name_key text not null, site text not null, jurisdiction text not null,
        time_zone text not null, cpu_overcommit double precision not null, memory_overcommit double precision not null,
        policy text not null check (policy in ('spread', 'pack')), filters text not null, windows text not null,
        created_at_ms bigint not null)`,
      'create unique index cluster_by_name on cluster (name_key)',
    );
    await to
      .tables<Tables>()
      .insertInto('cluster')
      .values({
        id: FIRST,
        name: 'Main',
        name_key: 'main',
        site: '',
        jurisdiction: '',
        time_zone: 'UTC',
        cpu_overcommit: 8,
        memory_overcommit: 1,
        policy: 'spread',
        filters: '[]',
        windows: '[]',
        created_at_ms: 0,
      })
      .execute();
    await to.run(
      // No foreign key: SQLite adds none to a column with a default. Whoever puts a host in a cluster holds the cluster's lock.
      `alter table host add column cluster_id text not null default '${FIRST}'`,
      "alter table host add column labels text not null default '[]'",
      'create index host_by_cluster on host (cluster_id, name)',
    );
  },
};
