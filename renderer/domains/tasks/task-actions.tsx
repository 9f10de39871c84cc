import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconEyeOff from '@tabler/icons-react/dist/esm/icons/IconEyeOff.mjs';
import IconRefresh from '@tabler/icons-react/dist/esm/icons/IconRefresh.mjs';
import { useEffect } from 'react';
import type { TaskRow } from '../../../shared/domains/tasks/tasks-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { ActionButton } from '../../ui/button.tsx';
import { toast } from '../../ui/toast.ts';

/** Retry, cancel, put aside: those that make sense in the task's state, each saying why when it is off. */
export function TaskActions({ task, may, size }: { task: TaskRow; may: string | null; size: 'sm' | 'md' }) {
  const cancel = useCommand('tasks.taskCancel');
  const retry = useCommand('tasks.taskRetry');
  const dismiss = useCommand('tasks.taskDismiss');
  const problem = cancel.error ?? retry.error ?? dismiss.error;
  const sentence = problem?.sentence;
  useEffect(() => {
    if (sentence) toast('bad', 'Not done', sentence);
  }, [sentence]);
  const { id: taskId } = task;
  const open = task.endedAt === null;
  return (
    <span className="ik-row" style={{ gap: 4 }}>
      {open ? (
        <ActionButton
          size={size}
          icon={IconBan}
          busy={cancel.pending}
          reason={
            may ?? (task.canCancel ? null : 'This step cannot be stopped half-way: wait for the next one.')
          }
          onClick={() => void cancel.run({ taskId })}
        >
          Cancel
        </ActionButton>
      ) : null}
      {task.canRetry ? (
        <ActionButton
          size={size}
          icon={IconRefresh}
          busy={retry.pending}
          reason={may}
          onClick={() => void retry.run({ taskId })}
        >
          Retry
        </ActionButton>
      ) : null}
      {task.state === 'failed' && !task.dismissed ? (
        <ActionButton
          size={size}
          kind="ghost"
          icon={IconEyeOff}
          busy={dismiss.pending}
          reason={may}
          onClick={() => void dismiss.run({ taskId })}
        >
          Dismiss
        </ActionButton>
      ) : null}
    </span>
  );
}
