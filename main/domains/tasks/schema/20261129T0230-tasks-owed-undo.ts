import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What a task that could not be undone whole still owes, for the task that tries it again: JSON, or empty. */
export const tasksOwedUndo: SchemaStep = {
  id: '20261129T0230-tasks-owed-undo',
  async up(to) {
    await to.run(`alter table task add column owed text not null default ''`);
  },
};
