import { useState } from 'react';
import IconAlertCircle from '@tabler/icons-react/dist/esm/icons/IconAlertCircle.mjs';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';

/** What an error says on a screen: a sentence, what to do, and the remote side's own words. */
export interface ErrorWords {
  /** A sentence a person can act on. */
  sentence: string;
  /** Code of the refusal or failure, for a report. */
  code?: string | undefined;
  /** The remote side's own message (libvirt, PostgreSQL, ssh), word for word. */
  remote?: string | undefined;
}

/** An error in words: the sentence, the remote side's message one click away, "copy details", and a way on. */
export function ErrorPanel(props: { title?: string; error: ErrorWords; onRetry?: (() => void) | undefined }) {
  const [open, setOpen] = useState(false);
  const { error } = props;
  const details = [
    error.sentence,
    error.code && `code: ${error.code}`,
    error.remote && `remote: ${error.remote}`,
  ]
    .filter(Boolean)
    .join('\n');
  return (
    <div className="ik-error" role="alert">
      <IconAlertCircle size={16} aria-hidden />
      <div className="ik-grow">
        {props.title ? <h3>{props.title}</h3> : null}
        <p>{error.sentence}</p>
        <div className="ik-row" style={{ marginTop: 8 }}>
          {props.onRetry ? (
            <Button size="sm" onClick={props.onRetry}>
              Try again
            </Button>
          ) : null}
          {error.remote ? (
            <Button
              size="sm"
              kind="ghost"
              aria-expanded={open}
              onClick={() => {
                setOpen(!open);
              }}
            >
              {open ? 'Hide message' : 'Show its message'}
            </Button>
          ) : null}
          <CopyButton text={details} label="Copy details" />
        </div>
        {open && error.remote ? <pre>{error.remote}</pre> : null}
      </div>
    </div>
  );
}
