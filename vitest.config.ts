import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * A condition that a test waits for arrives within milliseconds on an idle machine. These are for a machine that is not: a busy one
 * must make a test slow, never red.
 */
const patience = {
  expect: { poll: { timeout: 60_000, interval: 50 } },
  setupFiles: ['main/testing/patience.setup.ts'],
};

/** Sources run in Node as they stand, and it keeps what it compiled of them: for every file of tests, and every process that they start. */
const asTheyStand = { experimental: { viteModuleRunner: false, nodeLoader: false } };
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/innkeeper-compiled');

/** What Node does not read (JSX), and what stands in for Electron, goes through Vite. */
const throughVite = [
  'main/app/desktop/{deep-link,engine-link,menu}.test.ts',
  'renderer/domains/fleet/load-words.test.ts',
];

/**
 * One suite in three rooms: `unit` (and the few of `unit-vite`) needs only Postgres, `lab` real libvirt hosts, `screen` Chromium
 * (main/app/launch/test.mjs runs them).
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          ...patience,
          ...asTheyStand,
          name: 'unit',
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
          name: 'screen',
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
