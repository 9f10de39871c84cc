import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { BulkSelect } from '../../../shared/domains/bulk/bulk-contract.ts';
import { textList } from '../../platform/store/update-many.ts';
import { vmsMatching } from '../fleet/fleet-public.ts';
import type { BulkActionDefinition, BulkTrx, StoredWhat, Verdict } from './bulk-action.ts';
import type { BulkParts } from './bulk-parts.ts';

/** VMs by query, those ticked by hand, or those another bulk action has done. */
export type Chosen = BulkSelect | { readonly undoOf: string };

/** The set as the store sees it now: `(select …)` of one row per VM, `verdict` −1 or the index of the reason it is not acted on. */
export interface ChosenSet {
  readonly rows: RawBuilder<unknown>;
  readonly verdicts: readonly Verdict[];
}

/** What would be done to whom, evaluated by the store alone; no VM comes here. */
export async function chosenSet(
  parts: BulkParts,
  db: BulkTrx,
  of: { definition: BulkActionDefinition; what: StoredWhat; chosen: Chosen; nowMs: number },
): Promise<ChosenSet> {
  const { definition, what, chosen, nowMs } = of;
  const verdicts = await definition.verdicts(what, { db, parts, nowMs });
  const query = 'undoOf' in chosen || chosen.vmIds !== undefined ? '' : chosen.query;
  let found = vmsMatching(db as unknown as Parameters<typeof vmsMatching>[0], query, nowMs);
  const among = amongOf(parts, chosen);
  if (among !== undefined) found = found.where(among);
  const isStale = staleHost(nowMs, parts.staleAfterMs);
  const rows = found.select([
    'vm.id as id',
    'vm.uuid as uuid',
    'vm.name as name',
    'vm.host_id as host_id',
    'host.name as host_name',
    'vm.customer_id as customer_id',
    sql<string>`coalesce(${sql.ref<string>('customer.name')}, '')`.as('customer_name'),
    'vm.state as state',
    sql<number>`case when ${isStale} then 1 else 0 end`.as('stale'),
    verdictOf(verdicts).as('verdict'),
  ]);
  return { rows: sql`${rows}`, verdicts };
}

function amongOf(parts: BulkParts, chosen: Chosen): RawBuilder<SqlBool> | undefined {
  if ('undoOf' in chosen) {
    return sql`vm.id in (select bulk_item.vm_id from bulk_item where bulk_item.bulk_id = ${chosen.undoOf} and bulk_item.state = 'done')`;
  }
  if (chosen.vmIds === undefined) return undefined;
  return sql`vm.id in ${textList(parts.store.kind, chosen.vmIds)}`;
}

/** Of a query that has `host`: it was not heard lately, so that nothing can be delivered there. */
export function staleHost(nowMs: number, staleAfterMs: number): RawBuilder<SqlBool> {
  return sql`not (host.state in ('connected', 'slow') and coalesce(host.seen_at_ms, host.state_since_at_ms) >= ${nowMs - staleAfterMs})`;
}

function verdictOf(verdicts: readonly Verdict[]): RawBuilder<number> {
  if (verdicts.length === 0) return sql<number>`-1`;
  const cases = verdicts.map(({ when }, index) => sql`when ${when} then ${sql.lit(index)}`);
  return sql<number>`case ${sql.join(cases, sql` `)} else -1 end`;
}
