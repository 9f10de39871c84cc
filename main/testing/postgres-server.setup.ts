import type { TestProject } from 'vitest/node';
import { makePostgresCluster, type PostgresCluster } from './postgres-cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of a throw-away PostgreSQL cluster (superuser, database `postgres`); empty when this machine has none. */
    postgresUrl: string;
  }
}

let running: { cluster: PostgresCluster | undefined; users: number } | undefined;

/** Starts one real PostgreSQL for the whole suite (shared by the projects) and stops it when the last project is done. */
// oxlint-disable-next-line import/no-default-export -- the form vitest calls with a teardown
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  running ??= { cluster: await makePostgresCluster(), users: 0 };
  if (running.cluster === undefined && process.env['CI']) {
    throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  }
  running.users += 1;
  project.provide('postgresUrl', running.cluster?.url ?? '');
  return async () => {
    if (running && --running.users === 0) {
      await running.cluster?.remove();
      running = undefined;
    }
  };
}
