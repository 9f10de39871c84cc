import './task.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import type { TaskRow } from '../../../shared/domains/tasks/tasks-contract.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { formatClock, formatMoment } from '../../ui/format.ts';
import { useKeys } from '../../ui/keys.ts';
import { useNow } from '../../ui/moment.tsx';
import { ProgressBar, progressWords } from '../../ui/progress-bar.tsx';
import { TaskDrawer } from '../../ui/task-line.tsx';
import { toast } from '../../ui/toast.ts';
import { TaskActions } from './task-actions.tsx';
import { TaskSubject } from './task-detail.tsx';
import { taskProgress } from './task-progress.ts';
import { TaskStateLabel, isTaskOpen } from './task-state.tsx';

const ROWS = 30;

/** Says once when a task that this page saw running, or that began after it, has failed. */
function useFailureToasts(tasks: readonly TaskRow[] | undefined): void {
  const told = useRef<Set<string> | null>(null);
  useEffect(() => {
    if (!tasks) return;
    const failed = tasks.filter((task) => task.state === 'failed');
    const known = told.current;
    told.current = new Set([...(known ?? []), ...failed.map((task) => task.id)]);
    if (!known) return;
    for (const task of failed) {
      if (known.has(task.id)) continue;
      toast('bad', `Failed: ${task.title}`, task.error);
      void window.innkeeper
        ?.ask('notify', {
          title: `Failed: ${task.title}`.slice(0, 120),
          body: task.error.slice(0, 400),
          view: `/tasks/${task.id}`,
        })
        .catch(() => undefined);
    }
  }, [tasks]);
}

function DrawerRow({ task, may, nowMs }: { task: TaskRow; may: string | null; nowMs: number }) {
  return (
    <li>
      <TaskStateLabel state={task.state} />
      <Link href={`/tasks/${task.id}`} className="ik-el ik-med">
        {task.title}
      </Link>
      <span className="ik-el">
        <TaskSubject subject={task.subject} />
      </span>
      {isTaskOpen(task.state) ? (
        <span className="ik-row ik-el">
          <span className="ik-t2 ik-el">{task.step}</span>
          <ProgressBar label={task.title} progress={taskProgress(task, nowMs)} width={72} />
        </span>
      ) : (
        <span className={task.error ? 'ik-el ik-bad' : 'ik-el ik-t3'} title={task.error}>
          {task.error || `${task.stepsDone} of ${task.stepsTotal} steps`}
        </span>
      )}
      <span className="ik-t3 ik-el">
        {task.startedBy}, {formatMoment(Date.parse(task.createdAt), nowMs)}
      </span>
      <TaskActions task={task} may={may} size="sm" />
    </li>
  );
}

/** The drawer at the foot of every page: one line closed, the latest tasks open. It is the same on everybody's screen. */
export function AppTaskDrawer() {
  const [open, setOpen] = useState(false);
  const counts = useQuery('tasks.taskCounts', {});
  const list = useQuery('tasks.taskList', { limit: ROWS });
  const may = useMay('tasks.control');
  const tasks = list.data?.rows;
  const anyOpen = tasks?.some((task) => isTaskOpen(task.state)) ?? false;
  const nowMs = useNow();
  useFailureToasts(tasks);
  useKeys(
    useMemo(
      () => [
        {
          keys: 't',
          label: 'Open or close the task drawer',
          group: 'Everywhere',
          run: () => {
            setOpen((was) => !was);
          },
        },
      ],
      [],
    ),
  );
  const latest = tasks?.find((task) => isTaskOpen(task.state)) ?? tasks?.[0];
  const progress = latest && anyOpen ? taskProgress(latest, nowMs) : null;
  return (
    <TaskDrawer
      running={(counts.data?.running ?? 0) + (counts.data?.queued ?? 0)}
      failed={counts.data?.failed ?? 0}
      open={open}
      onToggle={() => {
        setOpen(!open);
      }}
      latest={
        latest && {
          title: latest.title,
          share: progress && progress.total > 0 ? progress.done / progress.total : undefined,
          words: progress ? progressWords(progress) : '',
          error: latest.error,
          by: `${latest.startedBy}, ${formatClock(Date.parse(latest.createdAt))}`,
        }
      }
    >
      <div className="ik-tasks">
        <ul aria-label="Latest tasks">
          {(tasks ?? []).map((task) => (
            <DrawerRow key={task.id} task={task} may={may} nowMs={nowMs} />
          ))}
        </ul>
        <div className="ik-tasks-foot ik-t3">
          {tasks?.length === 0 ? (
            <span>Nothing has run yet. Making a VM or importing an image shows here.</span>
          ) : null}
          <Link href="/tasks" className="ik-link">
            All tasks
          </Link>
        </div>
      </div>
    </TaskDrawer>
  );
}
