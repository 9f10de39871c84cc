import { Link } from 'wouter';
import { Tooltip } from '@mantine/core';
import { Fragment } from 'react';
import type { ReactNode } from 'react';
import type { IconComponent } from './icon.ts';
import { useRailFolded } from './app-frame.tsx';

export interface RailEntry {
  path: string;
  label: string;
  icon: IconComponent;
  current: boolean;
  /** Figure at the right: how many, or how many need a look (with a tone and an icon). */
  count?: { text: string; tone?: 'bad' | 'warn' | undefined; icon?: IconComponent } | undefined;
}

export interface RailGroup {
  title: string;
  entries: readonly RailEntry[];
}

function RailLink({ entry, folded }: { entry: RailEntry; folded: boolean }) {
  const Icon = entry.icon;
  const CountIcon = entry.count?.icon;
  const link = (
    <Link
      href={entry.path}
      aria-current={entry.current ? 'page' : undefined}
      aria-label={folded ? entry.label : undefined}
    >
      <Icon size={16} aria-hidden />
      {folded ? null : entry.label}
      {!folded && entry.count ? (
        <span className="ik-n" data-tone={entry.count.tone}>
          {CountIcon ? <CountIcon size={11} aria-hidden /> : null}
          {entry.count.text}
        </span>
      ) : null}
      {folded && entry.count?.tone ? <span className="ik-pip" data-tone={entry.count.tone} /> : null}
    </Link>
  );
  return folded ? (
    <Tooltip label={entry.count ? `${entry.label} · ${entry.count.text}` : entry.label} position="right">
      {link}
    </Tooltip>
  ) : (
    link
  );
}

/** The areas, grouped by who works there; folds to icons with a split open. `head` stands above them, `foot` entries at the bottom. */
export function Rail(props: { head?: ReactNode; groups: readonly RailGroup[]; foot: readonly RailEntry[] }) {
  const { head, groups, foot } = props;
  const folded = useRailFolded();
  return (
    <nav className="ik-rail" aria-label="Areas">
      {head}
      {groups.map((group, at) => (
        <Fragment key={group.title}>
          {folded ? at > 0 && <div className="ik-sep" /> : <h2>{group.title}</h2>}
          {group.entries.map((entry) => (
            <RailLink key={entry.path} entry={entry} folded={folded} />
          ))}
        </Fragment>
      ))}
      <div className="ik-grow" />
      {foot.map((entry) => (
        <RailLink key={entry.path} entry={entry} folded={folded} />
      ))}
    </nav>
  );
}
