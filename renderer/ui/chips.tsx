import type { ReactNode } from 'react';

/** Saved queries or filters with their counts; the one that applies is pressed. */
export function ChipBar({ children, label }: { children: ReactNode; label: string }) {
  return (
    <div className="ik-chips" role="group" aria-label={label}>
      {children}
    </div>
  );
}

export function Chip(props: {
  on: boolean;
  count?: string | undefined;
  title?: string | undefined;
  children: ReactNode;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      className="ik-chip"
      aria-pressed={props.on}
      title={props.title}
      onClick={props.onClick}
    >
      {props.children}
      {props.count === undefined ? null : <b>{props.count}</b>}
    </button>
  );
}

/** A choice of few, all shown: method, range, theme. */
export function Segments<Value extends string>(props: {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
}) {
  return (
    <span className="ik-seg" role="group" aria-label={props.label}>
      {props.options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === props.value}
          onClick={() => {
            props.onChange(option.value);
          }}
        >
          {option.label}
        </button>
      ))}
    </span>
  );
}
