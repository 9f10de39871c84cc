import type { ReactNode } from 'react';
import { usePageTitle } from './page-title.ts';

/** Title of a page, its facts, and its actions at the right (one filled button at most). `tight` in a list beside a detail. */
export function PageHead(props: { title: string; meta?: ReactNode; actions?: ReactNode; tight?: boolean }) {
  usePageTitle(props.title);
  return (
    <div className="ik-phead" data-tight={props.tight || undefined}>
      <h1>{props.title}</h1>
      {props.meta === undefined ? null : <div className="ik-meta ik-row">{props.meta}</div>}
      {props.actions === undefined ? null : <div className="ik-row ik-end">{props.actions}</div>}
    </div>
  );
}
