import { notifications } from '@mantine/notifications';
import { createElement } from 'react';
import IconAlertCircle from '@tabler/icons-react/dist/esm/icons/IconAlertCircle.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconInfoCircle from '@tabler/icons-react/dist/esm/icons/IconInfoCircle.mjs';
import type { IconComponent } from './icon.ts';

type ToastTone = 'ok' | 'bad' | 'acc';

const ICONS: Record<ToastTone, IconComponent> = {
  ok: IconCircleCheck,
  bad: IconAlertCircle,
  acc: IconInfoCircle,
};

/** A word at the edge of the screen. Failures stay until closed; the rest go after five seconds. */
export function toast(tone: ToastTone, title: string, message = ''): void {
  notifications.show({
    title,
    message,
    icon: createElement(ICONS[tone], { size: 16, className: `ik-${tone}` }),
    closeButtonProps: { 'aria-label': 'Close' },
    autoClose: tone === 'bad' ? false : 5000,
  });
}

const UNDO_MS = 12_000;

/** What was done, and the way back while it is shown. */
export function toastUndo(title: string, undo: () => void): void {
  const id = notifications.show({
    title,
    message: createElement(
      'button',
      {
        type: 'button',
        className: 'ik-link',
        onClick: () => {
          notifications.hide(id);
          undo();
        },
      },
      'Undo',
    ),
    icon: createElement(IconCircleCheck, { size: 16, className: 'ik-ok' }),
    closeButtonProps: { 'aria-label': 'Close' },
    autoClose: UNDO_MS,
  });
}
