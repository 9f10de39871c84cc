import type { Kysely } from 'kysely';
import type { OverviewException } from '../../../shared/domains/system/system-contract.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { AnyTaskDefinition } from '../../platform/tasks/task-definition.ts';
import { runPostTask } from './run-post-task.ts';
import { runPreviewTask } from './run-preview-task.ts';
import { runSubject } from './run-store.ts';
import type { PreviewParts } from './runs-parts.ts';
import type { RunsTables } from './runs-tables.ts';

/** Every kind of durable work of this domain, for the engine to run. */
export function runsTasks(parts: PreviewParts): AnyTaskDefinition[] {
  return [runPreviewTask(parts), runPostTask(parts)] as unknown as AnyTaskDefinition[];
}

/** Runs that stand until a person does something: approves them, prepares them again, or lets them go on. */
export async function runsExceptions(db: AnyDatabase): Promise<OverviewException[]> {
  const runs = await (db as Kysely<RunsTables>)
    .selectFrom('billing_run')
    .selectAll()
    .where('state', 'in', ['ready', 'returned', 'stopped'])
    .orderBy('prepared_at_ms')
    .execute();
  const [oldest] = runs;
  const which = oldest === undefined ? '' : await runSubject(db as Kysely<RunsTables>, oldest);
  return [
    {
      key: 'runs-waiting',
      severity: 'waiting',
      count: runs.length,
      detail: oldest === undefined ? '' : `${which}, prepared by ${oldest.prepared_by}`,
      list: 'runs',
      query: 'state:ready,returned,stopped',
    },
  ];
}
