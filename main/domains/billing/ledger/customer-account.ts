import { sql, type Kysely } from 'kysely';
import type { AccountEntryKind } from '../../../../shared/domains/billing/ledger-rules.ts';
import type { LocalDate, Period } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { BillingTables, DocumentType } from '../billing-tables.ts';
import { priceOfUnits } from '../subscriptions/subscription-store.ts';

type Db = Kysely<BillingTables>;

/** What stands between a customer and us: what is owed on invoices less what was paid in advance. */
const onAccount = sql`(case when debit in ('receivables', 'advances') then amount_minor else 0 end
  - case when credit in ('receivables', 'advances') then amount_minor else 0 end)`;

export interface AccountEntry {
  readonly bookedOn: LocalDate;
  readonly kind: AccountEntryKind;
  /** Number of the document, or what the entry says. */
  readonly words: string;
  /** What it adds to what the customer owes, in minor units. */
  readonly minor: bigint;
}

/**
 * A customer's account in a currency: what it came to before the period, and every entry of it. What only moves a payment onto an
 * invoice changes nothing between the two and is left out.
 */
export async function accountOf(
  db: Db,
  of: {
    readonly customerId: string;
    readonly currency: Currency;
    readonly period: Period;
    readonly most: number;
  },
): Promise<{ readonly openingMinor: bigint; readonly entries: readonly AccountEntry[] }> {
  const { customerId, currency, period } = of;
  const lines = sql`ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
    where ledger_line.customer_id = ${customerId} and currency = ${currency}`;
  const { rows: before } = await sql<{ minor: string }>`
    select cast(coalesce(sum(${onAccount}), 0) as text) as minor from ${lines} and booked_on < ${period.start}`.execute(
    db,
  );
  const { rows } = await sql<{
    booked_on: LocalDate;
    kind: AccountEntry['kind'];
    words: string;
    minor: string;
  }>`
    select entry.booked_on as booked_on, entry.kind as kind, coalesce(issued.number, entry.memo) as words,
      cast(entry.minor as text) as minor
    from (
      select ledger_entry.id as id, booked_on, kind, memo, posted_at_ms, sum(${onAccount}) as minor
      from ${lines} and booked_on >= ${period.start} and booked_on < ${period.endExclusive}
      group by ledger_entry.id, booked_on, kind, memo, posted_at_ms having sum(${onAccount}) <> 0) as entry
    left join invoice as issued on issued.entry_id = entry.id
    order by entry.booked_on, entry.posted_at_ms, case entry.kind when 'invoice' then 0 else 1 end, entry.id limit ${of.most + 1}`.execute(
    db,
  );
  return {
    openingMinor: BigInt(before[0]?.minor ?? 0),
    entries: rows.map((row) => ({
      bookedOn: row.booked_on,
      kind: row.kind,
      words: row.words,
      minor: BigInt(row.minor),
    })),
  };
}

export interface OpenItem {
  readonly number: string;
  readonly issuedOn: LocalDate;
  readonly dueOn: LocalDate;
  readonly openMinor: bigint;
}

/** Invoices of a customer that were not settled, or settled beyond, at the end of a day; and what it had paid in advance then. */
export async function openItemsOf(
  db: Db,
  of: { readonly customerId: string; readonly currency: Currency; readonly asOf: LocalDate },
): Promise<{ readonly items: readonly OpenItem[]; readonly advancesMinor: bigint }> {
  const { customerId, currency, asOf } = of;
  const until = sql`ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
    where ledger_line.customer_id = ${customerId} and currency = ${currency} and booked_on <= ${asOf}`;
  const { rows } = await sql<{ number: string; issued_on: LocalDate; due_on: LocalDate; minor: string }>`
    select invoice.number as number, invoice.issued_on as issued_on, invoice.due_on as due_on, cast(owed.minor as text) as minor
    from (
      select document_id, sum(case when debit = 'receivables' then amount_minor else -amount_minor end) as minor
      from ${until} and (debit = 'receivables' or credit = 'receivables') group by document_id) as owed
    join invoice on invoice.id = owed.document_id where owed.minor <> 0
    order by invoice.issued_on, invoice.year, invoice.seq`.execute(db);
  const { rows: paid } = await sql<{ minor: string }>`
    select cast(coalesce(sum(case when credit = 'advances' then amount_minor else -amount_minor end), 0) as text) as minor
    from ${until} and (debit = 'advances' or credit = 'advances')`.execute(db);
  return {
    items: rows.map((row) => ({
      number: row.number,
      issuedOn: row.issued_on,
      dueOn: row.due_on,
      openMinor: BigInt(row.minor),
    })),
    advancesMinor: BigInt(paid[0]?.minor ?? 0),
  };
}

/** Invoices and credit notes of a customer whose period lies within another, in the order of their numbers. */
export async function documentsWithin(
  db: Db,
  of: { readonly customerId: string; readonly currency: Currency; readonly period: Period },
): Promise<readonly { readonly type: DocumentType; readonly number: string; readonly document: string }[]> {
  return await db
    .selectFrom('invoice')
    .select(['document_type as type', 'number', 'document'])
    .where('customer_id', '=', of.customerId)
    .where('currency', '=', of.currency)
    // What was paid ahead is part of the invoice of the supply.
    .where((has) =>
      has.and([
        has('document_type', '<>', 'advance-invoice'),
        has.not(
          has.exists(
            has
              .selectFrom('advance')
              .select('advance.invoice_id')
              .whereRef('advance.invoice_id', '=', 'invoice.credits_id'),
          ),
        ),
      ]),
    )
    .where('period_start', '>=', of.period.start)
    .where('period_end_exclusive', '<=', of.period.endExclusive)
    .orderBy('issued_on')
    .orderBy('document_type', 'desc')
    .orderBy('seq')
    .execute();
}

/** What a customer has subscribed to and has not ended by a day, first what began first. */
export async function subscribedTo(
  db: Db,
  of: { readonly customerId: string; readonly day: LocalDate },
): Promise<
  readonly {
    readonly subscriptionId: string;
    readonly plan: string;
    readonly vm: string;
    readonly startsOn: LocalDate;
    readonly perMonth: string | null;
    readonly currency: Currency;
  }[]
> {
  const rows = await db
    .selectFrom('subscription')
    .selectAll()
    .where('customer_id', '=', of.customerId)
    .where('charged', '<>', 'by-hand')
    .where((has) => has.or([has('ends_on', 'is', null), has('ends_on', '>', of.day)]))
    .orderBy('starts_on')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    subscriptionId: row.id,
    plan: row.plan_name,
    vm: row.vm_name,
    startsOn: row.starts_on,
    perMonth: row.charged === 'daily' ? priceOfUnits(row).perMonth : null,
    currency: row.currency,
  }));
}
