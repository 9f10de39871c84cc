import type { ReactNode } from 'react';
import IconDatabase from '@tabler/icons-react/dist/esm/icons/IconDatabase.mjs';
import IconKey from '@tabler/icons-react/dist/esm/icons/IconKey.mjs';
import IconPointFilled from '@tabler/icons-react/dist/esm/icons/IconPointFilled.mjs';
import IconSearch from '@tabler/icons-react/dist/esm/icons/IconSearch.mjs';
import type { IconComponent } from './icon.ts';
import { keyCaps } from './keys.ts';

/** Name of the environment and where its store is; its colour comes from `data-env-colour` on the page. */
export function EnvironmentChip({ name, store }: { name: string; store?: string | undefined }) {
  return (
    <span className="ik-env">
      <IconDatabase size={13} aria-hidden />
      <span>
        <b>{name}</b>
        {store ? ` · ${store}` : ''}
      </span>
    </span>
  );
}

/** Connection to the engine and freshness of the fleet, in words. */
export function Freshness(props: { tone: 'ok' | 'warn' | 'bad'; icon?: IconComponent; children: ReactNode }) {
  const Icon = props.icon ?? IconPointFilled;
  return (
    <span className="ik-fresh" role="status">
      <Icon size={props.icon ? 13 : 12} className={`ik-${props.tone}`} aria-hidden />
      <span>{props.children}</span>
    </span>
  );
}

export function Avatar({ name }: { name: string }) {
  const initials = name
    .split(/[\s._-]+/)
    .map((part) => part.slice(0, 1).toUpperCase())
    .slice(0, 2)
    .join('');
  return (
    <span className="ik-ava" aria-hidden="true">
      {initials}
    </span>
  );
}

/** The bar above every page: brand, environment, the search that is the palette, freshness, who is at work. */
export function TopBar(props: {
  environment: ReactNode;
  freshness: ReactNode;
  who: ReactNode;
  onSearch: () => void;
}) {
  return (
    <header className="ik-top">
      <div className="ik-brand">
        <IconKey size={16} aria-hidden />
        Innkeeper
      </div>
      {props.environment}
      <button type="button" className="ik-search" onClick={props.onSearch} aria-haspopup="dialog">
        <IconSearch size={14} aria-hidden />
        <span className="ik-grow">Find a VM, host, customer, invoice or task, or type a command</span>
        <kbd>{keyCaps('mod+k').join(' ')}</kbd>
      </button>
      {props.freshness}
      {props.who}
    </header>
  );
}
