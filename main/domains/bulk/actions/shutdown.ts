import { clauseSentence } from '../../../../shared/kernel/clause-sentence.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { LibvirtError } from '../../../platform/libvirt/libvirt-errors.ts';
import { whyNot } from '../../../../shared/domains/fleet/vm-action-rules.ts';
import type { VmOnHostNow } from '../../fleet/fleet-public.ts';
import type { BulkActionDefinition, HostItem, HostWork, ItemResult, WhatOf } from '../bulk-action.ts';
import { gone, stateVerdicts } from './power-action.ts';

const OFF = ['shut-off', 'crashed'] as const;
const LOOK_EVERY_MS = 1_000;
/** A guest may miss the first press of the power button while it boots. */
const ASK_AGAIN_MS = 20_000;

/** How far it is, kept with the item: an engine that goes on waits for the same instance and no longer than was said. */
interface Asked {
  readonly domainId: number;
  readonly untilMs: number;
}

/** Asks the guests to shut down, waits, and forces off those that stay on, if that was wished for. */
export const bulkShutdown: BulkActionDefinition = {
  action: 'shutdown',
  permission: 'fleet.operate',
  verdicts: async (_what, context) => stateVerdicts('shutdown', OFF, context),
  work: { kind: 'host', act: shutDown },
  undo: () => ({ action: 'start' }),
};

async function shutDown(work: HostWork, item: HostItem): Promise<ItemResult> {
  const what = work.what as WhatOf<'shutdown'>;
  const now = await work.look(item);
  if (now === undefined) return item.begunBefore ? { state: 'done' } : gone;
  const asked = item.begunBefore ? askedOf(item) : undefined;
  if (asked === undefined) {
    if (isOff(now)) return { state: 'skipped', code: 'already', reason: 'It is off already.' };
    const reason = whyNot('shutdown', now.state);
    if (reason !== null) return { state: 'refused', code: 'not-now', reason: clauseSentence(reason) };
  }
  const goal = asked ?? { domainId: now.ref.id, untilMs: Date.now() + what.graceSeconds * 1000 };
  if (asked === undefined) await work.note(item, JSON.stringify(goal));
  if (await isOffInTime(work, item, goal)) return { state: 'done' };
  if (!what.thenForce) {
    return {
      state: 'failed',
      code: 'guest-stays-on',
      reason: `It did not shut down within ${what.graceSeconds} s: look at its console, give it longer, or force it off.`,
    };
  }
  await force(work, item, goal);
  return { state: 'done' };
}

function askedOf(item: HostItem): Asked | undefined {
  return item.before === null ? undefined : (JSON.parse(item.before) as Asked);
}

function isOff(now: VmOnHostNow): boolean {
  return OFF.some((state) => state === now.state);
}

/** The instance that was to be shut down has ended; one that somebody has started since is left alone. */
function hasEnded(now: VmOnHostNow | undefined, goal: Asked): boolean {
  return now === undefined || isOff(now) || (now.ref.id !== -1 && now.ref.id !== goal.domainId);
}

async function isOffInTime(work: HostWork, item: HostItem, goal: Asked): Promise<boolean> {
  for (let askedMs = -Infinity; ;) {
    const now = await work.look(item);
    if (hasEnded(now, goal) || now === undefined) return true;
    const nowMs = Date.now();
    if (nowMs >= goal.untilMs) return false;
    if (nowMs - askedMs >= ASK_AGAIN_MS) {
      askedMs = nowMs;
      await work.api.domains.shutdown(now.ref, 0, { signal: work.signal }).catch(unlessOff);
    }
    const waitMs = Math.min(LOOK_EVERY_MS, Math.max(50, goal.untilMs - nowMs));
    await sleep(waitMs, undefined, { signal: work.waiting });
  }
}

async function force(work: HostWork, item: HostItem, goal: Asked): Promise<void> {
  await work.stillOurs();
  const now = await work.look(item);
  if (now === undefined || hasEnded(now, goal)) return;
  await work.api.domains.destroy(now.ref, 0, { signal: work.signal }).catch(unlessOff);
}

/** It went off between the look and the question. */
function unlessOff(error: unknown): void {
  const isGone =
    error instanceof LibvirtError &&
    (error.codeName === 'VIR_ERR_OPERATION_INVALID' || error.codeName === 'VIR_ERR_NO_DOMAIN');
  if (!isGone) throw error;
}
