import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { BulkPreview } from '../../../shared/domains/bulk/bulk-contract.ts';
import { vmState } from '../../../shared/domains/fleet/vm-contract.ts';
import type { BulkTrx } from './bulk-action.ts';
import type { ChosenSet } from './bulk-set.ts';

const TOP = 5;
const EXAMPLES = 20;

interface Line {
  part: 'verdict' | 'state' | 'host' | 'customer' | 'hosts' | 'customers' | 'example' | 'ids';
  key: string;
  label: string;
  more: string;
  n: number;
}

/**
 * Counts, reasons and the digest of a set in one statement, so that all of them are of one moment. Beside the preview the ids that
 * the digest is of, in order and separated by commas.
 */
export async function previewOf(
  db: BulkTrx,
  set: ChosenSet,
  nowMs: number,
  isSqlite: boolean,
): Promise<{ preview: BulkPreview; ids: string }> {
  const listed = isSqlite ? sql`group_concat(one.id, ',')` : sql`string_agg(one.id, ',' order by one.id)`;
  const { rows } = await sql<Line>`
    with chosen as ${set.rows}
    select 'verdict' as part, cast(verdict as text) as key, '' as label, '' as more, count(*) as n from chosen group by verdict
    union all select 'state', state, cast(stale as text), '', count(*) from chosen group by state, stale
    union all select * from (select 'host', host_id, host_name, '', count(*) as n from chosen where verdict = -1
      group by host_id, host_name order by n desc, host_name limit ${TOP}) as by_host
    union all select * from (select 'customer', coalesce(customer_id, ''), customer_name, '', count(*) as n from chosen
      where verdict = -1 group by customer_id, customer_name
      order by case when customer_id is null then 0 else 1 end, n desc, customer_name limit ${TOP + 1}) as by_customer
    union all select 'hosts', '', '', '', count(distinct host_id) from chosen where verdict = -1
    union all select 'customers', '', '', '', count(distinct customer_id) from chosen where verdict = -1
    union all select 'example', id, name, host_name, verdict from (select id, name, host_name, verdict,
      row_number() over (partition by verdict order by name, id) as place from chosen where verdict >= 0) as reasons
      where place <= ${EXAMPLES}
    union all select 'ids', '', coalesce(${listed}, ''), '', 0 from (select id from chosen where verdict = -1 order by id) as one
  `.execute(db);
  const lines = rows.map((row) => ({ ...row, n: Number(row.n) }));
  return {
    preview: toPreview(lines, set, nowMs),
    ids: lines.find((line) => line.part === 'ids')?.label ?? '',
  };
}

/** Of the ids of a set, in order and separated by commas. */
export function digestOf(ids: string): string {
  return createHash('sha256').update(ids).digest('base64url');
}

/** The most, and nobody's, in their order. */
function topOf(customers: BulkPreview['byCustomer']): BulkPreview['byCustomer'] {
  const named = customers.filter(({ id }) => id !== null).slice(0, TOP);
  const nobody = customers.filter(({ id }) => id === null);
  return [...named, ...nobody].toSorted((a, b) => b.count - a.count);
}

function toPreview(lines: readonly Line[], { verdicts }: ChosenSet, nowMs: number): BulkPreview {
  const of = (part: Line['part']): Line[] => lines.filter((line) => line.part === part);
  const counted = new Map(of('verdict').map((line) => [Number(line.key), line.n]));
  const reasons = verdicts
    .map(({ kind, code, why, wayOut }, index) => ({
      kind,
      code,
      why,
      wayOut,
      count: counted.get(index) ?? 0,
      examples: of('example')
        .filter((line) => line.n === index)
        .map((line) => ({ vmId: line.key, name: line.label, host: line.more })),
    }))
    .filter((reason) => reason.count > 0)
    .toSorted((a, b) => b.count - a.count);
  const sum = (kind: 'skipped' | 'refused'): number =>
    reasons.filter((reason) => reason.kind === kind).reduce((all, { count }) => all + count, 0);
  const named = (line: Line) => ({ id: line.key === '' ? null : line.key, name: line.label, count: line.n });
  return {
    total: [...counted.values()].reduce((all, count) => all + count, 0),
    will: counted.get(-1) ?? 0,
    skipped: sum('skipped'),
    refused: sum('refused'),
    digest: digestOf(of('ids')[0]?.label ?? ''),
    checkedAt: new Date(nowMs).toISOString(),
    hosts: of('hosts')[0]?.n ?? 0,
    customers: of('customers')[0]?.n ?? 0,
    byHost: of('host').map(named),
    // Nobody is always among them: those that are not named all have a customer.
    byCustomer: topOf(of('customer').map(named)),
    byState: of('state')
      .map((line) => ({ state: vmState.parse(line.key), stale: line.label === '1', count: line.n }))
      .toSorted((a, b) => b.count - a.count),
    reasons,
  };
}
