import type { TaskRow } from '../../../shared/domains/tasks/tasks-contract.ts';
import { formatDuration } from '../../ui/format.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { TaskSubject } from './task-detail.tsx';
import { taskProgress } from './task-progress.ts';
import { TaskStateLabel, isTaskOpen, taskStateWords } from './task-state.tsx';

function Step({ task }: { task: TaskRow }) {
  if (task.error) {
    return (
      <span className="ik-bad" title={task.error}>
        {task.error}
      </span>
    );
  }
  return (
    <span className="ik-t2" title={task.step}>
      {task.state === 'succeeded' ? '' : task.step}
    </span>
  );
}

export const taskColumns: readonly TableColumn<TaskRow>[] = [
  {
    key: 'state',
    title: 'State',
    width: 92,
    cell: (task) => <TaskStateLabel state={task.state} />,
    text: (task) => taskStateWords[task.state].word,
  },
  {
    key: 'title',
    title: 'Task',
    width: 200,
    grow: true,
    fixed: true,
    cell: (task) => <span className="ik-med">{task.title}</span>,
    text: (task) => task.title,
  },
  {
    key: 'step',
    title: 'Step',
    width: 200,
    spare: true,
    grow: true,
    cell: (task) => <Step task={task} />,
    text: (task) => task.error || task.step,
  },
  {
    key: 'progress',
    title: 'Progress',
    width: 210,
    cell: (task) =>
      isTaskOpen(task.state) ? (
        <ProgressBar label={task.title} width={64} progress={taskProgress(task, Date.now())} />
      ) : (
        <span className="ik-t3 ik-tn">
          {task.stepsDone} of {task.stepsTotal} steps
        </span>
      ),
    text: (task) => `${task.stepsDone}/${task.stepsTotal}`,
  },
  {
    key: 'subject',
    title: 'Object',
    width: 120,
    cell: (task) => <TaskSubject subject={task.subject} />,
    text: (task) => task.subject.name,
  },
  {
    key: 'by',
    title: 'By',
    width: 90,
    spare: true,
    cell: (task) => task.startedBy,
    text: (task) => task.startedBy,
  },
  {
    key: 'created',
    title: 'Started',
    width: 104,
    sortable: true,
    cell: (task) => <Timestamp atMs={Date.parse(task.createdAt)} />,
    text: (task) => task.createdAt,
  },
  {
    key: 'took',
    title: 'Took',
    width: 56,
    align: 'right',
    cell: (task) =>
      task.endedAt ? (
        formatDuration(Date.parse(task.endedAt) - Date.parse(task.createdAt))
      ) : (
        <span className="ik-t3">–</span>
      ),
    text: (task) => (task.endedAt ? String(Date.parse(task.endedAt) - Date.parse(task.createdAt)) : ''),
  },
];
