import { useRef } from 'react';
import type { KeyboardEvent } from 'react';

export interface Tab<Key extends string> {
  key: Key;
  label: string;
  count?: string;
}

/** Tabs of a detail; arrows move, the page keeps the chosen one in its address. Panel: give it `id={`tab-${key}`}`. */
export function Tabs<Key extends string>(props: {
  label: string;
  tabs: readonly Tab<Key>[];
  value: Key;
  onChange: (key: Key) => void;
}) {
  const strip = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = props.tabs.findIndex((tab) => tab.key === props.value);
    const next = (at + step + props.tabs.length) % props.tabs.length;
    const tab = props.tabs[next];
    if (tab) props.onChange(tab.key);
    strip.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
  };
  return (
    <div ref={strip} className="ik-tabs" role="tablist" aria-label={props.label} onKeyDown={move}>
      {props.tabs.map((tab) => (
        <button
          key={tab.key}
          type="button"
          role="tab"
          aria-selected={tab.key === props.value}
          tabIndex={tab.key === props.value ? 0 : -1}
          onClick={() => {
            props.onChange(tab.key);
          }}
        >
          {tab.label}
          {tab.count ? <span className="ik-t3 ik-tn">{tab.count}</span> : null}
        </button>
      ))}
    </div>
  );
}
