import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { useQuery } from '../../client/use-query.ts';
import { inBase, keptKey } from '../../ui/page-base.ts';

const SHOWN = 'ik.alerts.shown';
const KEPT = 50;
const OPENED_MS = Date.now();
/** What was made while the page was loaded anew, or by a clock a little behind ours. */
const GRACE_MS = 60_000;

function shownIds(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keptKey(SHOWN)) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

/** Shows each notification once, whatever windows are open: natively on the desktop, in a browser that was allowed to. */
function show(notice: { title: string; body: string }, open: () => void): void {
  const { title, body } = notice;
  if (window.innkeeper) {
    void window.innkeeper.ask('notify', { title, body, view: inBase('/alerts') }).catch(() => undefined);
  } else if ('Notification' in window && Notification.permission === 'granted') {
    const shown = new Notification(title, { body, tag: title });
    shown.addEventListener('click', () => {
      window.focus();
      open();
      shown.close();
    });
  }
}

/** Listens for notifications that are for desktops; draws nothing itself. */
export function AlertNotices() {
  const found = useQuery('alerts.noticeList', {});
  const [, navigate] = useLocation();
  const rows = found.data?.rows;
  useEffect(() => {
    if (!rows) return;
    const known = shownIds();
    const fresh = rows.filter((row) => !known.includes(row.id));
    if (fresh.length === 0) return;
    localStorage.setItem(
      keptKey(SHOWN),
      JSON.stringify([...fresh.map((row) => row.id), ...known].slice(0, KEPT)),
    );
    for (const row of fresh) {
      // What was told long before this console was opened stands on its page.
      if (Date.parse(row.at) >= OPENED_MS - GRACE_MS)
        show(row, () => {
          navigate('/alerts');
        });
    }
  }, [rows, navigate]);
  return null;
}
