import type { LocalDate } from '../../kernel/local-date.ts';
import { inEffectOrder, type HistoryEvent } from './segment-rules.ts';

/** Days that are not served. */
export interface Pause {
  readonly from: LocalDate;
  /** First day served again; null: nobody has said when. */
  readonly until: LocalDate | null;
}

/** All pauses that are decided, in their order; what is paused and resumed on one day is none. */
export function pausesOf(history: readonly HistoryEvent[]): Pause[] {
  const found: Pause[] = [];
  let from: LocalDate | null = null;
  for (const { event } of inEffectOrder(history)) {
    if (event.do === 'pause') from ??= event.on;
    if (event.do !== 'resume' || from === null) continue;
    if (from < event.on) found.push({ from, until: event.on });
    from = null;
  }
  return from === null ? found : [...found, { from, until: null }];
}

/** The one that a day is in. */
export function pauseOn(pauses: readonly Pause[], day: LocalDate): Pause | undefined {
  return pauses.find(({ from, until }) => from <= day && (until === null || day < until));
}

/** The one to be told of on a day: that it is in, else the next one, else the last. */
export function pauseToldOn(pauses: readonly Pause[], day: LocalDate): Pause | undefined {
  return pauses.find(({ until }) => until === null || until > day) ?? pauses.at(-1);
}

/** The first day on which what is paused is paused, or what is served is resumed: what one of the two builds on is not there. */
export function pauseMisfit(history: readonly HistoryEvent[]): LocalDate | undefined {
  let isPaused = false;
  for (const { event } of inEffectOrder(history)) {
    if (event.do !== 'pause' && event.do !== 'resume') continue;
    if (isPaused === (event.do === 'pause')) return event.on;
    isPaused = !isPaused;
  }
  return undefined;
}
