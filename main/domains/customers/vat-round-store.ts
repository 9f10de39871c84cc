import { sql, type Kysely, type RawBuilder } from 'kysely';
import { EU_COUNTRIES } from '../../../shared/domains/customers/vat-id-rules.ts';
import { listQueryFilter } from '../../platform/paging/list-query-filter.ts';
import { customerListFields } from './customer-list-fields.ts';
import type { CustomersTables } from './customers-tables.ts';

type Db = Kysely<CustomersTables>;

export interface RoundScope {
  readonly query: string;
  /** A verdict of then or later is new enough. */
  readonly answeredSinceMs: number;
}

const verdict = (more: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`exists (
  select 1 from vat_check where vat_check.vat_id = customer.vat_id and result <> 'unknown' ${more})`;

const isKnown = sql<boolean>`(vat_id <> '' and country in (${sql.join(EU_COUNTRIES)}))`;

function isToAsk({ answeredSinceMs }: RoundScope): RawBuilder<boolean> {
  return sql<boolean>`(${isKnown} and not ${verdict(sql`and checked_at_ms >= ${answeredSinceMs}`)})`;
}

function inScope(scope: RoundScope): RawBuilder<unknown> {
  const filter = listQueryFilter(scope.query, customerListFields);
  return filter === undefined ? sql`active = 1` : sql`active = 1 and ${filter}`;
}

/** Of the customers of a query: VAT ids to ask about, and customers who are left out. */
export async function roundCounts(
  db: Db,
  scope: RoundScope,
): Promise<Record<'toAsk' | 'neverAnswered' | 'answeredLately' | 'withoutVatId' | 'outsideEu', number>> {
  const ids = (is: RawBuilder<boolean>): RawBuilder<number> =>
    sql<number>`count(distinct case when ${is} then vat_id end)`;
  const customers = (is: RawBuilder<boolean>): RawBuilder<number> =>
    sql<number>`count(case when ${is} then 1 end)`;
  const { rows } = await sql<Record<string, number>>`
    select ${ids(isToAsk(scope))} as to_ask,
      ${ids(sql<boolean>`(${isKnown} and not ${verdict(sql``)})`)} as never,
      ${customers(sql<boolean>`(${isKnown} and not ${isToAsk(scope)})`)} as lately,
      ${customers(sql<boolean>`vat_id = ''`)} as without_id,
      ${customers(sql<boolean>`(vat_id <> '' and not ${isKnown})`)} as outside
    from customer where ${inScope(scope)}`.execute(db);
  const [row] = rows;
  const count = (of: string): number => Number(row?.[of] ?? 0);
  return {
    toAsk: count('to_ask'),
    neverAnswered: count('never'),
    answeredLately: count('lately'),
    withoutVatId: count('without_id'),
    outsideEu: count('outside'),
  };
}

/** Writes the set down, in the order of the customers' numbers: no customer passes through a console. */
export async function freezeRound(db: Db, roundId: string, scope: RoundScope): Promise<void> {
  await sql`
    insert into vat_round_item (round_id, seq, customer_id, vat_id, state)
    select ${roundId}, row_number() over (order by min(number)), min(id), vat_id, 'waiting'
    from customer where ${inScope(scope)} and ${isToAsk(scope)} group by vat_id`.execute(db);
}

/** Held until the transaction ends, so that of two who begin a round, or go on with one, the second finds the first one's. */
export async function takeRoundTurn(db: Db): Promise<void> {
  // The counter that all writers of VAT ids hold.
  await db
    .updateTable('customer_counter')
    .set((of) => ({ last_seq: of.ref('last_seq') }))
    .execute();
}

/** VAT ids that a round has not come to yet, of all rounds. */
export async function waitingInRounds(db: Db): Promise<number> {
  const row = await db
    .selectFrom('vat_round_item')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('state', '=', 'waiting')
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

export interface RoundItem {
  readonly seq: number;
  readonly customerId: string;
  readonly companyId: string;
  readonly vatId: string;
  /** What the customer has by now. */
  readonly vatIdNow: string;
  readonly words: string;
}

/** The next one to ask about; undefined once there is none. */
export async function nextOfRound(db: Db, roundId: string): Promise<RoundItem | undefined> {
  const row = await db
    .selectFrom('vat_round_item')
    .innerJoin('customer', 'customer.id', 'vat_round_item.customer_id')
    .select(['seq', 'customer_id', 'vat_round_item.vat_id', 'customer.vat_id as now', 'name', 'number'])
    .select('company_id')
    .where('round_id', '=', roundId)
    .where('state', '=', 'waiting')
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
  return (
    row && {
      seq: Number(row.seq),
      customerId: row.customer_id,
      companyId: row.company_id,
      vatId: row.vat_id,
      vatIdNow: row.now,
      words: `${row.name} (${row.number})`,
    }
  );
}

type ItemState = CustomersTables['vat_round_item']['state'];

/** False where it was settled meanwhile. */
export async function settleItem(
  db: Db,
  of: { readonly roundId: string; readonly seq: number; readonly state: ItemState },
): Promise<boolean> {
  const updated = await db
    .updateTable('vat_round_item')
    .set({ state: of.state })
    .where('round_id', '=', of.roundId)
    .where('seq', '=', of.seq)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  return Number(updated.numUpdatedRows) === 1;
}

/** What was not come to is left. */
export async function leaveRound(db: Db, roundId: string): Promise<void> {
  await db
    .updateTable('vat_round_item')
    .set({ state: 'left' })
    .where('round_id', '=', roundId)
    .where('state', '=', 'waiting')
    .execute();
}

/** A round that is tried again goes on with what it had left and nobody answered since, unless another one is under way. */
export async function resumeRound(db: Db, roundId: string): Promise<void> {
  await takeRoundTurn(db);
  await sql`
    update vat_round_item set state = 'waiting' where round_id = ${roundId} and state = 'left'
      and not exists (select 1 from vat_round_item as other where other.state = 'waiting')
      and not exists (select 1 from vat_check where vat_check.vat_id = vat_round_item.vat_id
        and result <> 'unknown' and checked_at_ms >= (select started_at_ms from vat_round where id = ${roundId}))`.execute(
    db,
  );
}

/** How many of a round came to what. */
export async function roundResults(db: Db, roundId: string): Promise<Readonly<Record<ItemState, number>>> {
  const rows = await db
    .selectFrom('vat_round_item')
    .select(['state', (of) => of.fn.countAll<number>().as('count')])
    .where('round_id', '=', roundId)
    .groupBy('state')
    .execute();
  const found = new Map(rows.map(({ state, count }) => [state, Number(count)]));
  const count = (state: ItemState): number => found.get(state) ?? 0;
  return {
    waiting: count('waiting'),
    valid: count('valid'),
    invalid: count('invalid'),
    unknown: count('unknown'),
    changed: count('changed'),
    left: count('left'),
  };
}
