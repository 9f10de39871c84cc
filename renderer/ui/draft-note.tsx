import { Button } from './button.tsx';
import { Note } from './note.tsx';

/** Says that a form holds what was typed before it was sent, with the way back to where it began. */
export function DraftNote({ onDiscard }: { onDiscard: () => void }) {
  return (
    <Note tone="acc">
      <span className="ik-row">
        What you typed before is still here.
        <Button size="sm" kind="ghost" onClick={onDiscard}>
          Begin anew
        </Button>
      </span>
    </Note>
  );
}
