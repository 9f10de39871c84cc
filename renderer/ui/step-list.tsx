import './step-list.css';
import type { ReactNode } from 'react';
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import IconLoader2 from '@tabler/icons-react/dist/esm/icons/IconLoader2.mjs';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';

export interface Step {
  key: string;
  title: string;
  /** What it did, is doing, or will do. */
  text?: ReactNode;
  state: 'done' | 'now' | 'next' | 'failed' | 'undone';
  when?: ReactNode;
}

function Dot({ state }: { state: Step['state'] }) {
  if (state === 'done') return <IconCheck size={12} aria-hidden />;
  if (state === 'now') return <IconLoader2 size={12} aria-hidden />;
  if (state === 'failed') return <IconX size={12} aria-hidden />;
  if (state === 'undone') return <IconArrowBackUp size={12} aria-hidden />;
  return null;
}

const WORDS: Record<Step['state'], string> = {
  done: 'done',
  now: 'running',
  next: 'to come',
  failed: 'failed',
  undone: 'undone',
};

/** A pipeline: done with a check, the current one ringed, the rest empty with what they will do. */
export function StepList({ steps, label }: { steps: readonly Step[]; label: string }) {
  return (
    <ol className="ik-pipe" aria-label={label}>
      {steps.map((step) => (
        <li key={step.key} data-state={step.state} aria-current={step.state === 'now' ? 'step' : undefined}>
          <span className="ik-dot">
            <Dot state={step.state} />
            <span className="ik-sr">{WORDS[step.state]}</span>
          </span>
          <div className="ik-grow">
            <div className="ik-row">
              <b>{step.title}</b>
              {step.when === undefined ? null : <span className="ik-end ik-t3 ik-tn">{step.when}</span>}
            </div>
            {step.text === undefined ? null : <div className="ik-pipe-text">{step.text}</div>}
          </div>
        </li>
      ))}
    </ol>
  );
}
