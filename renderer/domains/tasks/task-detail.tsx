import './task.css';
import { Link } from 'wouter';
import type { TaskRow, TaskStep } from '../../../shared/domains/tasks/tasks-contract.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import type { DetailStep } from '../../ui/detail-step.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatClock, formatDuration } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { Timestamp, useNow } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import { Badge } from '../../ui/state-label.tsx';
import { StepList } from '../../ui/step-list.tsx';
import type { Step } from '../../ui/step-list.tsx';
import { TaskActions } from './task-actions.tsx';
import { isTaskOpen, taskStateWords } from './task-state.tsx';
import { taskResultWords } from './task-result-words.ts';

type Task = ResultOf<'tasks.taskGet'>;

const STEP_STATES: Record<TaskStep['state'], Step['state']> = {
  waiting: 'next',
  running: 'now',
  done: 'done',
  failed: 'failed',
  undoing: 'now',
  undone: 'undone',
  skipped: 'next',
};

const SUBJECT_PATHS: Record<TaskRow['subject']['kind'], string | null> = {
  vm: '/vms',
  host: '/hosts',
  template: '/templates',
  invoice: '/invoices',
  bulk: '/bulk',
  run: '/runs',
  repricing: '/plans/moves',
  none: null,
};

/** Link to what a task works on. */
export function TaskSubject({ subject }: { subject: TaskRow['subject'] }) {
  const path = SUBJECT_PATHS[subject.kind];
  return path && subject.id ? (
    <Link href={`${path}/${subject.id}`} className="ik-link">
      {subject.name}
    </Link>
  ) : (
    <>{subject.name}</>
  );
}

function stepOf(step: TaskStep): Step {
  const took =
    step.startedAt && step.endedAt
      ? formatDuration(Date.parse(step.endedAt) - Date.parse(step.startedAt))
      : undefined;
  const progress =
    step.state === 'running' && step.progress && step.progress.total > 0 ? step.progress : null;
  return {
    key: step.name,
    title: step.title,
    state: STEP_STATES[step.state],
    when:
      took ??
      (step.startedAt
        ? `since ${formatClock(Date.parse(step.startedAt))}`
        : step.state === 'skipped'
          ? 'skipped'
          : undefined),
    text: (
      <>
        {progress ? <ProgressBar label={step.title} progress={progress} width={140} /> : null}
        {step.detail}
        {step.attempts > 1 ? ` (attempt ${step.attempts})` : ''}
      </>
    ),
  };
}

function Log({ task }: { task: Task }) {
  return (
    <section className="ik-log" aria-label="Log">
      <div className="ik-row ik-log-head">
        <b className="ik-strong ik-sm">Log</b>
        <span className="ik-end">
          <CopyButton text={task.log.map((line) => `${line.at} ${line.level} ${line.text}`).join('\n')} />
        </span>
      </div>
      {task.log.length === 0 ? (
        <p className="ik-t3 ik-sm">
          {isTaskOpen(task.state) ? 'Nothing was logged yet.' : 'Nothing was logged.'}
        </p>
      ) : null}
      {task.log.toReversed().map((line, at) => (
        <div key={`${line.at}${at}`} className="ik-log-line" data-level={line.level}>
          <time dateTime={line.at} className="ik-t3">
            {formatClock(Date.parse(line.at), true)}
          </time>
          <span>{line.text}</span>
        </div>
      ))}
    </section>
  );
}

function Facts({ task }: { task: Task }) {
  const nowMs = useNow();
  const endMs = task.endedAt ? Date.parse(task.endedAt) : nowMs;
  const results = Object.entries(task.result).filter(([, value]) => value !== null && value !== '');
  return (
    <KeyValues
      facts={[
        ...(task.subject.kind === 'none'
          ? []
          : [{ label: 'Object', value: <TaskSubject subject={task.subject} /> }]),
        { label: 'Started', value: <Timestamp dated atMs={Date.parse(task.createdAt)} /> },
        {
          label: isTaskOpen(task.state) ? 'Running' : 'Took',
          value: formatDuration(endMs - Date.parse(task.createdAt)),
        },
        { label: 'By', value: task.startedBy },
        ...results.map(([key, value]) => taskResultWords(key, value)),
      ]}
    />
  );
}

/** Steps, progress, log, who, retry and cancel of one task. */
export function TaskDetail(props: { taskId: string; step?: DetailStep; onClose?: () => void }) {
  const { taskId, step, onClose } = props;
  const answer = useQuery('tasks.taskGet', { taskId });
  const may = useMay('tasks.control');
  const task = answer.data;
  if (!task) {
    return answer.error ? (
      <ErrorPanel title="The task could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={8} />
    );
  }
  const state = taskStateWords[task.state];
  return (
    <>
      <DetailHead
        title={task.title}
        badge={
          <Badge tone={state.tone} icon={state.icon}>
            {state.word}
          </Badge>
        }
        facts={`${task.stepsDone} of ${task.stepsTotal} steps`}
        actions={<TaskActions task={task} may={may} size="md" />}
        onPrevious={step?.previous}
        onNext={step?.next}
        onClose={onClose}
        href={`/tasks/${task.id}`}
      />
      <DetailBody>
        {task.error ? (
          <Note tone="bad">
            {task.error}
            {task.errorRemote ? <pre className="ik-remote">{task.errorRemote}</pre> : null}
          </Note>
        ) : null}
        <h3>Steps</h3>
        <StepList label={`Steps of ${task.title}`} steps={task.steps.map(stepOf)} />
        <h3>Facts</h3>
        <Facts task={task} />
        <Log task={task} />
      </DetailBody>
    </>
  );
}
