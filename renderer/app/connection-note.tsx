import { useConnection } from '../client/use-query.ts';
import { formatClock, formatDuration } from '../ui/format.ts';
import { useNow } from '../ui/moment.tsx';
import { Note } from '../ui/note.tsx';

/** A break shorter than this is not worth a word. */
const QUIET_MS = 3000;

/** Says that the page shows the past while the engine is away, and since when. */
export function ConnectionNote() {
  const connection = useConnection();
  const nowMs = useNow();
  if (connection.state === 'unavailable' && connection.wasLive) {
    return (
      <div className="ik-connection">
        <Note tone="warn">
          {connection.sentence} What you see is {formatDuration(nowMs - connection.sinceMs)} old; it is tried
          again by itself.
        </Note>
      </div>
    );
  }
  if (connection.state !== 'reconnecting' || nowMs - connection.sinceMs < QUIET_MS) return null;
  return (
    <div className="ik-connection">
      <Note tone="warn">
        The engine does not answer since {formatClock(connection.sinceMs, true)}. What you see is{' '}
        {formatDuration(nowMs - connection.sinceMs)} old; the console goes on by itself when the engine is
        back.
      </Note>
    </div>
  );
}
