import { defineConfig } from 'vitest/config';

/**
 * A condition that a test waits for arrives within milliseconds on an idle machine. These are for a machine that is not: a busy one
 * must make a test slow, never red.
 */
const patience = { expect: { poll: { timeout: 30_000, interval: 50 } } };

/** One suite in three rooms: `unit` needs only Postgres, `lab` real libvirt hosts, `screen` Chromium (main/app/launch/test.mjs runs them). */
export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          ...patience,
          name: 'unit',
          include: ['{main,shared,renderer,preload}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.lab.test.ts', '**/*.screen.test.ts', '**/node_modules/**'],
          globalSetup: ['main/testing/postgres-server.setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...patience,
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
