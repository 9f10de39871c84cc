import { sql, type Expression, type Kysely } from 'kysely';
import type { InputOf, OutputOf } from '../../../shared/contract/operation.ts';
import { MOVE_CAUSES, MOVE_STATES } from '../../../shared/domains/moves/move-rules.ts';
import type { movesContract } from '../../../shared/domains/moves/moves-contract.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { moveRowOf } from './move-store.ts';
import type { MovesTables } from './moves-tables.ts';

type Operation = typeof movesContract.moveList;

const fields: ListFields = {
  fields: {
    state: { kind: 'word', column: sql.ref('vm_move.state'), values: MOVE_STATES },
    cause: { kind: 'word', column: sql.ref('vm_move.cause'), values: MOVE_CAUSES },
    vm: { kind: 'text', column: sql.ref('vm_move.vm_name') },
    vmid: { kind: 'word', column: sql.ref('vm_move.vm_id') },
    from: { kind: 'text', column: sql.ref('vm_move.from_name') },
    to: { kind: 'text', column: sql.ref('vm_move.to_name') },
    asked: { kind: 'instant', column: sql.ref('vm_move.asked_at_ms') },
  },
  bare: [sql.ref('vm_move.vm_name'), sql.ref('vm_move.from_name'), sql.ref('vm_move.to_name')],
};

const sortKeys: Readonly<Record<InputOf<Operation>['sort'], Expression<unknown>>> = {
  asked: sql.ref('vm_move.asked_at_ms'),
  vm: sql.ref('vm_move.vm_name'),
  state: sql.ref('vm_move.state'),
};

export async function moveList(
  db: Kysely<MovesTables>,
  input: InputOf<Operation>,
): Promise<OutputOf<Operation>> {
  const filter = listQueryFilter(input.query, fields);
  let query = db.selectFrom('vm_move').selectAll('vm_move');
  if (filter !== undefined) query = query.where(filter);
  const page = await keysetPage({
    query,
    sortKey: sortKeys[input.sort],
    id: sql.ref<string>('vm_move.id'),
    page: input,
  });
  return { ...page, rows: page.rows.map(moveRowOf) };
}
