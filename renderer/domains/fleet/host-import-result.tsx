import { Link } from 'wouter';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconClock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import IconRefresh from '@tabler/icons-react/dist/esm/icons/IconRefresh.mjs';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { toast } from '../../ui/toast.ts';

const STATES = {
  waiting: { tone: 'idle', icon: IconClock, word: 'Waiting' },
  added: { tone: 'ok', icon: IconCircleCheck, word: 'Added' },
  failed: { tone: 'bad', icon: IconCircleX, word: 'Not added' },
} as const;
/** What went wrong first. */
const ORDER = { failed: 0, waiting: 1, added: 2 } as const;

/** What became of each line of an import; those that failed can be tried again. */
export function HostImportResult({ importId }: { importId: string }) {
  const answer = useQuery(
    'fleet.hostImportGet',
    { importId },
    { topics: ['host-import'], atMostEveryMs: 500 },
  );
  const found = answer.data;
  const task = useQuery('tasks.taskGet', found ? { taskId: found.taskId } : null, { topics: ['task'] });
  const retry = useCommand('tasks.taskRetry');
  const may = useMay('tasks.control');
  if (!found) {
    return answer.refusal === 'no-such-import' ? (
      <EmptyState
        icon={IconClock}
        title="There is no such import"
        action={
          <Link href="/hosts/import" className="ik-link">
            Import hosts
          </Link>
        }
      >
        Its address may have been cut off.
      </EmptyState>
    ) : answer.error ? (
      <ErrorPanel title="The import could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={8} />
    );
  }
  const total = found.lines.length;
  const isOver = task.data?.endedAt !== null && task.data !== undefined;
  const rows = found.lines.toSorted((a, b) => ORDER[a.state] - ORDER[b.state] || a.line - b.line);
  return (
    <Panel
      title={`${formatCount(found.added)} of ${formatCount(total)} hosts added`}
      meta={
        found.failed > 0
          ? `${formatCount(found.failed)} could not be`
          : found.waiting > 0
            ? `${formatCount(found.waiting)} to come`
            : 'all of them'
      }
      actions={
        <>
          {isOver ? null : (
            <ProgressBar
              label="Import of hosts"
              width={120}
              progress={{ done: found.added + found.failed, total, unit: 'items' }}
            />
          )}
          <Link href={`/tasks/${found.taskId}`} className="ik-link ik-sm">
            Its task
          </Link>
          {found.failed > 0 || (isOver && found.waiting > 0) ? (
            <ActionButton
              size="sm"
              icon={IconRefresh}
              busy={retry.pending}
              reason={may ?? (isOver ? null : 'The import is still under way.')}
              onClick={() =>
                void retry.run({ taskId: found.taskId }).then((done) => {
                  if (done) toast('acc', 'Trying those again that were not added');
                })
              }
            >
              Try the rest again
            </ActionButton>
          ) : null}
        </>
      }
      {...(retry.error ? { foot: <span className="ik-bad">{retry.error.sentence}</span> } : {})}
    >
      <table className="ik-tb">
        <colgroup>
          <col style={{ width: 44 }} />
          <col style={{ width: 150 }} />
          <col style={{ width: 170 }} />
          <col style={{ width: 110 }} />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th className="ik-num">Line</th>
            <th>Name</th>
            <th>Address</th>
            <th>State</th>
            <th>Why not</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.line}>
              <td className="ik-num ik-t3">{row.line}</td>
              <td className="ik-med">
                {row.hostId === null ? (
                  row.name || '–'
                ) : (
                  <Link href={`/hosts/${row.hostId}`} className="ik-el">
                    {row.name}
                  </Link>
                )}
              </td>
              <td className="ik-el">{row.address}</td>
              <td>
                <StateLabel {...STATES[row.state]} strong={row.state === 'failed'} />
              </td>
              <td className="ik-wrap ik-t2">{row.sentence}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
