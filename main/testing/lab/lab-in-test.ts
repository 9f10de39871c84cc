import { describe, inject } from 'vitest';
import './lab.setup.ts';
import { openLab, type Lab } from './lab.ts';

/**
 * The suite's lab: two hypervisors that all lab tests share, one file at a time. A test leaves them as it found them: up, uncut, without guests.
 * Throws where there is none; wrap tests in `describeLab`, which leaves them out there.
 */
export function labFromSetup(): Lab {
  const provision = inject('lab');
  if (!provision.up) throw new Error(provision.why);
  return openLab(provision.name);
}

/** `describe` for tests that need the lab: skipped, and reported as skipped, on a machine that cannot have one. With CI=true there always is one. */
export const describeLab = describe.skipIf(!inject('lab').up);
