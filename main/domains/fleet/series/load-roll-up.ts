import type { Transaction } from 'kysely';
import { averageBlocks, unpackNumberBlock } from '../../../platform/series/number-block.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { mergeHostBlocks, packLoads, unpackLoads } from '../sweep/load-record.ts';
import { MINUTE_MS, type Load } from '../sweep/load-meter.ts';
import { FIVE_MINUTES, HOURS, MINUTES, ROLL_UPS, STAY_KEPT_DAYS, type SeriesTier } from './series-tiers.ts';

type Trx = Transaction<FleetTables>;

/** A host's last minute is written with the sweep after it, and a slow host's sweep is late. */
const GRACE_MINUTES = 5;
const DAY_MINUTES = 24 * 60;
const HOSTS_AT_ONCE = 20;

interface RollUpParts {
  readonly store: Store;
  readonly guard: (trx: Trx) => Promise<void>;
  readonly signal?: AbortSignal;
}

/**
 * Makes the coarser steps of what is over, turns chunks that are complete, and forgets what is too old to be drawn. In small
 * transactions, each safe to repeat; what was missed while nobody held the duty is made up for, as far as the finer steps are there.
 */
export async function rollUpLoad(parts: RollUpParts, nowMs: number): Promise<void> {
  const nowMinute = Math.floor(nowMs / MINUTE_MS) - GRACE_MINUTES;
  for (const { from, to } of ROLL_UPS) {
    while (parts.signal?.aborted !== true && (await averageNext(parts, { from, to, nowMinute })));
  }
  for (const tier of [FIVE_MINUTES, HOURS]) await turnChunks(parts, tier, nowMinute);
  await guarded(parts, async (trx) => await forget(trx, nowMinute));
}

async function guarded<T>(parts: RollUpParts, work: (trx: Trx) => Promise<T>): Promise<T> {
  return await parts.store.transaction<FleetTables, T>(async (trx) => {
    await parts.guard(trx);
    return await work(trx);
  });
}

/** Averages the next step that is over and was not yet; gives whether there was one. */
async function averageNext(
  parts: RollUpParts,
  rollUp: { from: SeriesTier; to: SeriesTier; nowMinute: number },
): Promise<boolean> {
  const { from, to, nowMinute } = rollUp;
  const until = Math.floor(nowMinute / to.stepMinutes);
  const ratio = to.stepMinutes / from.stepMinutes;
  const name = `load averaged to ${to.stepMinutes} minutes`;
  const { done, step, hostIds } = await guarded(parts, async (trx) => {
    const reached = await progress(trx, name);
    const oldest = Math.floor((nowMinute - from.keepMinutes) / to.stepMinutes);
    const next = await firstStep(trx, from, Math.max(reached, oldest) * ratio);
    const due = next === undefined ? until : Math.min(until, Math.floor(next / ratio));
    const steps = { from: due * ratio, until: (due + 1) * ratio };
    return { done: reached, step: due, hostIds: due < until ? await hostsWith(trx, from, steps) : [] };
  });
  // Some hosts at a time: whoever else writes, or waits for this process, waits for no more than those.
  for (let start = 0; start < hostIds.length; start += HOSTS_AT_ONCE) {
    if (parts.signal?.aborted === true) return false;
    const some = hostIds.slice(start, start + HOSTS_AT_ONCE);
    await guarded(parts, async (trx) => await averageStep(trx, { from, to, step }, some));
  }
  const reached = Math.min(until, step + 1);
  if (reached > done) await guarded(parts, async (trx) => await setProgress(trx, name, reached));
  return step < until;
}

async function hostsWith(
  trx: Trx,
  tier: SeriesTier,
  steps: { from: number; until: number },
): Promise<string[]> {
  const rows = await trx
    .selectFrom('series_host_block')
    .select('host_id')
    .distinct()
    .where('step_minutes', '=', tier.stepMinutes)
    .where('step', '>=', steps.from)
    .where('step', '<', steps.until)
    .execute();
  return rows.map((row) => row.host_id);
}

async function averageStep(
  trx: Trx,
  at: { from: SeriesTier; to: SeriesTier; step: number },
  hostIds: readonly string[],
): Promise<void> {
  const { from, to, step } = at;
  const ratio = to.stepMinutes / from.stepMinutes;
  const rows = await trx
    .selectFrom('series_host_block')
    .select(['host_id', 'block'])
    .where('step_minutes', '=', from.stepMinutes)
    .where('host_id', 'in', hostIds)
    .where('step', '>=', step * ratio)
    .where('step', '<', (step + 1) * ratio)
    .execute();
  const averages = [...Map.groupBy(rows, (row) => row.host_id)].map(([hostId, blocks]) => ({
    hostId,
    step,
    block: averageBlocks(blocks.map(({ block }) => unpackNumberBlock(block))),
  }));
  await mergeHostBlocks(trx, to.stepMinutes, averages);
}

async function firstStep(trx: Trx, tier: SeriesTier, atLeast: number): Promise<number | undefined> {
  const row = await trx
    .selectFrom('series_host_block')
    .select('step')
    .where('step_minutes', '=', tier.stepMinutes)
    .where('step', '>=', atLeast)
    .orderBy('step')
    .limit(1)
    .executeTakeFirst();
  return row?.step;
}

/** Turns the chunks that are over, host by host: from one block per step to one per subject. */
async function turnChunks(parts: RollUpParts, tier: SeriesTier, nowMinute: number): Promise<void> {
  const { chunkSteps } = tier;
  if (chunkSteps === undefined) return;
  while (parts.signal?.aborted !== true) {
    const more = await guarded(parts, async (trx) => {
      const first = await trx
        .selectFrom('series_host_block')
        .select(['host_id', 'step'])
        .where('step_minutes', '=', tier.stepMinutes)
        .orderBy('step')
        .limit(1)
        .executeTakeFirst();
      const chunk = Math.floor((first?.step ?? 0) / chunkSteps);
      const isOver = (chunk + 1) * chunkSteps * tier.stepMinutes <= nowMinute - tier.stepMinutes;
      if (first === undefined || !isOver) return false;
      await turnChunk(trx, { tier, chunkSteps, chunk, hostId: first.host_id });
      return true;
    });
    if (!more) return;
  }
}

async function turnChunk(
  trx: Trx,
  at: { tier: SeriesTier; chunkSteps: number; chunk: number; hostId: string },
): Promise<void> {
  const { tier, chunkSteps, chunk, hostId } = at;
  const ofChunk = trx
    .selectFrom('series_host_block')
    .select(['step', 'block'])
    .where('step_minutes', '=', tier.stepMinutes)
    .where('host_id', '=', hostId)
    .where('step', '>=', chunk * chunkSteps)
    .where('step', '<', (chunk + 1) * chunkSteps);
  const turned = new Map<number, Map<number, Load>>();
  for (const { step, block } of await ofChunk.execute()) {
    for (const [subject, load] of unpackLoads(block)) {
      const steps = turned.get(subject) ?? new Map<number, Load>();
      turned.set(subject, steps.set(step - chunk * chunkSteps, load));
    }
  }
  // Another host may have turned its part of a VM that moved.
  const subjects = [...turned.keys()];
  const there = await trx
    .selectFrom('series_subject_block')
    .select(['subject', 'block'])
    .where('step_minutes', '=', tier.stepMinutes)
    .where('chunk', '=', chunk)
    .where('subject', 'in', subjects)
    .execute();
  const had = new Map(there.map((row) => [row.subject, row.block]));
  for (const [subject, steps] of turned) {
    const before = had.get(subject);
    const block = packLoads(before === undefined ? steps : new Map([...unpackLoads(before), ...steps]));
    await trx
      .insertInto('series_subject_block')
      .values({ step_minutes: tier.stepMinutes, subject, chunk, block })
      .onConflict((conflict) => conflict.columns(['step_minutes', 'subject', 'chunk']).doUpdateSet({ block }))
      .execute();
  }
  await trx
    .deleteFrom('series_host_block')
    .where('step_minutes', '=', tier.stepMinutes)
    .where('host_id', '=', hostId)
    .where('step', '>=', chunk * chunkSteps)
    .where('step', '<', (chunk + 1) * chunkSteps)
    .execute();
}

async function forget(trx: Trx, nowMinute: number): Promise<void> {
  for (const tier of [MINUTES, FIVE_MINUTES, HOURS]) {
    const oldestStep = Math.floor((nowMinute - tier.keepMinutes) / tier.stepMinutes);
    await trx
      .deleteFrom('series_host_block')
      .where('step_minutes', '=', tier.stepMinutes)
      .where('step', '<', oldestStep)
      .execute();
    if (tier.chunkSteps === undefined) continue;
    await trx
      .deleteFrom('series_subject_block')
      .where('step_minutes', '=', tier.stepMinutes)
      .where('chunk', '<', Math.floor(oldestStep / tier.chunkSteps))
      .execute();
  }
  await trx
    .deleteFrom('series_stay')
    .where('seen_day', '<', Math.floor(nowMinute / DAY_MINUTES) - STAY_KEPT_DAYS)
    .execute();
}

async function progress(trx: Trx, name: string): Promise<number> {
  const row = await trx
    .selectFrom('fleet_progress')
    .select('at_ms')
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.at_ms ?? 0;
}

/** `fleet_progress` counts in steps here. */
async function setProgress(trx: Trx, name: string, step: number): Promise<void> {
  await trx
    .insertInto('fleet_progress')
    .values({ name, at_ms: step })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ at_ms: step }))
    .execute();
}
