import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import { sentenceOf } from '../../../shared/contract/outcome.ts';
import { repricingContract } from '../../../shared/domains/repricing/repricing-contract.ts';
import {
  judgeMoves,
  moveTarget,
  SoldPlans,
  type JudgedMove,
  type MoveTarget,
} from '../billing/billing-public.ts';
import {
  changeRepricing,
  digestOf,
  findRepricing,
  itemsAfter,
  lockRepricing,
  REPRICING_TOPIC,
  sourceOf,
} from './repricing-store.ts';
import { moveSums } from './repricing-sums.ts';
import type { RepricingParts } from './repricing-parts.ts';
import type { ItemRecord, RepricingRecord, RepricingTables } from './repricing-tables.ts';

/** Subscriptions of one page: their histories are what it holds in memory. */
const PAGE = 1_000;

export interface RepricingWork {
  readonly repricingId: string;
  readonly round: number;
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
}

/**
 * Works out what each of the frozen set pays and would pay, page by page. What is read is read by page and amounts are worked out in
 * memory; each page is written in a transaction that says how far it is, so whoever goes on after a kill, or works beside another one,
 * writes the same.
 */
export async function previewRepricing(parts: RepricingParts, work: RepricingWork): Promise<void> {
  const { store } = parts;
  const db = store.tables<RepricingTables>();
  const plans = new SoldPlans(db as never);
  for (;;) {
    work.signal.throwIfAborted();
    const seen = await findRepricing(db, work.repricingId);
    if (seen?.state !== 'previewing' || seen.round !== work.round) return;
    const items = await itemsAfter(db, {
      id: seen.id,
      state: 'unseen',
      after: seen.previewed_until,
      limit: PAGE,
    });
    if (items.length === 0) {
      if (await end(parts, work)) return;
      continue;
    }
    const judged = await judgeMoves(parts.billing, db, {
      subscriptionIds: items.map((item) => item.subscription_id),
      target: async () => await readTarget(parts, seen),
      effect: seen.effect,
      nowMs: await parts.billing.nowMs(db),
      source: sourceOf(seen),
      plans,
    });
    await write(parts, seen, { items, rows: previewed(items, judged) });
    work.progress(items.at(-1)?.seq ?? 0, seen.total);
    // Who else waits for this process has a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What it moves to, as it is now. Throws why it can move nobody any more. */
export async function readTarget(
  { store }: RepricingParts,
  of: RepricingRecord,
  locked?: AnyTransaction,
): Promise<MoveTarget> {
  const asked = { planId: of.plan_id, versionId: of.version_id };
  const target =
    locked === undefined
      ? await moveTarget(store.tables(), asked)
      : await moveTarget(locked, { ...asked, locked: true });
  if (target.ok) return target.value;
  const sentence = sentenceOf(repricingContract.repricingCreate.refusals[target.code], target.facts);
  throw new OperatingFailure({ code: target.code, sentence });
}

type Previewed = Pick<ItemRecord, 'id'> & Partial<ItemRecord>;

/** All rows have the same columns. */
function previewed(
  items: readonly ItemRecord[],
  judged: ReadonlyMap<string, JudgedMove>,
): readonly Previewed[] {
  return items.map(({ id, subscription_id: subscriptionId }) => {
    const move = judged.get(subscriptionId);
    if (move?.ok === true)
      return {
        id,
        state: 'waiting',
        code: '',
        why: '',
        on_day: move.on,
        version_before: move.versionBefore,
        version_after: move.versionAfter,
        every: move.every,
        now_minor: Number(move.nowMinor),
        then_minor: Number(move.thenMinor),
        change_minor: Number(move.thenMinor - move.nowMinor),
        once_minor: Number(move.onceMinor),
        usage: move.usage,
        ended_at_ms: null,
      };
    const isSo = move?.code === 'so-already' || move?.code === 'planned-already';
    return {
      id,
      state: isSo ? 'skipped' : 'refused',
      code: move?.code ?? 'no-such-subscription',
      why: move?.why ?? '',
      on_day: null,
      version_before: '',
      version_after: '',
      every: '',
      now_minor: null,
      then_minor: null,
      change_minor: 0,
      once_minor: 0,
      usage: 'none',
      ended_at_ms: null,
    };
  });
}

/** Writes a page, unless another one has done so meanwhile. */
async function write(
  { store }: RepricingParts,
  seen: RepricingRecord,
  { items, rows }: { readonly items: readonly ItemRecord[]; readonly rows: readonly Previewed[] },
): Promise<void> {
  await store.transaction<RepricingTables, void>(
    async (trx) => {
      const now = await lockRepricing(trx, store.kind, seen.id);
      const isNext =
        now?.state === 'previewing' &&
        now.round === seen.round &&
        now.previewed_until === seen.previewed_until;
      if (!isNext) return;
      await store.updateMany(trx as unknown as AnyTransaction, 'repricing_item', rows, 'id');
      // Items are as they were read: who changes any says so in the move.
      await moveSums(store.insertMany, trx, { items, rows });
      const last = rows.at(-1)?.id ?? '';
      await changeRepricing(trx, seen.id, { previewed_until: Number(last.slice(last.lastIndexOf('.') + 1)) });
      await store.changes.note(trx, REPRICING_TOPIC, seen.id);
    },
    { repeatable: true },
  );
}

/** The preview is there; false where some of it is not. */
async function end({ store }: RepricingParts, { repricingId, round }: RepricingWork): Promise<boolean> {
  return await store.transaction<RepricingTables, boolean>(
    async (trx) => {
      const now = await lockRepricing(trx, store.kind, repricingId);
      if (now?.state !== 'previewing' || now.round !== round) return true;
      const after = now.previewed_until;
      const left = await itemsAfter(trx, { id: repricingId, state: 'unseen', after, limit: 1 });
      if (left.length > 0) return false;
      const digest = await digestOf(trx, repricingId);
      await changeRepricing(trx, repricingId, { state: 'ready', state_reason: '', digest });
      await store.changes.note(trx, REPRICING_TOPIC, repricingId);
      return true;
    },
    { repeatable: true },
  );
}
