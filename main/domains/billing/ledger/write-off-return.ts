import { sql, type Kysely } from 'kysely';
import { reversed, writeOffPosting } from '../../../../shared/domains/billing/ledger-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { InsertMany } from '../../../platform/store/insert-many.ts';
import type { AnyTransaction } from '../../../platform/store/store.ts';
import type { CreditedInvoice } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { givenUpMinor, openMinor } from '../invoices/invoice-store.ts';
import { postMany } from './ledger-store.ts';

interface GivenUp {
  id: string;
  company_id: string;
  customer_id: string;
  currency: Currency;
  number: string;
  open: number;
  given_up: number;
  last_on: LocalDate;
}

/**
 * Takes back what was given up of credited invoices beyond what is left of each: nobody gives up what is not owed any more, and the customer
 * would be owed what it never paid. After what was paid beyond is free again, and in the transaction of the credit notes, which holds the
 * invoices, as whoever gives something up does. Some hundreds of invoices at once, each once.
 */
export async function returnWriteOffs(
  db: Kysely<BillingTables>,
  credits: readonly CreditedInvoice[],
  insertMany: InsertMany,
): Promise<void> {
  if (credits.length === 0) return;
  const ids = sql.join(credits.map(({ invoiceId }) => sql`${invoiceId}`));
  const { rows } = await sql<GivenUp>`
    select invoice.id as id, company_id, customer_id, currency, number, ${openMinor} as open, ${givenUpMinor} as given_up,
      (select max(booked_on) from write_off where write_off.invoice_id = invoice.id) as last_on
    from invoice where invoice.id in (${ids})
      and exists (select 1 from write_off where write_off.invoice_id = invoice.id)`.execute(db);
  const found = new Map(rows.map((row) => [row.id, row]));
  const returned = credits.flatMap((credit) => {
    const row = found.get(credit.invoiceId);
    return row === undefined ? [] : returnOf(credit, row);
  });
  await postMany(
    insertMany,
    db,
    returned.map(({ posting }) => posting),
  );
  await insertMany(
    db as unknown as AnyTransaction,
    'write_off_return',
    returned.map(({ row }) => row),
  );
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- a posting and a row of its table
function returnOf({ creditNoteId, number, issuedOn, nowMs }: CreditedInvoice, of: GivenUp) {
  const [over, givenUp] = [-BigInt(of.open), BigInt(of.given_up)];
  const amountMinor = over < givenUp ? over : givenUp;
  if (amountMinor <= 0n) return [];
  // No earlier than it was given up; the note's day is in open books, and so is any later one.
  const bookedOn = of.last_on > issuedOn ? of.last_on : issuedOn;
  const entryId = newId('entry', nowMs);
  const posting = {
    id: entryId,
    companyId: of.company_id,
    currency: of.currency,
    bookedOn,
    kind: 'write-off' as const,
    source: `write-off-return ${creditNoteId}`,
    memo: `${of.number}: not owed any more by ${number}`,
    lines: reversed(writeOffPosting(amountMinor)),
    customerId: of.customer_id,
    documentId: of.id,
    postedAtMs: nowMs,
  };
  const row: BillingTables['write_off_return'] = {
    credit_note_id: creditNoteId,
    invoice_id: of.id,
    amount_minor: Number(amountMinor),
    booked_on: bookedOn,
    entry_id: entryId,
  };
  return [{ posting, row }];
}
