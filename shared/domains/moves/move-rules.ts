/** States of a move, in the order it goes through them. */
export const MOVE_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type MoveState = (typeof MOVE_STATES)[number];
/** Who wanted it. */
export const MOVE_CAUSES = ['person', 'evacuation', 'balancer'] as const;
export type MoveCause = (typeof MOVE_CAUSES)[number];

export const MOVE_STATE_WORDS: Readonly<Record<MoveState, string>> = {
  queued: 'Waiting for a place',
  running: 'Moving',
  done: 'Moved',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** How many moves run at the same time, and how fast each may go. */
export interface MoveCaps {
  /** On one host, coming and going together. */
  readonly perHost: number;
  /** Between the same two hosts, either way. */
  readonly perLink: number;
  /** Of one move, MiB per second; 0: as fast as it goes. */
  readonly mibPerSecond: number;
  /** Live moves are encrypted, or refused. */
  readonly encrypt: boolean;
}
export const DEFAULT_CAPS: MoveCaps = { perHost: 2, perLink: 1, mibPerSecond: 0, encrypt: false };

export interface RunningMove {
  readonly fromHostId: string;
  readonly toHostId: string;
}

/** Why a move has to wait for others; null: it may begin. */
export function whyWait(move: RunningMove, running: readonly RunningMove[], caps: MoveCaps): string | null {
  const on = (hostId: string): number =>
    running.filter((other) => other.fromHostId === hostId || other.toHostId === hostId).length;
  const between = running.filter(
    (other) =>
      (other.fromHostId === move.fromHostId && other.toHostId === move.toHostId) ||
      (other.fromHostId === move.toHostId && other.toHostId === move.fromHostId),
  ).length;
  if (on(move.fromHostId) >= caps.perHost) return `${caps.perHost} moves from or to its host are under way`;
  if (on(move.toHostId) >= caps.perHost)
    return `${caps.perHost} moves from or to the other host are under way`;
  if (between >= caps.perLink) return `${caps.perLink} between the same two hosts under way`;
  return null;
}
