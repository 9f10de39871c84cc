import type { AnyTransaction } from '../../platform/store/store.ts';
import {
  judgeMoves,
  makeMoves,
  takeMovesBack,
  type FoundMove,
  type JudgedMove,
} from '../billing/billing-public.ts';
import { readTarget, type RepricingWork } from './repricing-preview.ts';
import {
  changeRepricing,
  itemsAfter,
  lockRepricing,
  REPRICING_TOPIC,
  sourceOf,
  type RepricingDb,
} from './repricing-store.ts';
import { moveSums } from './repricing-sums.ts';
import type { RepricingParts } from './repricing-parts.ts';
import type { ItemRecord, RepricingRecord, RepricingTables } from './repricing-tables.ts';

/** Short enough that a day that closes, or somebody who changes one by hand, does not wait for it to be felt. */
const PAGE = 500;
/** More changes than this are told as one: lists then read their page again. */
const TOLD_ONE_BY_ONE = 50;

/** How it is worked off: forth, or back. */
export type Way = 'moving' | 'taking-back';

/**
 * Works off what is left of a move, page by page. A page is one transaction that holds the move, then the calendars and the plan: it
 * judges each subscription anew, changes those that are as previewed, and writes what became of each. So any number of engines may work
 * on one move and each may be killed at any moment: all that was committed is whole, and a subscription is moved once.
 */
export async function workRepricing(
  parts: RepricingParts,
  work: RepricingWork & { readonly way: Way; readonly page?: number },
): Promise<void> {
  for (;;) {
    work.signal.throwIfAborted();
    const isOver = await page(parts, work);
    if (isOver) return;
    // Who else waits for this process has a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Page {
  readonly trx: RepricingDb;
  readonly of: RepricingRecord;
  readonly items: readonly ItemRecord[];
  readonly nowMs: number;
}

/** True where there is nothing to do any more. */
async function page(
  parts: RepricingParts,
  work: RepricingWork & { readonly way: Way; readonly page?: number },
): Promise<boolean> {
  const { store } = parts;
  return await store.transaction<RepricingTables, boolean>(
    async (trx) => {
      const of = await lockRepricing(trx, store.kind, work.repricingId);
      if (of?.state !== work.way || of.round !== work.round) return true;
      const nowMs = await parts.billing.nowMs(trx);
      const items = await next(trx, of, work);
      if (items.length === 0) {
        await changeRepricing(trx, of.id, { state: 'moved', state_reason: '', ended_at_ms: nowMs });
        await store.changes.note(trx, REPRICING_TOPIC, of.id);
        return true;
      }
      const changed =
        work.way === 'moving'
          ? await move(parts, { trx, of, items, nowMs })
          : await takeBack(parts, { trx, of, items, nowMs });
      await tell(parts, trx, of, changed);
      work.progress(items.at(-1)?.seq ?? 0, of.total);
      return false;
    },
    { repeatable: true },
  );
}

async function next(
  trx: RepricingDb,
  of: RepricingRecord,
  work: { readonly way: Way; readonly page?: number },
): Promise<ItemRecord[]> {
  const limit = work.page ?? PAGE;
  if (work.way === 'moving') return await itemsAfter(trx, { id: of.id, state: 'waiting', after: 0, limit });
  return await trx
    .selectFrom('repricing_item')
    .selectAll()
    .where('repricing_id', '=', of.id)
    .where('state', '=', 'done')
    // One that was refused to be taken back says so, and is not asked again.
    .where('code', '=', '')
    .orderBy('seq')
    .limit(limit)
    .execute();
}

type Ended = Pick<ItemRecord, 'id'> & Partial<ItemRecord>;

/** Writes what became of the items of a page, and what that does to their sums. */
async function writeEnded(
  { store }: RepricingParts,
  trx: RepricingDb,
  { items, ended }: { readonly items: readonly ItemRecord[]; readonly ended: readonly Ended[] },
): Promise<void> {
  await store.updateMany(trx as unknown as AnyTransaction, 'repricing_item', ended, 'id');
  await moveSums(store.insertMany, trx, { items, rows: ended });
}

type Moved = Pick<ItemRecord, 'id' | 'state' | 'code' | 'why' | 'on_day' | 'ended_at_ms'>;

/** Moves those that are as they were previewed; gives the subscriptions it changed. */
async function move(parts: RepricingParts, { trx, of, items, nowMs }: Page): Promise<string[]> {
  const target = await readTargetBehindCalendars(parts, { trx, of, items, nowMs });
  const moves: FoundMove[] = [];
  const ended = items.map((item): Moved => {
    const judged = target.get(item.subscription_id);
    const why = whyNotAsPreviewed(item, judged, of.effect);
    if (judged?.ok === true && why === null) {
      moves.push(judged);
      return { id: item.id, state: 'done', code: '', why: '', on_day: judged.on, ended_at_ms: nowMs };
    }
    const code = judged?.ok === false ? judged.code : 'changed-meanwhile';
    return { id: item.id, state: 'failed', code, why: why ?? '', on_day: item.on_day, ended_at_ms: nowMs };
  });
  await makeMoves(parts.billing, trx, { moves, nowMs });
  await writeEnded(parts, trx, { items, ended });
  return moves.map(({ row }) => row.id);
}

/** Each as it is now, behind the locks of their calendars; the plan is locked after them, as everywhere. */
async function readTargetBehindCalendars(
  parts: RepricingParts,
  { trx, of, items, nowMs }: Page,
): Promise<ReadonlyMap<string, JudgedMove>> {
  const within = trx as unknown as AnyTransaction;
  return await judgeMoves(parts.billing, within, {
    subscriptionIds: items.map((item) => item.subscription_id),
    target: async () => await readTarget(parts, of, within),
    effect: of.effect,
    nowMs,
    source: sourceOf(of),
    locked: true,
  });
}

/** What is otherwise than somebody looked at, a sentence; null where it is as previewed. */
function whyNotAsPreviewed(
  item: ItemRecord,
  judged: JudgedMove | undefined,
  effect: RepricingRecord['effect'],
): string | null {
  if (judged === undefined) return 'It is not there any more.';
  if (!judged.ok) return judged.why;
  const { versionBefore, versionAfter, nowMinor, thenMinor, onceMinor } = judged;
  const differences = [
    versionBefore === item.version_before ? '' : 'it has another price by now',
    versionAfter === item.version_after ? '' : 'another version is in force by now',
    nowMinor === amountOf(item.now_minor) ? '' : 'it pays another amount by now',
    thenMinor === amountOf(item.then_minor) && onceMinor === amountOf(item.once_minor)
      ? ''
      : 'it would pay another amount',
    // Whoever moves them now knows that it is the day they are moved on.
    effect === 'now' || judged.on === item.on_day
      ? ''
      : `it would be moved on ${judged.on} instead of ${item.on_day ?? 'no day'}`,
  ].filter(Boolean);
  if (differences.length === 0) return null;
  return `It is not as it was previewed any more: ${differences.join(', ')}.`;
}

function amountOf(minor: number | null): bigint {
  return BigInt(minor ?? 0);
}

async function takeBack(parts: RepricingParts, { trx, of, items, nowMs }: Page): Promise<string[]> {
  const answers = await takeMovesBack(parts.billing, trx, {
    subscriptionIds: items.map((item) => item.subscription_id),
    source: sourceOf(of),
    by: of.started_by,
    nowMs,
  });
  const ended = items.map(({ id, subscription_id: subscriptionId }): Ended => {
    const no = answers.get(subscriptionId);
    return no === null
      ? { id, state: 'undone', code: '', why: '', ended_at_ms: nowMs }
      : { id, state: 'done', code: no?.code ?? 'changed-since', why: no?.why ?? '', ended_at_ms: nowMs };
  });
  await writeEnded(parts, trx, { items, ended });
  return items.map((item) => item.subscription_id).filter((id) => answers.get(id) === null);
}

async function tell(
  { store }: RepricingParts,
  trx: RepricingDb,
  of: RepricingRecord,
  changed: readonly string[],
): Promise<void> {
  const keys = changed.length > TOLD_ONE_BY_ONE ? [of.id] : changed;
  if (keys.length > 0) await store.changes.note(trx as unknown as AnyTransaction, 'subscription', keys);
  await store.changes.note(trx as unknown as AnyTransaction, REPRICING_TOPIC, of.id);
}
