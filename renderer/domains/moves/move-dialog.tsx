import { useState } from 'react';
import { Link } from 'wouter';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog, Dialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { FitsTable } from './fits-table.tsx';
import { MoveProgress } from './move-progress.tsx';
import { isMoveOpen } from './move-state.tsx';

const WIDTH = 860;

interface DialogProps {
  vm: { id: string; name: string };
  onClose: () => void;
}

/** Where a VM can be moved and why not elsewhere; then how far its move is. It can be left and found again under Moves. */
export function MoveDialog({ vm, onClose }: DialogProps) {
  const answer = useQuery(
    'moves.vmMoveFits',
    { vmId: vm.id },
    { topics: ['move', 'host'], atMostEveryMs: 3000 },
  );
  const [moveId, setMoveId] = useState<string | null>(null);
  const shown = moveId ?? answer.data?.moving?.id ?? null;
  if (shown !== null) return <MoveWatched vm={vm} moveId={shown} onClose={onClose} />;
  if (!answer.data)
    return (
      <Dialog title={`Move ${vm.name}`} width={WIDTH} onClose={onClose}>
        {answer.error ? (
          <ErrorPanel title="The hosts could not be compared" error={answer.error} onRetry={answer.refetch} />
        ) : (
          <Skeleton rows={6} />
        )}
      </Dialog>
    );
  return <MoveChoice vm={vm} fits={answer.data} onMoved={setMoveId} onClose={onClose} />;
}

type Fits = NonNullable<ReturnType<typeof useQuery<'moves.vmMoveFits'>>['data']>;

function MoveChoice({
  vm,
  fits,
  onMoved,
  onClose,
}: DialogProps & { fits: Fits; onMoved: (moveId: string) => void }) {
  const environment = useEnvironmentName();
  const move = useCommand('moves.vmMove');
  const [picked, setPicked] = useState<string | null>(null);
  const [keepSource, setKeep] = useState(false);
  const target =
    fits.rows.find((row) => row.hostId === picked && row.fits) ?? fits.rows.find((row) => row.fits);
  const confirm = async (): Promise<void> => {
    if (target === undefined) return;
    const begun = await move.run({ vmId: vm.id, hostId: target.hostId, keepSource });
    if (begun) onMoved(begun.moveId);
  };
  const nowhere =
    fits.reason !== ''
      ? `It cannot be moved now: ${fits.reason}.`
      : target === undefined
        ? 'No host fits: each row says what is in the way.'
        : null;
  if (nowhere !== null)
    return (
      <Dialog title={`Move ${vm.name}`} environment={environment} width={WIDTH} onClose={onClose}>
        <Note tone="warn">{nowhere}</Note>
        <FitsTable rows={fits.rows} chosen={null} onChoose={setPicked} />
      </Dialog>
    );
  return (
    <ConfirmDialog
      title={`Move ${vm.name}`}
      environment={environment}
      action={`Move to ${target?.host ?? ''}`}
      width={WIDTH}
      busy={move.pending}
      problem={move.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p className="ik-sm ik-t2">
        {fits.live
          ? `It runs on while it moves from ${fits.host}, and stands still for a moment at the end. If anything fails it stays where it is.`
          : `It is off: its disks are copied from ${fits.host} through this console. Started meanwhile, it stays where it is.`}
      </p>
      <FitsTable rows={fits.rows} chosen={target?.hostId ?? null} onChoose={setPicked} />
      {target?.storage === 'copy' ? (
        <label className="ik-row ik-sm" style={{ gap: 6 }}>
          <input
            type="checkbox"
            checked={keepSource}
            onChange={(event) => {
              setKeep(event.target.checked);
            }}
          />
          Leave its old disks on {fits.host}; they are removed otherwise once it runs at the new host
        </label>
      ) : null}
    </ConfirmDialog>
  );
}

function MoveWatched({ vm, moveId, onClose }: DialogProps & { moveId: string }) {
  const move = useQuery('moves.moveGet', { moveId }, { topics: ['move'] }).data;
  return (
    <Dialog
      title={`Move ${vm.name}`}
      width={WIDTH}
      onClose={onClose}
      foot={
        <div className="ik-row ik-grow">
          <Link href={`/moves/${moveId}`} className="ik-link ik-sm">
            Open under Moves
          </Link>
          <span className="ik-grow" />
          <Button onClick={onClose}>{move && isMoveOpen(move.state) ? 'Leave it running' : 'Close'}</Button>
        </div>
      }
    >
      {move ? (
        <>
          <p>
            From {move.from} to {move.to}
          </p>
          <MoveProgress move={move} />
        </>
      ) : (
        <Skeleton rows={2} />
      )}
    </Dialog>
  );
}
