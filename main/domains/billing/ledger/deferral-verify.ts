import { sql, type Kysely } from 'kysely';
import { ChargedParts } from '../../../../shared/domains/billing/charged-parts.ts';
import { recognisedOn } from '../../../../shared/domains/billing/deferral-rules.ts';
import { addDays, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { BillingTables } from '../billing-tables.ts';
import { lineFacts } from '../charges/charge-lines.ts';
import { deferralOf, recognitionSource } from './deferral-store.ts';
import { readDocument } from '../invoices/invoice-document.ts';

type Db = Kysely<BillingTables>;

const ROWS_PER_READ = 5000;
/** Posted as the day closed: earned until that day. */
const CHARGES_OF_A_DAY = /^charges [\d-]{10} [A-Z]{3}( in \S+)?$/;

interface Deferring {
  readonly source: string;
  readonly kind: 'charges' | 'credit-note';
  /** From its rows, as `from/to amount`. */
  readonly said: readonly string[];
  readonly parts: ChargedParts;
}

/**
 * What every entry defers, again from the charges or the credit note it posts: its rows say so, and its lines come to the sum. An entry
 * that defers nothing is looked at too, unless it is from before the account was opened.
 */
export async function deferralsOffTheirEntries(db: Db): Promise<string[]> {
  const entries = await deferringEntries(db);
  await addCharges(db, entries);
  await addCreditNotes(db, entries);
  const off = [...entries.values()].flatMap(({ source, said, parts }) => {
    const made = parts.deferrals.all().map(textOf).toSorted();
    return made.join() === said.join()
      ? []
      : [
          `${source}: it defers ${said.join(', ') || 'nothing'}, by what it posts it is ${made.join(', ') || 'nothing'}.`,
        ];
  });
  const { rows } = await sql<{ source: string; posted: string; said: string }>`
    select ledger_entry.source as source, cast(coalesce(lines.total, 0) as text) as posted,
      cast(coalesce(rows_of.total, 0) as text) as said
    from ledger_entry
    left join (select entry_id, sum(case when credit = 'deferred' then amount_minor else -amount_minor end) as total
      from ledger_line where credit = 'deferred' or debit = 'deferred' group by entry_id) as lines on lines.entry_id = ledger_entry.id
    left join (select entry_id, sum(amount_minor) as total from deferral group by entry_id) as rows_of
      on rows_of.entry_id = ledger_entry.id
    where ledger_entry.kind <> 'recognition' and coalesce(lines.total, 0) <> coalesce(rows_of.total, 0)`.execute(
    db,
  );
  return [
    ...off,
    ...rows.map(
      ({ source, posted, said }) =>
        `${source}: ${posted} minor units are deferred, its rows come to ${said}.`,
    ),
  ];
}

function textOf(of: {
  readonly start: LocalDate;
  readonly endExclusive: LocalDate;
  readonly amountMinor: bigint;
}): string {
  return `${of.start}/${of.endExclusive} ${of.amountMinor}`;
}

async function deferringEntries(db: Db): Promise<Map<string, Deferring>> {
  const { rows: deferrals } = await sql<{
    entry_id: string;
    from_day: LocalDate;
    to_day: LocalDate;
    earned_until: LocalDate;
    amount: string;
  }>`select entry_id, from_day, to_day, earned_until, cast(amount_minor as text) as amount from deferral`.execute(
    db,
  );
  const said = Map.groupBy(deferrals, (row) => row.entry_id);
  const account = await db
    .selectFrom('ledger_account')
    .select('opened_after_ms')
    .where('code', '=', 'deferred')
    .executeTakeFirstOrThrow();
  const entries = await db
    .selectFrom('ledger_entry')
    .select(['id', 'source', 'kind', 'booked_on', 'posted_at_ms'])
    .where('kind', 'in', ['charges', 'credit-note'])
    .execute();
  return new Map(
    entries.flatMap((entry) => {
      const of = said.get(entry.id);
      const { source, kind } = entry;
      // Until when one made late, by hand or again was earned only its rows say; without any it was all of it.
      const isLate = kind === 'credit-note' || !CHARGES_OF_A_DAY.test(source);
      if (of === undefined && (isLate || entry.posted_at_ms <= account.opened_after_ms)) return [];
      const made: Deferring = {
        source,
        kind: kind === 'charges' ? 'charges' : 'credit-note',
        said: (of ?? []).map((row) => textOf(deferralOf(row))).toSorted(),
        parts: new ChargedParts(of?.[0]?.earned_until ?? entry.booked_on),
      };
      return [[entry.id, made] as const];
    }),
  );
}

async function addCharges(db: Db, entries: ReadonlyMap<string, Deferring>): Promise<void> {
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('charge')
      .select(['id', 'entry_id', 'amount_minor', 'line'])
      .where('open_until', 'is not', null)
      .where('id', '>', after)
      .orderBy('id')
      .limit(ROWS_PER_READ)
      .execute();
    for (const row of rows) {
      const entry = row.entry_id === null ? undefined : entries.get(row.entry_id);
      const served = lineFacts(row);
      if (entry?.kind !== 'charges' || served === null) continue;
      entry.parts.add(BigInt(row.amount_minor), served);
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

async function addCreditNotes(db: Db, entries: ReadonlyMap<string, Deferring>): Promise<void> {
  const ids = [...entries].filter(([, { kind }]) => kind === 'credit-note').map(([id]) => id);
  for (let start = 0; start < ids.length; start += 500) {
    const notes = await db
      .selectFrom('invoice')
      .select(['id', 'entry_id', 'document'])
      .where('entry_id', 'in', ids.slice(start, start + 500))
      .execute();
    if (notes.length === 0) continue;
    const settled = await db
      .selectFrom('invoice_charge')
      .select(['invoice_id', 'line_no'])
      .where(
        'invoice_id',
        'in',
        notes.map(({ id }) => id),
      )
      .execute();
    // What a repair took of days to come is of the entry that posted the repair.
    const repaired = new Set(settled.map((row) => `${row.invoice_id} ${row.line_no}`));
    for (const { id, entry_id: entryId, document } of notes) {
      const entry = entries.get(entryId);
      if (entry === undefined) continue;
      for (const { lineNo, netMinor, service } of readDocument(document).lines) {
        if (repaired.has(`${id} ${lineNo}`)) continue;
        entry.parts.add(BigInt(netMinor), service);
      }
    }
  }
}

/** Revenue of each closed day that was charged before, again from all that is deferred over it. */
export async function recognitionOffItsDeferrals(db: Db): Promise<string[]> {
  const { rows: calendars } = await sql<{
    company_id: string;
    billing_zone: string;
    closed_until: LocalDate;
  }>`
    select company_id, billing_zone, closed_until from billing_calendar where closed_until is not null`.execute(
    db,
  );
  const closed = new Map(calendars.map((row) => [`${row.company_id} ${row.billing_zone}`, row.closed_until]));
  const { rows: sums } = await sql<{
    company_id: string;
    billing_zone: string;
    currency: string;
    from_day: LocalDate;
    to_day: LocalDate;
    amount: string;
  }>`
    select company_id, billing_zone, currency, from_day, to_day, cast(sum(amount_minor) as text) as amount
    from deferral group by company_id, billing_zone, currency, from_day, to_day`.execute(db);
  const { rows: firsts } = await sql<{ company_id: string; billing_zone: string; day: LocalDate }>`
    select company_id, billing_zone, min(day) as day from billed_day group by company_id, billing_zone`.execute(
    db,
  );
  const firstClosed = new Map(firsts.map((row) => [`${row.company_id} ${row.billing_zone}`, row.day]));
  const expected = new Map<string, bigint>();
  for (const row of sums) {
    const calendar = `${row.company_id} ${row.billing_zone}`;
    const until = closed.get(calendar) ?? '';
    const first = firstClosed.get(calendar) ?? row.from_day;
    for (let day = row.from_day; day < row.to_day && day <= until; day = addDays(day, 1)) {
      // The first day that closed has all before it too.
      const on = day < first ? first : day;
      const key = `${row.company_id} ${recognitionSource(on, row.currency, row.billing_zone)}`;
      expected.set(key, (expected.get(key) ?? 0n) + recognisedOn(deferralOf(row), day));
    }
  }
  const { rows: posted } = await sql<{
    company_id: string;
    source: string;
    booked_on: string;
    minor: string;
  }>`
    select company_id, source, booked_on, cast(coalesce(sum(case when debit = 'deferred' and credit = 'revenue' then amount_minor
      when debit = 'revenue' and credit = 'deferred' then -amount_minor else 0 end), 0) as text) as minor
    from ledger_entry left join ledger_line on ledger_line.entry_id = ledger_entry.id
    where kind = 'recognition' group by company_id, source, booked_on`.execute(db);
  const problems: string[] = [];
  for (const { company_id: companyId, source, booked_on: bookedOn, minor } of posted) {
    const key = `${companyId} ${source}`;
    const due = expected.get(key) ?? 0n;
    expected.delete(key);
    if (due !== BigInt(minor)) {
      problems.push(
        `${source}: ${minor} minor units became revenue, what is deferred over that day comes to ${due}.`,
      );
    }
    if (!source.includes(` ${bookedOn} `)) problems.push(`${source} is booked on ${bookedOn}.`);
  }
  for (const [key, due] of expected) {
    if (due !== 0n)
      problems.push(`${key.slice(key.indexOf(' ') + 1)}: ${due} minor units are revenue and not posted.`);
  }
  return problems;
}
