import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperatingFailure } from '../platform/calls/operating-failure.ts';
import type { TaskDefinition, TaskStep } from '../platform/tasks/task-definition.ts';

export interface FileTaskInput {
  readonly folder: string;
  /** Name of a step that fails after its work. */
  readonly failAt?: string;
}

export const FILE_TASK_STEPS = ['first', 'second', 'third'] as const;
export type FileTaskMoment = `${'before' | 'after' | 'undo-before' | 'undo-after'}:${string}`;

/**
 * A small task whose world is a folder: each step makes a file, each undo removes it, and `effects` tells in order what was run
 * and what really changed. `meet` is called at every moment something could go wrong.
 */
export function fileTask(meet: (moment: FileTaskMoment) => Promise<void>): TaskDefinition<FileTaskInput> {
  return {
    kind: 'file-write',
    title: ({ folder }) => `Write files to ${folder}`,
    subject: ({ folder }) => ({ kind: 'none', id: folder, name: folder }),
    steps: FILE_TASK_STEPS.map((name) => fileStep(name, meet)),
    result: (state) => ({ made: Object.keys(state).length }),
  };
}

function fileStep(
  name: string,
  meet: (moment: FileTaskMoment) => Promise<void>,
): TaskStep<FileTaskInput, object> {
  const told = ({ folder }: FileTaskInput, text: string): void =>
    appendFileSync(join(folder, 'effects'), `${text}\n`);
  return {
    name,
    title: () => `Make the ${name} file`,
    run: async ({ input }) => {
      told(input, `run ${name}`);
      await meet(`before:${name}`);
      const file = join(input.folder, name);
      if (!existsSync(file)) {
        writeFileSync(file, name);
        told(input, `made ${name}`);
      }
      await meet(`after:${name}`);
      if (input.failAt === name)
        throw new OperatingFailure({ code: 'told-to-fail', sentence: `The ${name} file is no good.` });
      return { [name]: true };
    },
    undo: async ({ input }) => {
      told(input, `undo ${name}`);
      await meet(`undo-before:${name}`);
      rmSync(join(input.folder, name), { force: true });
      await meet(`undo-after:${name}`);
    },
  };
}
