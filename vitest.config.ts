import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * A condition that a test waits for arrives within milliseconds on an idle machine. These are for a machine that is not: a busy one
 * must make a test slow, never red.
 */
const patience = {
  expect: { poll: { timeout: 60_000, interval: 50 } },
  setupFiles: ['main/testing/patience.setup.ts'],
};

/**
 * Real hypervisors and a real browser hiccup on a busy machine: what fails there is tried once more, and when it passes then it is named
 * at the end of the run, to be looked into. Unit tests, races and kills among them, pass the first time or not at all.
 */
const triedAgain = { retry: 1 };

/** Sources run in Node as they stand, and it keeps what it compiled of them: for every file of tests, and every process that they start. */
const asTheyStand = { experimental: { viteModuleRunner: false, nodeLoader: false } };
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/innkeeper-compiled');

/** What Node does not read (JSX), and what stands in for Electron, goes through Vite. */
const throughVite = [
  'main/app/desktop/{deep-link,engine-link,menu}.test.ts',
  'renderer/domains/fleet/load-words.test.ts',
];

/** What waits longest (for leases to run out, for hosts and processes that were killed): begun last, each would be waited for alone. */
const longest = [
  'main/app/vm-moves-cold-killed.test.ts',
  'main/app/libvirtd-killed.test.ts',
  'main/app/host-maintenance.test.ts',
  'main/domains/runs/run-killed.test.ts',
  'main/domains/repricing/repricing-killed.test.ts',
  'main/domains/tasks/task-engine-killed.test.ts',
  'main/domains/bulk/bulk-killed.test.ts',
  'main/domains/fleet/fleet.test.ts',
  'main/domains/fleet/fleet-faults.test.ts',
  'main/app/two-engines.test.ts',
  'main/app/vm-moves-killed.test.ts',
  'main/app/balancer.test.ts',
  'main/domains/fleet/sweep/network-down.test.ts',
  'main/platform/store/duty-hold.test.ts',
  'main/app/launch/run-room.test.ts',
  'main/app/cli/cli.test.ts',
  'main/domains/billing/subscriptions/billing-history.test.ts',
  'main/domains/templates/templates.test.ts',
  'main/domains/templates/template-copies.test.ts',
  'main/domains/billing/charges/day-close.test.ts',
  'main/domains/billing/charges/day-held.test.ts',
  'main/domains/billing/ledger/books.test.ts',
  'main/domains/bulk/bulk-host-run.test.ts',
  'main/domains/fleet/clusters/cluster-collector.test.ts',
  'main/domains/tasks/task-engine-store-away.test.ts',
  'main/app/vm-tasks-again.test.ts',
  // Charts are drawn of minutes that are over.
  'renderer/domains/queries/saved-queries.screen.test.ts',
  'renderer/domains/fleet/fleet-lists.screen.test.ts',
].map((file) => join(import.meta.dirname, file));
/** As many of them begin the run; all of them at once would leave the processors idle. */
const LONG_AT_FIRST = 3;
/** One more for so many others. */
const OTHERS_BETWEEN = 10;

/** The order of vitest (what took long the last time, else what is large), with those begun early among the others. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => longest.indexOf(moduleId);
    const long = sorted.filter((file) => rank(file) >= 0).toSorted((one, other) => rank(one) - rank(other));
    const others = sorted.filter((file) => rank(file) < 0);
    const order = long.splice(0, LONG_AT_FIRST);
    for (const [at, file] of others.entries())
      order.push(file, ...(at % OTHERS_BETWEEN === OTHERS_BETWEEN - 1 ? long.splice(0, 1) : []));
    return [...order, ...long];
  }
}

/**
 * One suite in three rooms: `unit` (and the few of `unit-vite`) needs only Postgres, `lab` real libvirt hosts, `screen` Chromium
 * (main/app/launch/test.mjs runs them).
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...patience,
          ...asTheyStand,
          name: 'unit',
          // A process of its own for each file, with all that it imports, is half a second of a processor: files take turns in a few. What a
          // file changes in its process (the environment, the clock) it puts back.
          isolate: false,
          include: ['{main,shared,renderer,preload}/**/*.test.ts'],
          exclude: ['**/*.lab.test.ts', '**/*.screen.test.ts', '**/node_modules/**', ...throughVite],
          globalSetup: ['main/testing/postgres-server.setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...patience,
          name: 'unit-vite',
          include: throughVite,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...patience,
          ...asTheyStand,
          ...triedAgain,
          name: 'lab',
          include: ['main/**/*.lab.test.ts'],
          globalSetup: ['main/testing/postgres-server.setup.ts', 'main/testing/lab/lab.setup.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...patience,
          ...asTheyStand,
          ...triedAgain,
          name: 'screen',
          // Files take turns in a few processes, each with a browser.
          isolate: false,
          include: ['{main,renderer}/**/*.screen.test.ts'],
          globalSetup: ['main/testing/postgres-server.setup.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
