import { useState } from 'react';
import IconChevronLeft from '@tabler/icons-react/dist/esm/icons/IconChevronLeft.mjs';
import IconChevronRight from '@tabler/icons-react/dist/esm/icons/IconChevronRight.mjs';
import { Button } from './button.tsx';
import { formatCount } from './format.ts';

export interface PagerState {
  /** Of the page that is shown; undefined: the first. */
  readonly cursor: string | undefined;
  /** Rows before the page that is shown. */
  readonly before: number;
  readonly forward: (cursor: string, shown: number) => void;
  readonly back: () => void;
}

/** Pages of a table that stands among others, forward and back by the cursors of its query; another `of` begins at the first. */
export function usePager(of: string): PagerState {
  const [state, setState] = useState<{ of: string; pages: readonly { cursor: string; before: number }[] }>({
    of,
    pages: [],
  });
  const pages = state.of === of ? state.pages : [];
  const last = pages.at(-1);
  return {
    cursor: last?.cursor,
    before: last?.before ?? 0,
    forward: (cursor, shown) => {
      setState({ of, pages: [...pages, { cursor, before: (last?.before ?? 0) + shown }] });
    },
    back: () => {
      setState({ of, pages: pages.slice(0, -1) });
    },
  };
}

/** `13–24 of 40` with the ways back and forward; nothing where all of it is shown. */
export function Pager(props: {
  pager: PagerState;
  shown: number;
  total: number;
  nextCursor: string | null;
  /** What is paged, for those who hear it: "charges". */
  many: string;
}) {
  const { pager, shown, total, nextCursor, many } = props;
  if (pager.before === 0 && nextCursor === null) return null;
  const words =
    shown === 0
      ? `none here, ${formatCount(total)} in all`
      : `${formatCount(pager.before + 1)}–${formatCount(pager.before + shown)} of ${formatCount(total)}`;
  return (
    <nav className="ik-row ik-sm ik-t2" aria-label={`Pages of ${many}`} style={{ padding: '6px 12px' }}>
      <span className="ik-tn ik-grow">{words}</span>
      <Button
        size="sm"
        kind="ghost"
        icon={IconChevronLeft}
        label={`${many} before these`}
        reason={pager.before === 0 ? 'These are the first' : null}
        onClick={pager.back}
      />
      <Button
        size="sm"
        kind="ghost"
        icon={IconChevronRight}
        label={`${many} after these`}
        reason={nextCursor === null ? 'These are the last' : null}
        onClick={() => {
          if (nextCursor !== null) pager.forward(nextCursor, shown);
        }}
      />
    </nav>
  );
}
