import { Link } from 'wouter';
import type { TaskRow } from '../../../shared/domains/tasks/tasks-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatDuration } from '../../ui/format.ts';
import { Timestamp, useNow } from '../../ui/moment.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { taskProgress } from '../tasks/task-progress.ts';
import { TaskStateLabel, isTaskOpen } from '../tasks/task-state.tsx';

function Outcome({ task, nowMs }: { task: TaskRow; nowMs: number }) {
  if (isTaskOpen(task.state))
    return <ProgressBar label={task.title} width={72} progress={taskProgress(task, nowMs)} />;
  if (task.error) {
    return (
      <span className="ik-bad ik-el" title={task.error}>
        {task.error}
      </span>
    );
  }
  const took = task.endedAt ? Date.parse(task.endedAt) - Date.parse(task.createdAt) : null;
  return <span className="ik-t3">{took === null ? '' : `in ${formatDuration(took)}`}</span>;
}

/** The latest tasks of one object, newest first. */
export function SubjectTasks({
  subjectId,
  limit,
  empty,
}: {
  subjectId: string;
  limit: number;
  empty: string;
}) {
  const found = useQuery('tasks.taskList', { query: `subject:${subjectId}`, limit });
  const nowMs = useNow();
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton rows={2} />;
  if (found.data.rows.length === 0) return <p className="ik-sm ik-t3">{empty}</p>;
  return (
    <ul className="ik-tasks-of" aria-label="Tasks">
      {found.data.rows.map((task) => (
        <li key={task.id}>
          <span>
            <TaskStateLabel state={task.state} />
            <Link href={`/tasks/${task.id}`} className="ik-med ik-el">
              {task.title}
            </Link>
          </span>
          <span className="ik-el">
            <Outcome task={task} nowMs={nowMs} />
          </span>
          <span className="ik-t3">
            <Timestamp atMs={Date.parse(task.createdAt)} />
          </span>
        </li>
      ))}
    </ul>
  );
}
