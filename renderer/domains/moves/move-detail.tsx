import IconMapQuestion from '@tabler/icons-react/dist/esm/icons/IconMapQuestion.mjs';
import { Link } from 'wouter';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import type { DetailStep } from '../../ui/detail-step.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { KeyValues } from '../../ui/key-values.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import { MoveProgress } from './move-progress.tsx';
import { causeWords, MoveStateBadge } from './move-state.tsx';

const storageWords = {
  '': null,
  shared: 'Shared by both hosts',
  copy: 'Copied',
  none: 'It has none',
} as const;

/** One move: how far it is, what it was, and its task with every step. */
export function MoveDetail({
  moveId,
  onClose,
  step,
}: {
  moveId: string;
  onClose: () => void;
  step: DetailStep;
}) {
  const answer = useQuery('moves.moveGet', { moveId });
  const move = answer.data;
  if (answer.refusal === 'no-such-move')
    return (
      <EmptyState
        icon={IconMapQuestion}
        title="This move is no longer here"
        action={<Button onClick={onClose}>Back to the list</Button>}
      >
        Moves are kept for 90 days.
      </EmptyState>
    );
  if (!move)
    return answer.error ? (
      <ErrorPanel title="The move could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={6} />
    );
  return (
    <>
      <DetailHead
        title={move.vm}
        badge={<MoveStateBadge state={move.state} />}
        facts={`${move.from} → ${move.to}`}
        onPrevious={step.previous}
        onNext={step.next}
        onClose={onClose}
        href={`/moves/${move.id}`}
      />
      <DetailBody>
        <MoveProgress move={move} />
        <KeyValues
          facts={[
            {
              label: 'VM',
              value: (
                <Link href={`/vms/${move.vmId}`} className="ik-link">
                  {move.vm}
                </Link>
              ),
            },
            { label: 'How', value: move.live ? 'Live: it runs on' : 'Off: its disks are copied' },
            { label: 'Disks', value: storageWords[move.storage] },
            { label: 'Why', value: `${causeWords[move.cause]}, ${move.askedBy}` },
            { label: 'Asked', value: <Timestamp atMs={Date.parse(move.askedAt)} /> },
            { label: 'Begun', value: move.beganAt ? <Timestamp atMs={Date.parse(move.beganAt)} /> : null },
            { label: 'Ended', value: move.endedAt ? <Timestamp atMs={Date.parse(move.endedAt)} /> : null },
            {
              label: 'Task',
              value: move.taskId ? (
                <Link href={`/tasks/${move.taskId}`} className="ik-link">
                  Every step of it
                </Link>
              ) : null,
            },
          ]}
        />
      </DetailBody>
    </>
  );
}
