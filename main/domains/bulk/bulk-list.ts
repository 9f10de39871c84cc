import { sql, type Expression } from 'kysely';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { InputOf } from '../../../shared/contract/operation.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { bulkContract } from '../../../shared/domains/bulk/bulk-contract.ts';
import {
  BULK_ITEM_STATES,
  BULK_STATES,
  STORED_BULK_ACTIONS,
} from '../../../shared/domains/bulk/bulk-rules.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import type { BulkDb } from './bulk-action.ts';
import { toBulkRow } from './bulk-row.ts';
import { findBulk } from './bulk-store.ts';

type Handlers = DomainHandlers<typeof bulkContract, CallContext>;

const bulkFields: ListFields = {
  fields: {
    state: { kind: 'word', column: sql.ref<string>('bulk_action.state'), values: BULK_STATES },
    action: { kind: 'word', column: sql.ref<string>('bulk_action.action'), values: STORED_BULK_ACTIONS },
    by: { kind: 'word', column: sql.ref<string>('bulk_action.started_by') },
    started: { kind: 'instant', column: sql.ref<number>('bulk_action.started_at_ms') },
  },
  bare: [sql.ref<string>('bulk_action.query'), sql.ref<string>('bulk_action.action')],
};

const itemFields: ListFields = {
  fields: {
    state: { kind: 'word', column: sql.ref<string>('bulk_item.state'), values: BULK_ITEM_STATES },
    host: { kind: 'word', column: sql.ref<string>('host.name') },
    name: { kind: 'text', column: sql.ref<string>('bulk_item.name') },
    code: { kind: 'word', column: sql.ref<string>('bulk_item.code') },
  },
  bare: [
    sql.ref<string>('bulk_item.name'),
    sql.ref<string>('host.name'),
    sql.ref<string>('bulk_item.reason'),
  ],
};

const itemSorts: Readonly<Record<InputOf<typeof bulkContract.bulkItems>['sort'], Expression<unknown>>> = {
  order: sql.ref('bulk_item.seq'),
  name: sql.ref('bulk_item.name'),
  state: sql.ref('bulk_item.state'),
  host: sql.ref('host.name'),
};

/** Bulk actions, newest first. */
export const bulkList: Handlers['bulkList'] = async (input, context) => {
  let query = context.tables<BulkDb>().selectFrom('bulk_action').selectAll('bulk_action');
  const filter = listQueryFilter(input.query, bulkFields);
  if (filter) query = query.where(filter);
  const page = await keysetPage({
    query,
    sortKey: sql.ref('bulk_action.started_at_ms'),
    id: sql.ref<string>('bulk_action.id'),
    page: input,
  });
  return done({ ...page, rows: page.rows.map(toBulkRow) });
};

/** What became of each VM. */
export const bulkItems: Handlers['bulkItems'] = async (input, context) => {
  const { bulkId } = input;
  const db = context.tables<BulkDb>();
  if ((await findBulk(context.tables<BulkDb>(), bulkId)) === undefined)
    return refuse('no-such-bulk', { bulkId });
  let query = db
    .selectFrom('bulk_item')
    .innerJoin('host', 'host.id', 'bulk_item.host_id')
    // A join, not a condition alone: the rows of a page are read again by their VMs, which other bulk actions have, too.
    .innerJoin('bulk_action', (join) =>
      join.onRef('bulk_action.id', '=', 'bulk_item.bulk_id').on('bulk_action.id', '=', bulkId),
    )
    .selectAll('bulk_item')
    .select('host.name as host_name')
    .where('bulk_item.bulk_id', '=', bulkId);
  const filter = listQueryFilter(input.query, itemFields);
  if (filter) query = query.where(filter);
  const page = await keysetPage({
    query,
    sortKey: itemSorts[input.sort],
    id: sql.ref<string>('bulk_item.vm_id'),
    page: input,
  });
  return done({
    ...page,
    rows: page.rows.map((row) => ({
      id: row.vm_id,
      vmId: row.vm_id,
      name: row.name,
      host: row.host_name,
      state: row.state,
      code: row.code,
      reason: row.reason,
      attempts: row.attempts,
      endedAt: row.ended_at_ms === null ? null : new Date(row.ended_at_ms).toISOString(),
    })),
  });
};

export const bulkGet: Handlers['bulkGet'] = async ({ bulkId }, context) => {
  const db = context.tables<BulkDb>();
  const bulk = await findBulk(db, bulkId);
  if (bulk === undefined) return refuse('no-such-bulk', { bulkId });
  const undoneBy = await db
    .selectFrom('bulk_action')
    .select('id')
    .where('undo_of', '=', bulkId)
    .orderBy('started_at_ms')
    .execute();
  return done({
    ...toBulkRow(bulk),
    what: JSON.parse(bulk.what) as Record<string, unknown>,
    pace: {
      perHost: bulk.per_host,
      perCluster: bulk.per_cluster,
      atOnce: bulk.at_once,
      stopAfterFailures: bulk.stop_after_failures,
    },
    undoneBy: undoneBy.map(({ id }) => id),
  });
};
