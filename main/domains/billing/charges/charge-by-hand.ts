import { sql, type Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { ChargedParts } from '../../../../shared/domains/billing/charged-parts.ts';
import { isLongPast } from '../../../../shared/domains/billing/long-past-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { addDays, dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { CURRENCIES, money, moneyToDecimalText, type Currency } from '../../../../shared/kernel/money.ts';
import { multiply, ratioFrom, ratioText } from '../../../../shared/kernel/ratio.ts';
import { roundRatio } from '../../../../shared/kernel/rounding.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { keysetPage } from '../../../platform/paging/keyset-page.ts';
import { customerFactsLocked, type CustomerFacts } from '../../customers/customers-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, ChargeTable, SubscriptionTable } from '../billing-tables.ts';
import { suppliesOf } from '../../catalog/catalog-public.ts';
import { byHandReason, deskCharge, deskLine } from './charge-desk-line.ts';
import { closedBooks } from '../companies/company-books.ts';
import {
  calendarOfCustomer,
  ensureCalendar,
  lockCalendar,
  theCompany,
  type CompanyRow,
} from '../companies/company-store.ts';
import { insertDeferrals } from '../ledger/deferral-store.ts';
import { post } from '../ledger/ledger-store.ts';
import { subscriptionById } from '../subscriptions/subscription-store.ts';

type Operation = typeof billingContract.chargeByHand;
type Db = Kysely<BillingTables>;

/**
 * Charges what a person says, once per reference: written under its natural key and posted in the caller's transaction. The customer
 * is locked, so that the same reference at once is one after the other; the index `charge_by_key` holds it whatever happens.
 */
export async function chargeByHand(
  { nowMs: now }: Pick<BillingParts, 'nowMs'>,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { customerId, subscriptionId } = input;
  if ((await theCompany(db)) === undefined) return refuse('no-company');
  const key = await calendarOfCustomer(db, customerId);
  if (key === undefined) return refuse('no-such-customer', { customerId });
  await ensureCalendar(db, key);
  // First, as all who lock it do: no day closes while it is parted into what is earned and what is for days to come.
  const calendar = await lockCalendar(db, key);
  if (calendar === undefined) return refuse('no-such-customer', { customerId });
  const { company, closedUntil } = calendar;
  const customer = await customerFactsLocked(db, customerId);
  if (customer === undefined) return refuse('no-such-customer', { customerId });
  // Read before the calendar, which is locked before the customer.
  if (customer.companyId !== key.companyId || customer.billingZone !== key.billingZone)
    return refuse('customer-moved', { customer: customer.name });
  context.subject(`${input.reference} for ${customer.name} (${customer.number})`);
  if (!customer.active) return refuse('customer-archived', { customer: customer.name });
  const { productId } = input;
  if (productId !== undefined && !(await suppliesOf(db)).ofProducts.has(productId))
    return refuse('no-such-product', { productId });
  const nowMs = await now(db);
  const today = dayAt(nowMs, calendar.timeZone);
  const day = input.day ?? today;
  if (day > today) return refuse('day-in-future', { day, today });
  const service = input.service ?? { start: day, endExclusive: addDays(day, 1) };
  if (service.endExclusive <= service.start) return refuse('service-empty', { ...service });
  const under =
    subscriptionId === undefined
      ? await accountOf(db, { company, customer, day, nowMs })
      : await subscriptionById(db, subscriptionId);
  if (under?.customer_id !== customerId)
    return refuse('no-such-subscription', { subscriptionId: subscriptionId ?? '', customer: customer.name });
  const amountMinor = amountOf(input, under.currency);
  if (amountMinor === 0n) {
    const { quantity, unitPrice } = input;
    return refuse('comes-to-nothing', { quantity, unitPrice, customer: customer.name });
  }
  const charge = chargeOf(input, { under, actor: context.actor.name, amountMinor, day, service, nowMs });
  const before = await chargedBefore(db, charge);
  if (before !== undefined) return again(before, charge, customer);
  if (isLongPast(day, today) && !input.longPast) {
    const { reference } = input;
    return refuse('day-long-past', { day, today, reference, customer: customer.name });
  }
  const closed = await closedBooks(db, [
    { companyId: company.id, bookedOn: day, memo: input.reference, customerId },
  ]);
  if (closed !== undefined) return refuse('books-closed', closed);
  const parts = new ChargedParts(closedUntil !== null && closedUntil > day ? closedUntil : day);
  parts.add(amountMinor, service);
  await postCharge(db, charge, { reason: input.reason, parts, billingZone: key.billingZone });
  await context.note('charge', charge.id);
  await context.note('customer', customerId);
  return done({ chargeId: charge.id, amount: wire(charge), day, already: false });
}

/** Exact in what was typed, rounded once. */
function amountOf(input: Pick<InputOf<Operation>, 'quantity' | 'unitPrice'>, currency: Currency): bigint {
  return roundRatio(multiply(ratioFrom(input.quantity), ratioFrom(input.unitPrice)), CURRENCIES[currency]);
}

function chargeOf(
  input: InputOf<Operation>,
  of: {
    readonly under: SubscriptionTable;
    readonly actor: string;
    readonly amountMinor: bigint;
    readonly day: LocalDate;
    readonly service: { readonly start: LocalDate; readonly endExclusive: LocalDate };
    readonly nowMs: number;
  },
): ChargeTable {
  const { under, nowMs } = of;
  const quantity = ratioFrom(ratioText(ratioFrom(input.quantity)));
  const isOfCustomer = under.charged === 'by-hand';
  return deskCharge({
    id: newId('chg', nowMs),
    company_id: under.company_id,
    subscription_id: under.id,
    customer_id: under.customer_id,
    component: input.description,
    day: of.day,
    reason: byHandReason(input.reference),
    numerator: Number(quantity.numerator),
    denominator: Number(quantity.denominator),
    unit_price: input.unitPrice,
    currency: under.currency,
    amount_minor: Number(of.amountMinor),
    entry_id: newId('entry', nowMs),
    posted_at_ms: nowMs,
    kept: {
      reason: 'by-hand',
      kind: 'by-hand',
      plan: isOfCustomer ? '' : under.plan_name,
      vm: isOfCustomer ? '' : under.vm_name,
      ...(input.productId !== undefined && { productId: input.productId }),
      service: of.service,
    },
    explained: { kind: 'by-hand', reason: input.reason, by: of.actor },
  });
}

/**
 * What stands for a customer where a line is of no subscription: made with its first one, and never charged by itself. It begins with
 * the earliest of its lines, because the days of a calendar in which nothing else was sold close from that one on.
 */
async function accountOf(
  db: Db,
  of: {
    readonly company: CompanyRow;
    readonly customer: CustomerFacts;
    readonly day: LocalDate;
    readonly nowMs: number;
  },
): Promise<SubscriptionTable> {
  const { company, customer, day, nowMs } = of;
  await db
    .insertInto('subscription')
    .values({
      id: newId('sub', nowMs),
      company_id: company.id,
      customer_id: customer.id,
      plan_id: '',
      plan_name: '',
      price_id: '',
      vm_id: '',
      vm_name: '',
      currency: customer.currency,
      per_month: '0',
      per_vcpu_hour: '0',
      per_gib_hour: '0',
      daily_quantity: 1,
      is_daily: 0,
      starts_on: day,
      ends_on: day,
      created_at_ms: nowMs,
      charged: 'by-hand',
      is_metered: 0,
      next_due: null,
      reopened_from: null,
      paused_from: null,
      paused_until: null,
      billing_zone: customer.billingZone,
    })
    .onConflict((already) => already.doNothing())
    .execute();
  const found = await db
    .selectFrom('subscription')
    .selectAll()
    .where('customer_id', '=', customer.id)
    .where('company_id', '=', company.id)
    .where('currency', '=', customer.currency)
    .where('charged', '=', 'by-hand')
    .executeTakeFirstOrThrow();
  if (found.starts_on <= day) return found;
  const earlier = { starts_on: day, ends_on: day };
  await db.updateTable('subscription').set(earlier).where('id', '=', found.id).execute();
  return { ...found, ...earlier };
}

async function chargedBefore(db: Db, charge: ChargeTable): Promise<ChargeTable | undefined> {
  return await db
    .selectFrom('charge')
    .selectAll()
    .where('subscription_id', '=', charge.subscription_id)
    .where('reason', '=', charge.reason)
    .where('open_until', 'is not', null)
    .executeTakeFirst();
}

function again(
  before: ChargeTable,
  charge: ChargeTable,
  customer: CustomerFacts,
): Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>> {
  const said = (row: ChargeTable): string =>
    JSON.stringify([row.component, row.numerator, row.denominator, row.unit_price, row.line]);
  if (said(before) === said(charge))
    return done({ chargeId: before.id, amount: wire(before), day: before.day, already: true });
  const amount = `${moneyToDecimalText(money(BigInt(before.amount_minor), before.currency))} ${before.currency}`;
  return refuse('reference-used', {
    reference: charge.reason.slice(byHandReason('').length),
    customer: customer.name,
    description: before.component,
    amount,
  });
}

async function postCharge(
  db: Db,
  charge: ChargeTable,
  of: { readonly reason: string; readonly parts: ChargedParts; readonly billingZone: string },
): Promise<void> {
  const { reason, parts, billingZone } = of;
  const entryId = await post(db, {
    ...(charge.entry_id !== null && { id: charge.entry_id }),
    companyId: charge.company_id,
    currency: charge.currency,
    bookedOn: charge.day,
    kind: 'charges',
    source: `charge ${charge.id}`,
    memo: `${charge.component}: ${reason}`,
    lines: parts.lines(),
    customerId: charge.customer_id,
    postedAtMs: charge.posted_at_ms,
  });
  await insertDeferrals(db, {
    entryId,
    companyId: charge.company_id,
    billingZone,
    currency: charge.currency,
    parts,
  });
  await db.insertInto('charge').values(charge).execute();
}

function wire(charge: Pick<ChargeTable, 'amount_minor' | 'currency'>): OutputOf<Operation>['amount'] {
  return { amountMinor: String(charge.amount_minor), currency: charge.currency };
}

/** Lines charged by hand to a customer, the last first. */
export async function chargesByHand(
  db: Db,
  asked: InputOf<typeof billingContract.chargeByHandList>,
): Promise<OutputOf<typeof billingContract.chargeByHandList>> {
  const query = db
    .selectFrom('charge')
    .innerJoin('subscription', 'subscription.id', 'charge.subscription_id')
    .leftJoin('invoice_charge', 'invoice_charge.charge_id', 'charge.id')
    .leftJoin('invoice', 'invoice.id', 'invoice_charge.invoice_id')
    .selectAll('charge')
    .select(['subscription.charged', 'invoice_charge.invoice_id', 'invoice.number'])
    .where('charge.customer_id', '=', asked.customerId)
    .where('charge.reason', 'like', byHandReason('%'))
    .where('charge.open_until', 'is not', null);
  const { rows, total, nextCursor } = await keysetPage({
    query,
    sortKey: sql.ref('charge.posted_at_ms'),
    id: sql.ref<string>('charge.id'),
    page: { ...asked, sort: 'posted', direction: 'desc' },
  });
  return {
    total,
    nextCursor,
    rows: rows.flatMap((row) => {
      if (deskLine(row)?.reason !== 'by-hand') return [];
      const { reason, by } = JSON.parse(row.explanation ?? '{}') as { reason: string; by: string };
      return [
        {
          chargeId: row.id,
          day: row.day,
          description: row.component,
          reference: row.reason.slice(byHandReason('').length),
          quantity: ratioText({ numerator: BigInt(row.numerator), denominator: BigInt(row.denominator) }),
          unitPrice: row.unit_price,
          amount: wire(row),
          reason,
          by,
          subscriptionId: row.charged === 'by-hand' ? null : row.subscription_id,
          postedAt: new Date(row.posted_at_ms).toISOString(),
          invoiceId: row.invoice_id,
          invoice: row.number,
        },
      ];
    }),
  };
}
