import type { ReactNode } from 'react';
import type { IconComponent } from './icon.ts';

/** An empty page: what it is for, in one sentence, and the one button that fills it. */
export function EmptyState(props: {
  icon: IconComponent;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  const Icon = props.icon;
  return (
    <div className="ik-empty">
      <Icon size={24} aria-hidden />
      <h2>{props.title}</h2>
      <p>{props.children}</p>
      {props.action}
    </div>
  );
}
