import { sql, type Expression } from 'kysely';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { InputOf } from '../../../shared/contract/operation.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type {
  Repricing,
  repricingContract,
  RepricingDetail,
  RepricingItem,
} from '../../../shared/domains/repricing/repricing-contract.ts';
import {
  REPRICING_ITEM_STATES,
  REPRICING_STATES,
  type REPRICING_ITEM_FIELDS,
} from '../../../shared/domains/repricing/repricing-rules.ts';
import type { Currency, MoneyWire } from '../../../shared/kernel/money.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { billingToday } from '../billing/billing-public.ts';
import { findRepricing, repricingTitle, type RepricingDb } from './repricing-store.ts';
import { countsOf, noCounts, plannedCount, type Counts } from './repricing-sums.ts';
import type { RepricingParts } from './repricing-parts.ts';
import type { ItemRecord, RepricingRecord, RepricingTables } from './repricing-tables.ts';

type Handlers = DomainHandlers<typeof repricingContract, CallContext>;

const fields: ListFields = {
  fields: {
    state: { kind: 'word', column: sql.ref<string>('state'), values: REPRICING_STATES },
    by: { kind: 'word', column: sql.ref<string>('prepared_by') },
    plan: { kind: 'text', column: sql.ref<string>('plan_name') },
  },
  bare: [sql.ref<string>('plan_name'), sql.ref<string>('query')],
};

const itemFields: ListFields<keyof typeof REPRICING_ITEM_FIELDS> = {
  fields: {
    customer: { kind: 'text', column: sql.ref<string>('customer_name') },
    number: { kind: 'text', column: sql.ref<string>('customer_number') },
    state: { kind: 'word', column: sql.ref<string>('state'), values: REPRICING_ITEM_STATES },
    code: { kind: 'word', column: sql.ref<string>('code') },
    plan: { kind: 'text', column: sql.ref<string>('plan_name') },
    vm: { kind: 'text', column: sql.ref<string>('vm_name') },
    currency: { kind: 'word', column: sql.ref<string>('currency') },
    usage: { kind: 'word', column: sql.ref<string>('usage'), values: ['none', 'same', 'other'] },
  },
  bare: [sql.ref<string>('customer_name'), sql.ref<string>('customer_number'), sql.ref<string>('vm_name')],
};

const sorts: Readonly<Record<InputOf<typeof repricingContract.repricingItems>['sort'], Expression<unknown>>> =
  {
    order: sql.ref('seq'),
    change: sql.ref('change_minor'),
    later: sql`coalesce(then_minor, -1)`,
    customer: sql`lower(customer_name)`,
    state: sql.ref('state'),
  };

/** Moves, newest first. */
export const repricingList: Handlers['repricingList'] = async (input, context) => {
  const db = context.tables<RepricingTables>();
  let query = db.selectFrom('repricing').selectAll();
  const filter = listQueryFilter(input.query, fields);
  if (filter !== undefined) query = query.where(filter);
  const page = await keysetPage({
    query,
    sortKey: sql.ref('prepared_at_ms'),
    id: sql.ref<string>('repricing.id'),
    page: input,
  });
  const counts = await countsOf(
    db,
    page.rows.map(({ id }) => id),
  );
  return done({ ...page, rows: page.rows.map((row) => wireOf(row, counts.get(row.id) ?? noCounts())) });
};

export function repricingGet(parts: RepricingParts): Handlers['repricingGet'] {
  return async ({ repricingId }, context) => {
    const db = context.tables<RepricingTables>();
    const found = await findRepricing(db, repricingId);
    if (found === undefined) return refuse('no-such-move', { repricingId });
    const counts = (await countsOf(db, [repricingId])).get(repricingId) ?? noCounts();
    const today = await billingToday(db, await parts.billing.nowMs(db));
    return done({
      ...wireOf(found, counts),
      digest: found.digest,
      ...(await totalsOf(db, repricingId)),
      reasons: await reasonsOf(db, repricingId),
      planned: await plannedCount(db, repricingId, today),
      progress: progressOf(found, counts),
    });
  };
}

/** What each pays and would pay, and what became of it. */
export const repricingItems: Handlers['repricingItems'] = async (input, context) => {
  const { repricingId } = input;
  const db = context.tables<RepricingTables>();
  if ((await findRepricing(db, repricingId)) === undefined) return refuse('no-such-move', { repricingId });
  let query = db.selectFrom('repricing_item').selectAll().where('repricing_id', '=', repricingId);
  const filter = listQueryFilter(input.query, itemFields);
  if (filter !== undefined) query = query.where(filter);
  const page = await keysetPage({
    query,
    sortKey: sorts[input.sort],
    id: sql.ref<string>('repricing_item.id'),
    page: input,
  });
  return done({ ...page, rows: page.rows.map(itemOf) });
};

function wireOf(row: RepricingRecord, counts: Counts): Repricing {
  return {
    id: row.id,
    title: repricingTitle(row),
    planId: row.plan_id,
    plan: row.plan_name,
    versionId: row.version_id === '' ? null : row.version_id,
    query: row.query,
    effect: row.effect,
    state: row.state,
    stateReason: row.state_reason,
    total: row.total,
    counts,
    preparedBy: row.prepared_by,
    preparedAt: new Date(row.prepared_at_ms).toISOString(),
    startedBy: row.started_by,
    startedAt: instantOf(row.started_at_ms),
    endedAt: instantOf(row.ended_at_ms),
    taskId: row.task_id,
  };
}

function instantOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function progressOf({ state, total }: RepricingRecord, counts: Counts): RepricingDetail['progress'] {
  if (state === 'previewing') return { done: total - counts.unseen, total };
  const moved = counts.done + counts.failed + counts.undone;
  return { done: state === 'taking-back' ? counts.undone : moved, total: moved + counts.waiting };
}

function itemOf(row: ItemRecord): RepricingItem {
  const money = (minor: number | null): MoneyWire | null =>
    minor === null ? null : { amountMinor: String(minor), currency: row.currency };
  const isKnown = row.now_minor !== null;
  return {
    id: row.id,
    subscriptionId: row.subscription_id,
    customerId: row.customer_id,
    customerNumber: row.customer_number,
    customer: row.customer_name,
    plan: row.plan_name,
    vm: row.vm_name,
    currency: row.currency,
    state: row.state,
    code: row.code,
    why: row.why,
    on: row.on_day,
    every: row.every === '' ? null : row.every,
    now: money(row.now_minor),
    later: money(row.then_minor),
    change: money(isKnown ? row.change_minor : null),
    once: money(isKnown ? row.once_minor : null),
    usage: row.usage,
    endedAt: instantOf(row.ended_at_ms),
  };
}

/** Of those that are to be moved or were; amounts in different currencies, and for different periods, are not added up. */
async function totalsOf(
  db: RepricingDb,
  id: string,
): Promise<Pick<RepricingDetail, 'totals' | 'usageOther'>> {
  const rows = await db
    .selectFrom('repricing_sum')
    .select(['currency', 'every'])
    .select(
      (['item_count', 'other_usage', 'now_minor', 'then_minor', 'change_minor', 'once_minor'] as const).map(
        (what) => sql<number>`cast(sum(${sql.ref(what)}) as bigint)`.as(`${what}_sum`),
      ),
    )
    .where('repricing_id', '=', id)
    .where('state', 'in', ['waiting', 'done'])
    .where('item_count', '<>', 0)
    .groupBy(['currency', 'every'])
    .orderBy('currency')
    .orderBy('every')
    .execute();
  const money = (minor: number, currency: Currency): MoneyWire => ({ amountMinor: String(minor), currency });
  return {
    totals: rows.map((row) => ({
      currency: row.currency,
      every: row.every === '' ? 'month' : row.every,
      subscriptions: Number(row.item_count_sum),
      now: money(row.now_minor_sum, row.currency),
      later: money(row.then_minor_sum, row.currency),
      change: money(row.change_minor_sum, row.currency),
      once: money(row.once_minor_sum, row.currency),
    })),
    usageOther: rows.reduce((sum, row) => sum + Number(row.other_usage_sum), 0),
  };
}

const REASONS_MAX = 30;

async function reasonsOf(db: RepricingDb, id: string): Promise<RepricingDetail['reasons']> {
  const rows = await db
    .selectFrom('repricing_sum')
    .select(['state', 'code', sql<number>`cast(sum(item_count) as bigint)`.as('count')])
    .select(
      // The first of them: the index finds it by the reason.
      sql<string>`(select why from repricing_item where repricing_id = ${id} and code <> ''
        and code = repricing_sum.code and state = repricing_sum.state order by seq limit 1)`.as('example'),
    )
    .where('repricing_id', '=', id)
    .where('code', '<>', '')
    .where('item_count', '<>', 0)
    .groupBy(['state', 'code'])
    .orderBy('count', 'desc')
    .orderBy('code')
    .limit(REASONS_MAX)
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}
