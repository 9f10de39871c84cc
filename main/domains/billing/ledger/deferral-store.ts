import { sql, type Kysely } from 'kysely';
import {
  recognisedMinor,
  recognisedOn,
  type Deferral,
  type Deferrals,
} from '../../../../shared/domains/billing/deferral-rules.ts';
import { recognitionPosting } from '../../../../shared/domains/billing/ledger-rules.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { BillingTables } from '../billing-tables.ts';
import { post } from './ledger-store.ts';

type Db = Kysely<BillingTables>;

/** Whose days it is that close: empty for the company's own zone. */
export interface DeferralCalendar {
  readonly companyId: string;
  readonly billingZone: string;
}

const ROWS_PER_INSERT = 500;

interface Deferring extends DeferralCalendar {
  readonly entryId: string;
  readonly currency: Currency;
  readonly parts: { readonly earnedUntil: LocalDate; readonly deferrals: Deferrals };
}

/** Writes what an entry defers; some hundreds of sums at most, for those of the same days come together. */
export async function insertDeferrals(trx: Db, of: Deferring): Promise<void> {
  const rows = deferralRows(of);
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    await trx
      .insertInto('deferral')
      .values(rows.slice(start, start + ROWS_PER_INSERT))
      .execute();
  }
}

/** The same as rows, for whoever writes many entries at once. */
export function deferralRows(of: Deferring): BillingTables['deferral'][] {
  return of.parts.deferrals.all().map(({ start, endExclusive, amountMinor }) => ({
    entry_id: of.entryId,
    company_id: of.companyId,
    billing_zone: of.billingZone,
    currency: of.currency,
    from_day: start,
    to_day: endExclusive,
    earned_until: of.parts.earnedUntil,
    amount_minor: Number(amountMinor),
  }));
}

/**
 * Makes revenue of what was deferred to a day, as it closes: an entry per currency. A deferral begins after the last closed day, under the
 * lock of the calendar, so nothing is added to days that were recognised, and none needs to be remembered. The first day that ever closes has
 * all before it too.
 */
export async function recogniseDay(
  trx: Db,
  on: DeferralCalendar & { readonly day: LocalDate; readonly isFirst: boolean; readonly nowMs: number },
): Promise<void> {
  const { rows } = await sql<{ currency: Currency; from_day: LocalDate; to_day: LocalDate; amount: string }>`
    select currency, from_day, to_day, cast(sum(amount_minor) as text) as amount from deferral
    where company_id = ${on.companyId} and billing_zone = ${on.billingZone} and (to_day > ${on.day} or ${on.isFirst ? 1 : 0} = 1) and from_day <= ${on.day}
    group by currency, from_day, to_day`.execute(trx);
  for (const [currency, of] of Map.groupBy(rows, (row) => row.currency)) {
    const recognised = on.isFirst ? recognisedMinor : recognisedOn;
    const minor = of.reduce((sum, row) => sum + recognised(deferralOf(row), on.day), 0n);
    if (minor === 0n) continue;
    await post(trx, {
      companyId: on.companyId,
      currency,
      bookedOn: on.day,
      kind: 'recognition',
      source: recognitionSource(on.day, currency, on.billingZone),
      memo: `Revenue of ${on.day} that was charged before`,
      lines: recognitionPosting(minor),
      postedAtMs: on.nowMs,
    });
  }
}

/** Natural key of the entry that makes revenue of what was deferred to a day. */
export function recognitionSource(day: LocalDate, currency: string, billingZone: string): string {
  return `recognised ${day} ${currency}${billingZone === '' ? '' : ` in ${billingZone}`}`;
}

export function deferralOf(row: {
  readonly from_day: LocalDate;
  readonly to_day: LocalDate;
  readonly amount: string;
}): Deferral {
  return { start: row.from_day, endExclusive: row.to_day, amountMinor: BigInt(row.amount) };
}
