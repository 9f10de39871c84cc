import { useState } from 'react';
import type { KeyboardEvent, PointerEvent, ReactNode } from 'react';
import IconExternalLink from '@tabler/icons-react/dist/esm/icons/IconExternalLink.mjs';
import IconChevronDown from '@tabler/icons-react/dist/esm/icons/IconChevronDown.mjs';
import IconChevronUp from '@tabler/icons-react/dist/esm/icons/IconChevronUp.mjs';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import { useMediaQuery } from '@mantine/hooks';
import { useRouter, useSearch } from 'wouter';
import { Button } from './button.tsx';
import { useFoldsRail } from './app-frame.tsx';
import { openOwnWindow } from './own-window.ts';
import { usePageTitle } from './page-title.ts';

/** Each kind of split keeps the width it was dragged to; a document wants about half of the window, a few facts leave the list its room. */
const SPLITS = {
  slim: { key: 'ik.split.slim', least: 320, width: () => 340 },
  narrow: { key: 'ik.split', least: 400, width: () => 512 },
  wide: {
    key: 'ik.split.wide',
    least: 400,
    width: () => Math.max(560, Math.round(window.innerWidth * 0.46)),
  },
};
type Kind = keyof typeof SPLITS;

function storedWidth(kind: Kind): number {
  const width = Number(localStorage.getItem(SPLITS[kind].key));
  return width >= SPLITS[kind].least ? width : SPLITS[kind].width();
}

/** A list and, beside it, the detail with its own address; null shows the list alone. The edge can be dragged. With `?alone` (its own window) the detail has the page to itself. `wide` for details that show a document, `slim` for a few facts. */
export function SplitView(props: { list: ReactNode; detail: ReactNode; wide?: boolean; slim?: boolean }) {
  const { list, detail } = props;
  const kind: Kind = props.wide ? 'wide' : props.slim ? 'slim' : 'narrow';
  const { least } = SPLITS[kind];
  const open = detail !== null && detail !== undefined && detail !== false;
  const [dragged, setDragged] = useState<Partial<Record<Kind, number>>>({});
  const width = dragged[kind] ?? storedWidth(kind);
  const search = useSearch();
  const alone = open && new URLSearchParams(search).has('alone');
  const isRoomy = useMediaQuery('(min-width: 1440px)', true, { getInitialValueInEffect: false });
  // A slim detail leaves the rail its words a little longer.
  useFoldsRail(open && !(kind === 'slim' && isRoomy));
  const resize = (next: number): void => {
    const bounded = Math.max(least, Math.min(next, window.innerWidth - 480));
    setDragged((widths) => ({ ...widths, [kind]: bounded }));
    localStorage.setItem(SPLITS[kind].key, String(Math.round(bounded)));
  };
  if (alone) return <div className="ik-det ik-grow">{detail}</div>;
  return (
    <div
      className="ik-split"
      data-open={open || undefined}
      style={{ '--ik-split-width': `${width}px` } as React.CSSProperties}
    >
      <section className="ik-list">{list}</section>
      {open ? (
        <aside className="ik-det">
          <Grip width={width} least={least} onResize={resize} />
          {detail}
        </aside>
      ) : null}
    </div>
  );
}

function Grip(props: { width: number; least: number; onResize: (width: number) => void }) {
  const { width, least, onResize } = props;
  const drag = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons === 1) onResize(window.innerWidth - event.clientX);
  };
  const step = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: 16, ArrowRight: -16 }[event.key];
    if (by !== undefined) onResize(width + by);
  };
  return (
    // A focusable separator is the ARIA pattern of a window splitter.
    <div
      className="ik-det-grip"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the detail"
      aria-valuenow={Math.round(width)}
      aria-valuemin={least}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={drag}
      onKeyDown={step}
    />
  );
}

/** Head of a detail: name, badge, previous and next, own window, close; facts below; actions; tabs. */
export function DetailHead(props: {
  title: string;
  badge?: ReactNode;
  facts?: ReactNode;
  freshness?: ReactNode;
  actions?: ReactNode;
  tabs?: ReactNode;
  onPrevious?: (() => void) | undefined;
  onNext?: (() => void) | undefined;
  onClose?: (() => void) | undefined;
  /** Address of the object, for its own window. */
  href?: string | undefined;
}) {
  usePageTitle(props.title);
  // Of the installation the detail is of, which need not be that of the list beside it.
  const { base } = useRouter();
  return (
    <div className="ik-dh" style={props.tabs ? undefined : { paddingBottom: 12 }}>
      <div className="ik-row">
        <h2 className="ik-el">{props.title}</h2>
        {props.badge}
        <span className="ik-row ik-end" style={{ gap: 0 }}>
          {props.onPrevious ? (
            <Button kind="ghost" size="sm" icon={IconChevronUp} label="Previous" onClick={props.onPrevious} />
          ) : null}
          {props.onNext ? (
            <Button kind="ghost" size="sm" icon={IconChevronDown} label="Next" onClick={props.onNext} />
          ) : null}
          {props.href ? (
            <Button
              kind="ghost"
              size="sm"
              icon={IconExternalLink}
              label="Open in own window"
              onClick={() => {
                if (props.href) openOwnWindow(base + props.href);
              }}
            />
          ) : null}
          {props.onClose ? (
            <Button kind="ghost" size="sm" icon={IconX} label="Close" onClick={props.onClose} />
          ) : null}
        </span>
      </div>
      {props.facts ? <div className="ik-sm ik-t2">{props.facts}</div> : null}
      {props.freshness ? (
        <div className="ik-xs ik-t3" style={{ marginTop: 4 }}>
          {props.freshness}
        </div>
      ) : null}
      {props.actions ? <div className="ik-dh-actions">{props.actions}</div> : null}
      {props.tabs}
    </div>
  );
}

/** Scrolling body of a detail, under its head. */
export function DetailBody({ children }: { children: ReactNode }) {
  return <div className="ik-db">{children}</div>;
}
