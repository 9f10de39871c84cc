import { useId } from 'react';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';

/** A framed part of a page: head (title, meta, actions), content, foot. `pad` for text, none for tables and charts. */
export function Panel(props: {
  title?: string;
  meta?: ReactNode;
  actions?: ReactNode;
  foot?: ReactNode;
  pad?: boolean;
  className?: string;
  children?: ReactNode;
}) {
  const id = useId();
  return (
    <section className={classes('ik-panel', props.className)} aria-labelledby={props.title ? id : undefined}>
      {props.title || props.actions ? (
        <div className="ik-ph">
          {props.title ? <h2 id={id}>{props.title}</h2> : null}
          {props.meta === undefined ? null : <span className="ik-meta ik-el">{props.meta}</span>}
          {props.actions === undefined ? null : <span className="ik-actions">{props.actions}</span>}
        </div>
      ) : null}
      {props.pad ? <div className="ik-pb">{props.children}</div> : props.children}
      {props.foot === undefined ? null : <div className="ik-pf">{props.foot}</div>}
    </section>
  );
}
