import { sql, type Expression, type Kysely } from 'kysely';
import type { InputOf, OutputOf } from '../../../shared/contract/operation.ts';
import {
  PAYMENT_STATES,
  type paymentsContract,
  type PaymentRow,
} from '../../../shared/domains/payments/payments-contract.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { forNoKeyUpdate } from '../../platform/store/for-update.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import { advancedMinor } from '../billing/billing-public.ts';
import { refundedMinor } from './refund-store.ts';
import type { PaymentsTables, PaymentTable } from './payments-tables.ts';

type Db = Kysely<PaymentsTables>;
type List = typeof paymentsContract.paymentList;

const allocatedMinor = sql<number>`coalesce((
  select cast(sum(amount_minor) as bigint) from payment_allocation where payment_id = payment.id), 0)`;
const isReversed = sql<boolean>`exists (select 1 from payment_reversal where payment_id = payment.id)`;
/** What credit notes freed of what stood on invoices. */
const releasedMinor = sql<number>`coalesce((
  select cast(sum(amount_minor) as bigint) from payment_release where payment_id = payment.id), 0)`;
/** What advance invoices document of it stands on them, until invoices settle it. */
const boundMinor = sql<number>`(${allocatedMinor} + ${advancedMinor} - ${releasedMinor} + ${refundedMinor})`;
const unallocatedMinor = sql<number>`case when ${isReversed} then 0 else payment.amount_minor - ${boundMinor} end`;
const state = sql<PaymentRow['state']>`case when ${isReversed} then 'reversed'
  when payment.amount_minor > ${boundMinor} then 'unallocated' else 'allocated' end`;

const fields: ListFields = {
  fields: {
    customer: { kind: 'text', column: sql.ref('customer_name') },
    customerid: { kind: 'word', column: sql.ref('customer_id') },
    reference: { kind: 'text', column: sql.ref('reference') },
    currency: { kind: 'word', column: sql.ref('currency') },
    received: { kind: 'text', column: sql.ref('received_on') },
    state: { kind: 'word', column: state, values: PAYMENT_STATES },
  },
  bare: [sql.ref('reference'), sql.ref('customer_name')],
};

const sortKeys: Readonly<Record<InputOf<List>['sort'], Expression<unknown>>> = {
  received: sql.ref('received_on'),
  customer: sql`lower(customer_name)`,
  amount: sql.ref('amount_minor'),
};

export type PaymentAsItStands = PaymentTable & { unallocated_minor: number; state: PaymentRow['state'] };

// eslint-disable-next-line @typescript-eslint/explicit-function-return-type -- the builder's type is the query itself
function standing(db: Db) {
  return db
    .selectFrom('payment')
    .selectAll('payment')
    .select([unallocatedMinor.as('unallocated_minor'), state.as('state')]);
}

export async function paymentList(db: Db, input: InputOf<List>): Promise<OutputOf<List>> {
  const filter = listQueryFilter(input.query, fields);
  const all = standing(db);
  const page = await keysetPage({
    query: filter === undefined ? all : all.where(filter),
    sortKey: sortKeys[input.sort],
    id: sql.ref<string>('payment.id'),
    page: input,
  });
  return { ...page, rows: page.rows.map(paymentRowOf) };
}

/** As it stands; undefined for an unknown id. */
export async function paymentById(db: Db, id: string): Promise<PaymentAsItStands | undefined> {
  return await standing(db).where('payment.id', '=', id).executeTakeFirst();
}

/** The same, locked until the transaction ends: what is left of it stays so. */
export async function paymentLocked(
  db: Db,
  kind: StoreKind,
  id: string,
): Promise<PaymentAsItStands | undefined> {
  const chosen = db.selectFrom('payment').select('id').where('id', '=', id);
  await forNoKeyUpdate(chosen, kind).execute();
  return await paymentById(db, id);
}

export interface Allocation {
  readonly allocation_no: number;
  readonly invoice_id: string;
  readonly amount_minor: number;
  readonly booked_on: string;
  readonly entry_id: string;
}

/** What of a payment was put on which invoice, in order. */
export async function allocationsOf(db: Db, paymentId: string): Promise<Allocation[]> {
  return await db
    .selectFrom('payment_allocation')
    .select(['allocation_no', 'invoice_id', 'amount_minor', 'booked_on', 'entry_id'])
    .where('payment_id', '=', paymentId)
    .orderBy('allocation_no')
    .execute();
}

export function paymentRowOf(row: PaymentAsItStands): PaymentRow {
  const { currency } = row;
  return {
    id: row.id,
    customerId: row.customer_id,
    customer: row.customer_name,
    receivedOn: row.received_on,
    reference: row.reference,
    amount: { amountMinor: String(row.amount_minor), currency },
    unallocated: { amountMinor: String(row.unallocated_minor), currency },
    state: row.state,
  };
}
