import type { MoveRow } from '../../../shared/domains/moves/moves-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton } from '../../ui/button.tsx';
import { Note } from '../../ui/note.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { isMoveOpen, MoveStateLabel } from './move-state.tsx';

/** "It waits: …", bytes with rate and time left, how long the guest stood still, or why it failed; and the button that cancels it. */
export function MoveProgress({ move }: { move: MoveRow }) {
  const cancel = useCommand('moves.moveCancel');
  const may = useMay('fleet.operate');
  return (
    <section aria-label={`Move of ${move.vm}`}>
      <div className="ik-row" style={{ gap: 12, flexWrap: 'wrap' }}>
        <MoveStateLabel state={move.state} />
        {move.state === 'running' && move.totalBytes > 0 ? (
          <ProgressBar
            label={`Progress of ${move.vm}`}
            width={160}
            progress={{
              done: move.doneBytes,
              total: move.totalBytes,
              unit: 'bytes',
              ratePerSecond: move.bytesPerSecond,
            }}
          />
        ) : null}
        {move.state === 'queued' && move.note !== '' ? (
          <span className="ik-sm ik-t2">{move.note}: it begins by itself.</span>
        ) : null}
        {move.state === 'done' && move.downtimeMs !== null ? (
          <span className="ik-sm ik-t2 ik-tn">stood still for {move.downtimeMs} ms</span>
        ) : null}
        <span className="ik-grow" />
        {isMoveOpen(move.state) ? (
          <ActionButton
            reason={may}
            busy={cancel.pending}
            onClick={() => void cancel.run({ moveId: move.id })}
          >
            Cancel the move
          </ActionButton>
        ) : null}
      </div>
      {move.state === 'failed' && move.note !== '' ? (
        <Note tone="bad">
          {move.note} {move.vm} is where it was.
        </Note>
      ) : null}
      {cancel.error ? <Note tone="bad">{cancel.error.sentence}</Note> : null}
    </section>
  );
}
