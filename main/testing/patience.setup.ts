import { vi } from 'vitest';

/** Vitest gives up after a second, which a busy machine can take for anything; `expect.poll` has its patience from vitest.config.ts. */
const PATIENCE = { timeout: 60_000, interval: 50 };

const waitFor = vi.waitFor.bind(vi);
vi.waitFor = async (callback, options = {}) =>
  await waitFor(callback, { ...PATIENCE, ...(typeof options === 'number' ? { timeout: options } : options) });
