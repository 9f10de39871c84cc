import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { booksOf, ensureBooks } from './company-books.ts';
import { companyAsked, type CompanyRow } from './company-store.ts';

type Db = Kysely<BillingTables>;
type Parts = Pick<BillingParts, 'nowMs'>;
type Get = typeof billingContract.companyBooks;
type Rule = typeof billingContract.yearRuleSet;
type Open = typeof billingContract.yearOpen;

export async function companyBooks(
  db: Db,
  { companyId }: InputOf<Get>,
): Promise<Outcome<OutputOf<Get>, RefusalCodeOf<Get>>> {
  const asked = await askedCompany(db, companyId);
  if (!asked.ok) return asked;
  const { id, name } = asked.value;
  const opened = await db
    .selectFrom('company_year')
    .select(['year', 'opened_by as by'])
    .where('company_id', '=', id)
    .orderBy('year', 'desc')
    .execute();
  const rows = opened.map(({ year, by }) => ({ year: Number(year), by }));
  return done({ company: name, ...(await booksOf(db, id)), opened: rows });
}

/** From now on years are opened by hand, or begin by themselves. The one it is, and those with documents, are open in any case. */
export async function yearRuleSet(
  parts: Parts,
  { companyId, years }: InputOf<Rule>,
  context: CallContext,
): Promise<Outcome<OutputOf<Rule>, RefusalCodeOf<Rule>>> {
  const db = context.tables<BillingTables>();
  const asked = await askedCompany(db, companyId);
  if (!asked.ok) return asked;
  const company = asked.value;
  context.subject(`${company.name}: years ${years === 'by-hand' ? 'opened by hand' : 'begin by themselves'}`);
  await ensureBooks(db, company.id);
  await db.updateTable('company_books').set({ years }).where('company_id', '=', company.id).execute();
  if (years === 'by-hand') {
    const series = await db
      .selectFrom('document_series')
      .select('year')
      .distinct()
      .where('company_id', '=', company.id)
      .where('last_seq', '>', 0)
      .execute();
    const nowMs = await parts.nowMs(db);
    const now = Number(dayAt(nowMs, company.time_zone).slice(0, 4));
    for (const year of new Set([now, ...series.map((row) => Number(row.year))])) {
      await open(db, company, { year, by: context.actor.login, nowMs });
    }
  }
  await context.note('company', company.id);
  return done({});
}

/** Opened twice, by two at once, it is open. */
export async function yearOpen(
  parts: Parts,
  { companyId, year }: InputOf<Open>,
  context: CallContext,
): Promise<Outcome<OutputOf<Open>, RefusalCodeOf<Open>>> {
  const db = context.tables<BillingTables>();
  const asked = await askedCompany(db, companyId);
  if (!asked.ok) return asked;
  context.subject(`${year} of ${asked.value.name}`);
  await open(db, asked.value, { year, by: context.actor.login, nowMs: await parts.nowMs(db) });
  await context.note('company', asked.value.id);
  return done({});
}

async function open(
  db: Db,
  company: CompanyRow,
  of: { readonly year: number; readonly by: string; readonly nowMs: number },
): Promise<void> {
  await db
    .insertInto('company_year')
    .values({ company_id: company.id, year: of.year, opened_by: of.by, opened_at_ms: of.nowMs })
    .onConflict((conflict) => conflict.columns(['company_id', 'year']).doNothing())
    .execute();
}

async function askedCompany(
  db: Db,
  companyId: string | undefined,
): Promise<Outcome<CompanyRow, 'no-company' | 'no-such-company'>> {
  const asked = await companyAsked(db, companyId);
  if (!asked.ok) return asked;
  return asked.value === undefined ? refuse('no-company') : done(asked.value);
}
