import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { miniImage } from './lab-image.ts';
import { labMissing } from './lab-requirements.ts';
import { startLab } from './lab-start.ts';
import type { Lab } from './lab.ts';

/** The lab of this run of the suite, in words a test process can be given. */
export type LabProvision = { up: true; name: string } | { up: false; why: string };

declare module 'vitest' {
  interface ProvidedContext {
    lab: LabProvision;
  }
}

let lab: Lab | undefined;

/** Starts one lab of two hypervisors for all lab tests. With CI=true it must come up; elsewhere a machine that cannot is told which tests it leaves out. */
export async function setup(project: TestProject): Promise<void> {
  const missing = labMissing();
  if (missing === undefined) {
    await miniImage();
    lab = await startLab({ hosts: 2, name: `suite-${process.pid}` });
    project.provide('lab', { up: true, name: lab.name });
    return;
  }
  if (process.env['CI']) throw new Error(missing);
  const files = globSync('main/**/*.lab.test.ts', { cwd: join(import.meta.dirname, '../../..') }).sort();
  process.stderr.write(`No lab: ${missing}.\nLeft out:\n${files.map((file) => `  ${file}\n`).join('')}`);
  project.provide('lab', { up: false, why: missing });
}

export async function teardown(): Promise<void> {
  await lab?.down();
}
