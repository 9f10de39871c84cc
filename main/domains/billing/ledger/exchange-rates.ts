import { sql, type Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { readRateFile } from '../../../../shared/domains/billing/exchange-rate-file.ts';
import {
  BASE_OF_SOURCE,
  isWeekend,
  quoteOf,
  type Quote,
  type RateSource,
} from '../../../../shared/domains/billing/exchange-rate-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { addDays, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { CURRENCIES, type Currency } from '../../../../shared/kernel/money.ts';
import { Exact } from '../../../../shared/kernel/rounding.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { AnyTransaction } from '../../../platform/store/store.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';

type Db = Kysely<BillingTables>;
type Import = typeof billingContract.exchangeRateImport;
type State = OutputOf<typeof billingContract.exchangeRateState>;

/** Reads a file of rates in. Importing it again adds nothing; one that contradicts what is known is refused whole. */
export async function exchangeRateImport(
  parts: Pick<BillingParts, 'nowMs' | 'insertMany'>,
  { content }: InputOf<Import>,
  context: CallContext,
): Promise<Outcome<OutputOf<Import>, RefusalCodeOf<Import>>> {
  const file = readRateFile(content);
  if (!file.ok) return refuse('not-a-rate-file', { reason: file.reason });
  const db = context.tables<BillingTables>();
  const { source, rates } = file;
  const days = rates.map(({ day }) => day).toSorted();
  const firstDay = days[0];
  const lastDay = days.at(-1);
  if (firstDay === undefined || lastDay === undefined) {
    return refuse('not-a-rate-file', { reason: 'there is no rate in it' });
  }
  context.subject(`${source} ${firstDay} to ${lastDay}`);
  const importedAtMs = await parts.nowMs(db);
  const rows = rates.map((rate) => ({ source, ...rate, imported_at_ms: importedAtMs }));
  const added = await parts.insertMany(db as unknown as AnyTransaction, 'exchange_rate', rows, {
    onConflict: 'ignore',
  });
  // Behind the insert, which waits for whoever reads in the same rates now.
  const known = await ratesBetween(db, source, { firstDay, lastDay });
  const other = rates.find(({ currency, day, rate }) => {
    const found = known.get(`${currency} ${day}`);
    return found !== undefined && !new Exact(found).eq(rate);
  });
  if (other !== undefined) {
    const { currency, day, rate } = other;
    return refuse('rate-differs', {
      source,
      currency,
      day,
      rate,
      known: known.get(`${currency} ${day}`) ?? '',
    });
  }
  await db
    .insertInto('exchange_rate_file')
    .values({
      id: newId('rates', importedAtMs),
      source,
      first_day: firstDay,
      last_day: lastDay,
      rates: rates.length,
      imported_at_ms: importedAtMs,
    })
    .execute();
  await context.note('exchange-rate', source);
  return done({ source, firstDay, lastDay, rates: rates.length, added });
}

async function ratesBetween(
  db: Db,
  source: RateSource,
  days: { readonly firstDay: LocalDate; readonly lastDay: LocalDate },
): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('exchange_rate')
    .select(['currency', 'day', 'rate'])
    .where('source', '=', source)
    .where('day', '>=', days.firstDay)
    .where('day', '<=', days.lastDay)
    .execute();
  return new Map(rows.map((row) => [`${row.currency} ${row.day}`, row.rate]));
}

/** Longest time without a publication: a week with the holidays of two around it. */
const DAYS_BACK_MAX = 10;

/**
 * The last rate published by a day. A day without one is passed over only where that is known to be right: weekends, and days within a
 * file that has none for them. Undefined, with the day that is missing, where nobody can say.
 */
export async function rateOn(
  db: Db,
  asked: { readonly source: RateSource; readonly currency: string; readonly latest: LocalDate },
): Promise<{ readonly day: LocalDate; readonly rate: string } | { readonly missing: LocalDate }> {
  const { source, currency, latest } = asked;
  const earliest = addDays(latest, -DAYS_BACK_MAX);
  const known = await ratesBetween(db, source, { firstDay: earliest, lastDay: latest });
  const files = await db
    .selectFrom('exchange_rate_file')
    .select(['first_day', 'last_day'])
    .where('source', '=', source)
    .where('last_day', '>=', earliest)
    .where('first_day', '<=', latest)
    .execute();
  for (let day = latest; day >= earliest; day = addDays(day, -1)) {
    const rate = known.get(`${currency} ${day}`);
    if (rate !== undefined) return { day, rate };
    const isSaid = files.some((file) => file.first_day <= day && day <= file.last_day);
    if (!isWeekend(day) && !isSaid) return { missing: day };
  }
  return { missing: latest };
}

export interface LastRate {
  readonly currency: Currency;
  readonly day: LocalDate;
  readonly rate: string;
}

/** Of each of our currencies the last rate that is known by a day, however old it is: to compare amounts by, never to state one. */
export async function lastRates(
  db: Db,
  asked: { readonly source: RateSource; readonly latest: LocalDate },
): Promise<readonly LastRate[]> {
  const { rows } = await sql<LastRate>`
    select exchange_rate.currency as currency, exchange_rate.day as day, rate from exchange_rate join (
      select currency, max(day) as day from exchange_rate
      where source = ${asked.source} and day <= ${asked.latest} and currency in (${sql.join(Object.keys(CURRENCIES))})
      group by currency) as latest on latest.currency = exchange_rate.currency and latest.day = exchange_rate.day
    where source = ${asked.source} order by exchange_rate.currency`.execute(db);
  return rows;
}

/** The rates, one after the other, by which an amount goes from one currency to another; the day is that of the earliest. */
export async function quotesBetween(
  rateOf: (asked: Parameters<typeof rateOn>[1]) => ReturnType<typeof rateOn>,
  asked: {
    readonly source: RateSource;
    readonly latest: LocalDate;
    readonly from: string;
    readonly to: string;
  },
): Promise<
  | { readonly quotes: readonly Quote[]; readonly day: LocalDate }
  | { readonly missing: LocalDate; readonly currency: string }
> {
  const { source, latest } = asked;
  const quotes: Quote[] = [];
  let day = latest;
  for (const currency of [asked.from, asked.to]) {
    if (currency === BASE_OF_SOURCE[source]) continue;
    const found = await rateOf({ source, currency, latest });
    if ('missing' in found) return { missing: found.missing, currency };
    quotes.push(quoteOf(source, currency, found.rate));
    if (found.day < day) ({ day } = found);
  }
  return { quotes, day };
}

export async function exchangeRateState(db: Db): Promise<State> {
  const { rows: files } = await sql<{ source: RateSource; first: string; last: string }>`
    select source, min(first_day) as first, max(last_day) as last from exchange_rate_file
    group by source order by source`.execute(db);
  const { rows } = await sql<{ source: RateSource; currency: string; day: string; rate: string }>`
    select exchange_rate.source as source, exchange_rate.currency as currency, exchange_rate.day as day, rate
    from exchange_rate join (
      select source, currency, max(day) as day from exchange_rate
      where currency in (${sql.join(Object.keys(CURRENCIES))}) group by source, currency) as latest
      on latest.source = exchange_rate.source and latest.currency = exchange_rate.currency and latest.day = exchange_rate.day
    order by exchange_rate.source, exchange_rate.currency`.execute(db);
  return {
    sources: files.map(({ source, first, last }) => ({
      source,
      firstDay: first,
      lastDay: last,
      rates: rows.flatMap((row) =>
        row.source === source ? [{ currency: row.currency, day: row.day, rate: row.rate }] : [],
      ),
    })),
  };
}
