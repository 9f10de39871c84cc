import { setTimeout as sleep } from 'node:timers/promises';
import type { DutyGrant } from '../../platform/store/duty-hold.ts';
import { LeaseLost } from '../../platform/store/store-error.ts';
import { balance, takeSamples } from './balancer.ts';
import { advanceEvacuations } from './evacuation-advance.ts';
import { startAgain } from './evacuation-restart.ts';
import { MAINTENANCE_TOPIC } from './evacuation-store.ts';
import { dispatchMoves } from './move-dispatch.ts';
import { MOVE_TOPIC } from './move-store.ts';
import { advanceRollings } from './rolling-advance.ts';
import type { MovesParts } from './moves-parts.ts';

export const MOVES_DUTY = 'moves';

export interface MovesDutySettings {
  /** Between two looks while nothing is heard. */
  readonly lookMs: number;
  /** Between two measurements of the hosts' load. */
  readonly balanceMs: number;
}
const LOOK_MS = 2_000;
const BALANCE_MS = 60_000;

/** Load is measured once a minute; more often where hosts are collected more often, each collection twice at most. */
export function moveSettings(sweepMs: number): MovesDutySettings {
  return { lookMs: LOOK_MS, balanceMs: Math.min(BALANCE_MS, 2 * sweepMs) };
}

/**
 * Looks after all that moves, one engine for all: begins moves that wait, empties hosts, rolls maintenance on, balances load. Whenever something
 * is heard of it, and now and then; all it knows is in the store, so that any engine can go on with it.
 */
export async function runMoves(
  parts: MovesParts,
  grant: DutyGrant,
  settings: MovesDutySettings,
): Promise<void> {
  const { signal } = grant;
  const bell = new Bell();
  const hearing = ringOn(parts, bell, signal);
  let balanceAt = 0;
  while (!signal.aborted) {
    try {
      await dispatchMoves(parts, grant.guard);
      await startAgain(parts, grant.guard, signal);
      await advanceEvacuations(parts, grant.guard, signal);
      await advanceRollings(parts, grant.guard);
      if (performance.now() >= balanceAt) {
        balanceAt = performance.now() + settings.balanceMs;
        await takeSamples(parts, grant.guard);
        await balance(parts, grant.guard);
      }
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      if (!signal.aborted) parts.log.warn('Moves could not be looked after; trying again.', { error });
    }
    await bell.heard(settings.lookMs, signal);
  }
  await hearing;
}

async function ringOn(parts: MovesParts, bell: Bell, signal: AbortSignal): Promise<void> {
  for await (const _ of parts.store.changes.subscribe({ topics: [MOVE_TOPIC, MAINTENANCE_TOPIC], signal }))
    bell.ring();
}

/** Many rings are one. */
class Bell {
  #ring = Promise.withResolvers<void>();

  ring(): void {
    this.#ring.resolve();
  }

  async heard(withinMs: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    await Promise.race([
      this.#ring.promise,
      sleep(withinMs, undefined, { signal: AbortSignal.any([signal, over.signal]) }).catch(() => undefined),
    ]);
    over.abort();
    this.#ring = Promise.withResolvers<void>();
  }
}
