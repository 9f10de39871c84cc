import type { OutputOf, InputOf } from '../../../shared/contract/operation.ts';
import type { systemContract } from '../../../shared/domains/system/system-contract.ts';
import { parseListQuery, termsOf } from '../../../shared/kernel/list-query.ts';
import { InputRejected } from '../../platform/calls/input-rejected.ts';
import type { AuditRow } from '../../platform/store/audit-log.ts';
import type { Store } from '../../platform/store/store.ts';

type Page = OutputOf<typeof systemContract.auditList>;

/** One page of the audit log, newest first; the query knows `by:` and `operation:`. */
export async function auditPage(
  store: Store,
  input: InputOf<typeof systemContract.auditList>,
): Promise<Page> {
  const filter = filterOf(input.query);
  const before = input.cursor === undefined ? {} : { beforeSeq: Number(input.cursor) };
  const rows = await store.audit.list({ ...filter, ...before, limit: input.limit + 1 });
  const shown = rows.slice(0, input.limit);
  const last = shown.at(-1);
  // What a call that had only begun was about is known by the row of its end.
  const ended = new Map(rows.filter(({ phase }) => phase === 'ended').map((row) => [row.operationId, row]));
  const [newest] = input.cursor === undefined ? rows : await store.audit.list({ limit: 1 });
  return {
    rows: shown.map((row) => toRow(row, ended.get(row.operationId))),
    // Sequence numbers have no gaps, so the newest one counts the whole log.
    total: input.query === '' ? (newest?.seq ?? 0) : shown.length,
    nextCursor: rows.length > input.limit && last ? String(last.seq) : null,
  };
}

/** The log is read from its end, so it is only asked for one person and one operation at a time. */
function filterOf(text: string): { actor?: string; operation?: string } {
  const query = parseListQuery(text);
  if (!query.ok) throw rejected(query.at, query.detail);
  const filter: { actor?: string; operation?: string } = {};
  const { root } = query;
  for (const node of root?.kind === 'and' ? root.nodes : root === null ? [] : [root]) {
    if (node.kind !== 'term')
      throw rejected(
        [...termsOf(node)][0]?.at ?? 0,
        'the log is asked with by: and operation: alone, without OR and NOT',
      );
    const name = node.field === 'by' ? 'actor' : node.field === null ? 'operation' : node.field;
    if (name !== 'actor' && name !== 'operation')
      throw rejected(node.at, `there is no field ${node.field} here; the fields are by, operation`);
    if (node.op !== ':' && node.op !== '=')
      throw rejected(node.at, `${node.field} has no order: use ${node.field}:…`);
    if (filter[name] !== undefined)
      throw rejected(node.at, `${node.field ?? 'an operation'} is asked for twice`);
    filter[name] = node.value;
  }
  return filter;
}

function rejected(at: number, detail: string): InputRejected {
  return new InputRejected('query', `At character ${at + 1}: ${detail}.`);
}

type Result = { subject?: string; value?: { code?: string } } | undefined;

function toRow(row: AuditRow, ended: AuditRow | undefined): Page['rows'][number] {
  const result = row.result as Result;
  return {
    seq: row.seq,
    hash: row.hash,
    at: new Date(row.atMs).toISOString(),
    actor: row.actor,
    operation: row.operation,
    phase: row.phase,
    result:
      row.outcome === 'refusal'
        ? (result?.value?.code ?? 'refused')
        : row.outcome === 'error'
          ? 'failed'
          : row.outcome === undefined
            ? 'begun'
            : 'done',
    input: JSON.stringify(row.input),
    subject: result?.subject ?? (ended?.result as Result)?.subject ?? '',
  };
}
