import type { ReactNode } from 'react';
import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconInfoCircle from '@tabler/icons-react/dist/esm/icons/IconInfoCircle.mjs';
import type { IconComponent } from './icon.ts';

type NoteTone = 'ok' | 'warn' | 'bad' | 'acc';

const ICONS: Record<NoteTone, IconComponent> = {
  ok: IconCircleCheck,
  warn: IconAlertTriangle,
  bad: IconBan,
  acc: IconInfoCircle,
};

/** A sentence that must be read: a reason in the open, a warning, a refusal. */
export function Note(props: { tone: NoteTone; icon?: IconComponent; children: ReactNode }) {
  const Icon = props.icon ?? ICONS[props.tone];
  return (
    <div className="ik-note" data-tone={props.tone} role={props.tone === 'bad' ? 'alert' : 'note'}>
      <Icon size={14} aria-hidden />
      <div>{props.children}</div>
    </div>
  );
}
