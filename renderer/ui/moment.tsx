import { useSyncExternalStore } from 'react';
import { Tooltip } from '@mantine/core';
import IconClockExclamation from '@tabler/icons-react/dist/esm/icons/IconClockExclamation.mjs';
import { formatAgo, formatDated, formatDuration, formatLong, formatMoment } from './format.ts';

let secondMs = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    secondMs = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, again every second, from one timer for all; epoch milliseconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => (timer ? secondMs : (secondMs = Date.now())));
}

/** A moment in the viewer's zone, with the exact instant on hover; `dated` where the day matters, even today. */
export function Timestamp({ atMs, dated }: { atMs: number; dated?: boolean }) {
  return (
    <Tooltip label={`${formatLong(atMs)} · ${new Date(atMs).toISOString()}`}>
      <time dateTime={new Date(atMs).toISOString()} className="ik-tn">
        {dated ? formatDated(atMs) : formatMoment(atMs)}
      </time>
    </Tooltip>
  );
}

/** "4 s ago", running on. */
export function Ago({ atMs }: { atMs: number }) {
  const nowMs = useNow();
  return (
    <Tooltip label={formatLong(atMs)}>
      <time dateTime={new Date(atMs).toISOString()} className="ik-tn">
        {formatAgo(atMs, nowMs)}
      </time>
    </Tooltip>
  );
}

/** In place of a state that is no longer fresh: how old it is. Values beside it stay and turn grey (`ik-stale`). */
export function StaleMarker({ seenMs }: { seenMs: number }) {
  const nowMs = useNow();
  return (
    <span className="ik-st ik-idle">
      <IconClockExclamation size={11} aria-hidden />
      {formatDuration(nowMs - seenMs)} old
    </span>
  );
}
