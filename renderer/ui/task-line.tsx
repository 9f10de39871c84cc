import type { ReactNode } from 'react';
import IconAlertCircle from '@tabler/icons-react/dist/esm/icons/IconAlertCircle.mjs';
import IconChevronDown from '@tabler/icons-react/dist/esm/icons/IconChevronDown.mjs';
import IconChevronUp from '@tabler/icons-react/dist/esm/icons/IconChevronUp.mjs';
import IconLoader2 from '@tabler/icons-react/dist/esm/icons/IconLoader2.mjs';
import { Bar } from './progress-bar.tsx';

/** The task drawer: one line when closed, `children` above the fold when open. */
export function TaskDrawer(props: {
  running: number;
  failed: number;
  /** The task that moved last. */
  latest?:
    | { title: string; share?: number | undefined; words?: string; error?: string; by?: string }
    | undefined;
  open: boolean;
  onToggle: () => void;
  children?: ReactNode;
}) {
  const Chevron = props.open ? IconChevronDown : IconChevronUp;
  const { latest } = props;
  return (
    <footer className="ik-drawer">
      <button type="button" className="ik-drawer-line" aria-expanded={props.open} onClick={props.onToggle}>
        <Chevron size={14} aria-hidden />
        <span className="ik-med" style={{ color: 'var(--ik-text)' }}>
          Tasks
        </span>
        <span className="ik-row">
          {props.running > 0 ? <IconLoader2 size={13} className="ik-acc" aria-hidden /> : null}
          {props.running > 0 ? `${props.running} running` : 'none running'}
        </span>
        {props.failed > 0 ? (
          <span className="ik-row ik-bad">
            <IconAlertCircle size={13} aria-hidden />
            {props.failed} failed
          </span>
        ) : null}
        {latest ? (
          <>
            <span className="ik-vr" />
            <span className="ik-el">{latest.title}</span>
            {latest.share === undefined ? null : (
              <Bar thin share={latest.share} label={latest.title} width={96} />
            )}
            {latest.words ? <span className="ik-tn">{latest.words}</span> : null}
            {latest.error ? <span className="ik-bad ik-el">{latest.error}</span> : null}
            {latest.by ? <span className="ik-end ik-t3 ik-tn">{latest.by}</span> : null}
          </>
        ) : null}
      </button>
      {props.open ? <div className="ik-drawer-body">{props.children}</div> : null}
    </footer>
  );
}
