import type { Kysely } from 'kysely';
import {
  balanceMinor,
  boundMinor,
  burnedMinor,
  eventOf,
  NOTHING_PAID,
  stateOf,
} from '../../../shared/domains/balances/balance-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { InsertMany } from '../../platform/store/insert-many.ts';
import type { AnyTransaction, StoreKind } from '../../platform/store/store.ts';
import { customerStandings } from '../billing/billing-public.ts';
import type { CustomerOnTerms } from './balance-terms-store.ts';
import type { BalancesTables } from './balances-tables.ts';

type Db = Kysely<BalancesTables>;
type Day = Omit<BalancesTables['balance_day'], 'day'>;

export interface Look {
  readonly kind: StoreKind;
  readonly insertMany: InsertMany;
  readonly companyId: string;
  /** The last closed day. */
  readonly day: LocalDate;
  readonly nowMs: number;
}

/**
 * Looks at the balances of some hundreds of customers by the end of a closed day, in the caller's transaction: what the day burned is written
 * down once, and an event where a balance came to another state. Looking again changes nothing. Returns the customers of whom there is
 * news.
 */
export async function lookAtBalances(
  trx: Db,
  look: Look & { readonly customers: readonly CustomerOnTerms[]; readonly burns: boolean },
): Promise<string[]> {
  const { customers, day } = look;
  if (customers.length === 0) return [];
  // First: who looks at the same customers waits here, and finds what is written now.
  const counter = await lockCounter(trx);
  const ids = customers.map(({ id }) => id);
  const ends = await dayEnds(trx, look);
  const known = new Map(
    (await trx.selectFrom('balance_state').selectAll().where('customer_id', 'in', ids).execute()).map(
      (row) => [row.customer_id, row],
    ),
  );
  if (look.burns) await burn(trx, look, ends);
  const counts = await eventCounts(trx, ids);
  const states: BalancesTables['balance_state'][] = [];
  const events: BalancesTables['balance_event'][] = [];
  for (const customer of customers) {
    const balance = BigInt(ends.get(customer.id)?.balance_minor ?? 0);
    const before = known.get(customer.id);
    const was = before?.state ?? 'ok';
    const now = stateOf(balance, customer);
    const told = eventOf(was, now);
    states.push({
      customer_id: customer.id,
      mode: customer.mode,
      state: now,
      balance_minor: Number(balance),
      currency: customer.currency,
      since: was === now ? (before?.since ?? day) : day,
    });
    if (told === null) continue;
    events.push({
      seq: counter + events.length + 1,
      customer_id: customer.id,
      event_no: (counts.get(customer.id) ?? 0) + 1,
      kind: told,
      was,
      on_day: day,
      currency: customer.currency,
      balance_minor: Number(balance),
      bound_minor: Number(boundMinor(told === 'recovered' ? was : now, customer)),
      noticed_at_ms: look.nowMs,
    });
  }
  await writeStates(trx, look, { ids, states, events, counter });
  return events.map((event) => event.customer_id);
}

async function lockCounter(trx: Db): Promise<number> {
  const row = await trx
    .updateTable('balance_counter')
    .set((of) => ({ last_seq: of.ref('last_seq') }))
    .where('name', '=', 'event')
    .returning('last_seq')
    .executeTakeFirstOrThrow();
  return Number(row.last_seq);
}

/** What each has paid and has left, in its own currency. */
async function dayEnds(
  trx: Db,
  look: Look & { readonly customers: readonly CustomerOnTerms[] },
): Promise<Map<string, Day>> {
  const currencies = new Map(look.customers.map(({ id, currency }) => [id, currency]));
  const standings = await customerStandings(trx, look);
  const own = standings.filter(({ customerId, currency }) => currencies.get(customerId) === currency);
  return new Map(
    own.map((of) => [
      of.customerId,
      {
        customer_id: of.customerId,
        currency: of.currency,
        paid_minor: Number(of.paidMinor),
        burned_minor: 0,
        balance_minor: Number(balanceMinor(of)),
      },
    ]),
  );
}

/** Writes what the day burned of what the prepaid ones had, once: a day that is there stays as it is. */
async function burn(
  trx: Db,
  look: Look & { readonly customers: readonly CustomerOnTerms[] },
  ends: ReadonlyMap<string, Day>,
): Promise<void> {
  const { day } = look;
  const prepaid = look.customers.filter(({ mode }) => mode === 'prepaid').map(({ id }) => id);
  if (prepaid.length === 0) return;
  const last = trx
    .selectFrom('balance_day as earlier')
    .select((of) => [of.ref('earlier.customer_id').as('customer_id'), of.fn.max('earlier.day').as('day')])
    .where('earlier.customer_id', 'in', prepaid)
    .where('earlier.day', '<', day)
    .groupBy('earlier.customer_id');
  const befores = await trx
    .selectFrom('balance_day')
    .innerJoin(last.as('last'), (on) =>
      on.onRef('last.customer_id', '=', 'balance_day.customer_id').onRef('last.day', '=', 'balance_day.day'),
    )
    .select(['balance_day.customer_id', 'paid_minor', 'balance_minor'])
    .execute();
  const before = new Map(befores.map((row) => [row.customer_id, endOf(row)]));
  const rows = prepaid.flatMap((id) => {
    const end = ends.get(id);
    if (end === undefined) return [];
    const burned = burnedMinor(before.get(id) ?? NOTHING_PAID, endOf(end));
    return [{ ...end, day, burned_minor: Number(burned) }];
  });
  await look.insertMany(trx as unknown as AnyTransaction, 'balance_day', rows, { onConflict: 'ignore' });
}

function endOf(row: Pick<Day, 'paid_minor' | 'balance_minor'>): { paidMinor: bigint; balanceMinor: bigint } {
  return { paidMinor: BigInt(row.paid_minor), balanceMinor: BigInt(row.balance_minor) };
}

async function eventCounts(trx: Db, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await trx
    .selectFrom('balance_event')
    .select(['customer_id', (of) => of.fn.max('event_no').as('event_no')])
    .where('customer_id', 'in', ids)
    .groupBy('customer_id')
    .execute();
  return new Map(rows.map((row) => [row.customer_id, Number(row.event_no)]));
}

async function writeStates(
  trx: Db,
  look: Look,
  made: {
    readonly ids: readonly string[];
    readonly states: readonly BalancesTables['balance_state'][];
    readonly events: readonly BalancesTables['balance_event'][];
    readonly counter: number;
  },
): Promise<void> {
  const within = trx as unknown as AnyTransaction;
  await trx.deleteFrom('balance_state').where('customer_id', 'in', made.ids).execute();
  await look.insertMany(within, 'balance_state', made.states);
  if (made.events.length === 0) return;
  await look.insertMany(within, 'balance_event', made.events);
  await trx
    .updateTable('balance_counter')
    .set({ last_seq: made.counter + made.events.length })
    .where('name', '=', 'event')
    .execute();
}
