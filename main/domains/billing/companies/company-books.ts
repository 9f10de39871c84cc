import type { Kysely } from 'kysely';
import { done, refuse, sentenceOf, type Facts, type Outcome } from '../../../../shared/contract/outcome.ts';
import {
  bookingRefusals,
  type DatingRefusal,
  type YearRule,
} from '../../../../shared/domains/billing/company-books-contract.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import { InputRejected } from '../../../platform/calls/input-rejected.ts';
import { storeKindOf } from '../../../platform/store/store-kind-of.ts';
import { customerNames } from '../../customers/customers-public.ts';
import type { BillingTables } from '../billing-tables.ts';
import type { CompanyRow } from './company-store.ts';

type Db = Kysely<BillingTables>;

export interface CompanyBooks {
  /** Nothing is booked on this day or earlier. */
  readonly closedUntil: LocalDate | null;
  readonly years: YearRule;
}

/** Those of a company; as they are in the beginning where nothing was decided. */
export async function booksOf(db: Db, companyId: string): Promise<CompanyBooks> {
  const row = await booksRow(db, companyId).executeTakeFirst();
  return booksIn(row);
}

/** The same, kept from closing until the transaction ends: who closes them now is waited for. */
export async function booksShared(db: Db, companyId: string): Promise<CompanyBooks> {
  const row = await booksRow(db, companyId)
    .$if(storeKindOf(db) === 'postgres', (query) => query.forShare())
    .executeTakeFirst();
  return booksIn(row);
}

function booksRow(db: Db, companyId: string) {
  return db.selectFrom('company_books').select(['closed_until', 'years']).where('company_id', '=', companyId);
}

function booksIn(
  row: Pick<BillingTables['company_books'], 'closed_until' | 'years'> | undefined,
): CompanyBooks {
  return { closedUntil: row?.closed_until ?? null, years: row?.years ?? 'automatic' };
}

/** With the company itself: whoever posts has a row to share with whoever closes. */
export async function ensureBooks(db: Db, companyId: string): Promise<void> {
  await db
    .insertInto('company_books')
    .values({ company_id: companyId, closed_until: null, years: 'automatic' })
    .onConflict((conflict) => conflict.column('company_id').doNothing())
    .execute();
}

/** Whether a document of a company can be of a day: its books are not closed then, and its year is open. */
export async function mayBeDated(
  db: Db,
  company: Pick<CompanyRow, 'id' | 'name'>,
  of: {
    readonly issuedOn: LocalDate;
    /** Whose document, in words. */
    readonly customer: string;
    /** It books nothing: closed books are no matter of it. */
    readonly postsNothing?: boolean;
  },
): Promise<Outcome<true, DatingRefusal>> {
  const { issuedOn, customer } = of;
  const books = await booksOf(db, company.id);
  const facts = { company: company.name, customer, issuedOn };
  if (of.postsNothing !== true && books.closedUntil !== null && issuedOn <= books.closedUntil) {
    return refuse('books-closed', { ...facts, until: books.closedUntil });
  }
  const year = Number(issuedOn.slice(0, 4));
  if (books.years === 'automatic') return done(true);
  const opened = await db
    .selectFrom('company_year')
    .select('year')
    .where('company_id', '=', company.id)
    .where('year', '=', year)
    .executeTakeFirst();
  return opened === undefined ? refuse('year-not-open', { ...facts, year }) : done(true);
}

/** What was to be booked in books that are closed. */
export interface ToBook {
  readonly companyId: string;
  readonly bookedOn: LocalDate;
  readonly memo: string;
  readonly customerId?: string | undefined;
}

/** The one place that says so to people, whatever posts; the database holds it, too. Who has a refusal for it asks {@link closedBooks} first. */
export async function requireOpenBooks(db: Db, postings: readonly ToBook[]): Promise<void> {
  const closed = await closedBooks(db, postings);
  if (closed !== undefined)
    throw new InputRejected('bookedOn', sentenceOf(bookingRefusals['books-closed'], closed));
}

/** What books say that are closed on the day of one of these postings, as facts of `books-closed`; undefined: they are open. */
export async function closedBooks(db: Db, postings: readonly ToBook[]): Promise<Facts | undefined> {
  const companyIds = [...new Set(postings.map(({ companyId }) => companyId))];
  if (companyIds.length === 0) return undefined;
  const closed = await db
    .selectFrom('company_books')
    .innerJoin('company', 'company.id', 'company_books.company_id')
    .select(['company.id', 'company.name', 'closed_until'])
    .where('company.id', 'in', companyIds)
    .where('closed_until', 'is not', null)
    .execute();
  for (const { companyId, bookedOn, memo, customerId } of postings) {
    const books = closed.find(({ id }) => id === companyId);
    if (books === undefined || books.closed_until === null || bookedOn > books.closed_until) continue;
    const name =
      customerId === undefined ? undefined : (await customerNames(db, [customerId])).get(customerId)?.name;
    const what = [memo, name && `of ${name}`].filter(Boolean).join(' ');
    return { company: books.name, until: books.closed_until, bookedOn, what };
  }
  return undefined;
}
