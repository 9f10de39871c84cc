import type { IconComponent, Tone } from './icon.ts';

/** State in a list: icon and word, no pill. The word keeps the text colour unless `strong` says the tone matters. */
export function StateLabel(props: {
  tone: Tone;
  icon: IconComponent;
  word: string;
  strong?: boolean;
  size?: number;
}) {
  const Icon = props.icon;
  return (
    <span className={props.strong ? `ik-st ik-${props.tone}` : 'ik-st'}>
      <Icon size={props.size ?? 13} className={`ik-${props.tone}`} aria-hidden />
      {props.word}
    </span>
  );
}

/** Badge: one per header, for the object's own state. */
export function Badge(props: { tone?: Tone; icon?: IconComponent; children: string }) {
  const Icon = props.icon;
  return (
    <span className="ik-badge" data-tone={props.tone}>
      {Icon ? <Icon size={11} aria-hidden /> : null}
      {props.children}
    </span>
  );
}

/** Tag: a word of the user's own. */
export function Tag({ children }: { children: string }) {
  return <span className="ik-tag">{children}</span>;
}
