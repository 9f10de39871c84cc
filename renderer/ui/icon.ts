import type { FunctionComponent } from 'react';

/** Tone of a state or a figure; never the only sign: an icon or a word goes with it. */
export type Tone = 'ok' | 'warn' | 'bad' | 'acc' | 'idle';

export interface IconProps {
  size?: number;
  className?: string;
  title?: string;
  'aria-hidden'?: boolean;
}

/** A Tabler icon, imported by its path: `@tabler/icons-react/dist/esm/icons/IconServer2.mjs`. */
export type IconComponent = FunctionComponent<IconProps>;
