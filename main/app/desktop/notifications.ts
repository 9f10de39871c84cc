import { Notification, type BrowserWindow } from 'electron';

/** Held while they stand: a notification that nothing holds is collected, and its click with it. */
const standing = new Map<string, Notification>();
const MAX_STANDING = 50;

/**
 * Shows a native notification; a click brings the window up and opens the view. The same one is shown once while it stands,
 * since every window of the console hears of the same thing. Answers whether it was shown.
 */
export function notify(
  window: BrowserWindow,
  { title, body, view }: { title: string; body: string; view: string | undefined },
): boolean {
  const key = JSON.stringify([title, body, view]);
  if (!Notification.isSupported() || standing.has(key) || standing.size >= MAX_STANDING) return false;
  const notification = new Notification({ title, body });
  const forget = (): void => void standing.delete(key);
  standing.set(key, notification);
  notification.on('close', forget);
  notification.on('failed', forget);
  notification.on('click', () => {
    forget();
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    if (view !== undefined) window.webContents.send('innkeeper:say', 'navigate', view);
  });
  notification.show();
  return true;
}
