import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { PaperKind } from '../../../shared/domains/documents/paper-kinds.ts';
import { addDays, dayAt, localDate, type LocalDate, type Period } from '../../../shared/kernel/local-date.ts';
import type { Currency, MoneyWire } from '../../../shared/kernel/money.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import {
  accountIn,
  billingTables,
  buyerOf,
  findCompany,
  mayBeDated,
  sellerFacts,
  type CompanyRow,
  type DocumentLanguage,
} from '../billing/billing-public.ts';
import { customerFacts, type CustomerFacts } from '../customers/customers-public.ts';
import type { DocumentsParts } from './documents-parts.ts';
import type { DocumentsTables } from './documents-tables.ts';
import { PAPER_EDITION, type Paper, type PaperDraft } from './paper-forms.ts';
import { insertPaper } from './paper-store.ts';

export interface Asked {
  readonly customerId: string;
  readonly issuedOn?: string | undefined;
  readonly language?: DocumentLanguage | undefined;
}

/** Both sides of a paper and its day. */
export interface Opened {
  readonly db: Kysely<DocumentsTables>;
  readonly company: CompanyRow;
  readonly customer: CustomerFacts;
  readonly today: LocalDate;
  readonly issuedOn: LocalDate;
  readonly nowMs: number;
  /** What every paper says. */
  common(
    currency: Currency,
  ): Pick<Paper, 'edition' | 'issuedOn' | 'language' | 'seller' | 'buyer' | 'account' | 'currency'>;
}

type OpenRefusal = 'no-company' | 'no-such-customer' | 'date-in-future' | 'year-not-open';

export async function openPaper(
  parts: DocumentsParts,
  asked: Asked,
  context: CallContext,
): Promise<Outcome<Opened, OpenRefusal>> {
  const db = context.tables<DocumentsTables>();
  const customer = await customerFacts(db, asked.customerId);
  if (customer === undefined) return refuse('no-such-customer', { customerId: asked.customerId });
  context.subject(`${customer.name} (${customer.number})`);
  const company = await findCompany(billingTables(db), customer.companyId);
  if (company === undefined) return refuse('no-company');
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, company.time_zone);
  const issuedOn = asked.issuedOn === undefined ? today : localDate(asked.issuedOn);
  if (issuedOn > today) return refuse('date-in-future', { issuedOn, today });
  const about = { issuedOn, customer: customer.name, postsNothing: true };
  const dated = await mayBeDated(billingTables(db), company, about);
  if (!dated.ok) return refuse('year-not-open', dated.facts);
  const language = asked.language ?? customer.language;
  return done({
    db,
    company,
    customer,
    today,
    issuedOn,
    nowMs,
    common: (currency) => ({
      edition: PAPER_EDITION,
      issuedOn,
      language,
      currency,
      seller: sellerFacts(company),
      buyer: buyerOf(customer),
      // Whoever is asked for nothing in a currency needs no account in it; a pro forma is refused as its invoice is.
      account: accountIn(company, currency) ?? { iban: '', bic: '' },
    }),
  });
}

/** The period a paper tells of: it has a day, and none that lies after the day of issue. */
export function periodTold(
  { periodStart: start, periodEndExclusive: endExclusive }: AskedPeriod,
  issuedOn: LocalDate,
): Outcome<Period, 'no-period' | 'day-ahead'> {
  if (endExclusive <= start) return refuse('no-period');
  const day = addDays(endExclusive, -1);
  return day > issuedOn ? refuse('day-ahead', { issuedOn, day }) : done({ start, endExclusive });
}

interface AskedPeriod {
  readonly periodStart: LocalDate;
  readonly periodEndExclusive: LocalDate;
}

type Issued = { readonly documentId: string; readonly number: string; readonly amount: MoneyWire };

/** Numbers the paper and keeps it. */
export async function issuePaper(
  { db, company, customer, nowMs }: Opened,
  made: {
    readonly kind: PaperKind;
    readonly draft: PaperDraft;
    readonly amountMinor: bigint;
    readonly subjectId?: string;
  },
  context: CallContext,
): Promise<Outcome<Issued, 'date-before-last' | 'number-taken'>> {
  const inserted = await insertPaper(db, {
    ...made,
    companyId: company.id,
    customerId: customer.id,
    issuedAtMs: nowMs,
  });
  if (!inserted.ok) return inserted;
  const { id, number } = inserted.value;
  context.subject(`${number} for ${customer.name} (${customer.number})`);
  await context.note('document', id);
  const amount = { amountMinor: made.amountMinor.toString(), currency: made.draft.currency };
  return done({ documentId: id, number, amount });
}
