import { Button } from './button.tsx';
import { Note } from './note.tsx';

/** Why an edit was not saved. Where somebody else was faster, with the way to the thing as it is now: what was typed is given up for it. */
export function EditProblem(props: { sentence: string; isOvertaken: boolean; onAnew: () => void }) {
  return (
    <Note tone="bad">
      <span className="ik-row">
        {props.sentence}
        {props.isOvertaken ? (
          <Button size="sm" kind="ghost" onClick={props.onAnew}>
            Begin anew from what is there now
          </Button>
        ) : null}
      </span>
    </Note>
  );
}
