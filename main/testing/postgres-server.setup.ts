import type { TestProject } from 'vitest/node';
import { makePostgresCluster, type PostgresCluster } from './postgres-cluster.ts';
import { forgetKilledRuns } from './quick-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of a throw-away PostgreSQL cluster (superuser, database `postgres`); empty when this machine has none. */
    postgresUrl: string;
    /** Where its unix socket is: a question through it costs both sides less than through the loopback. */
    postgresSocketFolder: string;
    /** How a database is copied there with the least work: `create database … strategy …`. */
    postgresCopyStrategy: 'file_copy' | 'wal_log';
  }
}

let running: { cluster: PostgresCluster | undefined; users: number } | undefined;

/** Nothing works on the databases of tests behind their backs: what plans they get and how long things take is theirs alone. */
const SETTINGS = [
  'autovacuum=off',
  'jit=off',
  'max_wal_size=256MB',
  'checkpoint_timeout=1h',
  // What is lost when a machine goes down is no loss here; nobody copies these databases elsewhere, or watches their processes.
  'synchronous_commit=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'update_process_title=off',
];

/** Starts one real PostgreSQL for the whole suite (shared by the projects) and stops it when the last project is done. */
// oxlint-disable-next-line import/no-default-export -- the form vitest calls with a teardown
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  forgetKilledRuns();
  running ??= { cluster: await makePostgresCluster({ inMemory: true, settings: SETTINGS }), users: 0 };
  if (running.cluster === undefined && process.env['CI']) {
    throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  }
  running.users += 1;
  project.provide('postgresUrl', running.cluster?.url ?? '');
  project.provide('postgresSocketFolder', running.cluster?.socketFolder ?? '');
  project.provide('postgresCopyStrategy', running.cluster?.isInMemory === true ? 'file_copy' : 'wal_log');
  return async () => {
    if (running && --running.users === 0) {
      await running.cluster?.remove();
      running = undefined;
    }
  };
}
