import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { formatCount } from './format.ts';
import { useKeys } from './keys.ts';
import type { Selection } from './selection.ts';

/** Floats above the end of a list while rows are ticked: how many, all that match, actions (children), clear. */
export function BulkBar(props: { selection: Selection; total: number; noun: string; children: ReactNode }) {
  const { selection, total, noun } = props;
  const count = selection.count(total);
  const { clear } = selection;
  useKeys(
    useMemo(
      () => (count > 0 ? [{ keys: 'Escape', label: 'Clear ticks', group: 'This page', run: clear }] : []),
      [count, clear],
    ),
  );
  if (count === 0) return null;
  return (
    <div className="ik-bulk" role="toolbar" aria-label={`Actions on ${formatCount(count)} ${noun}`}>
      <b className="ik-tn">{formatCount(count)} selected</b>
      {selection.all || count >= total ? null : (
        <button type="button" className="ik-link" onClick={selection.selectAll}>
          Select all {formatCount(total)}
        </button>
      )}
      <span className="ik-vr" />
      {props.children}
      <span className="ik-vr" />
      <Button size="sm" kind="ghost" onClick={clear}>
        Clear<kbd>Esc</kbd>
      </Button>
    </div>
  );
}
