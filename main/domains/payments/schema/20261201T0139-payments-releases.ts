import { sql, type Kysely } from 'kysely';
import { newId } from '../../../../shared/kernel/id.ts';
import { addDays, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/**
 * What credit notes free of the payments on their invoices. Until now it stayed there: made for all notes there are, as if the last one of
 * each invoice had freed it.
 */
export const paymentsReleases: SchemaStep = {
  id: '20261201T0139-payments-releases',
  async up(to) {
    await to.run(
      // One row for what an entry put on an invoice and each note: nothing is freed twice.
      `create table payment_release (
        put_entry_id text not null references ledger_entry (id), credit_note_id text not null references invoice (id),
        payment_id text not null references payment (id), invoice_id text not null references invoice (id),
        amount_minor bigint not null check (amount_minor > 0), booked_on text not null,
        entry_id text not null unique references ledger_entry (id), primary key (put_entry_id, credit_note_id))`,
      'create index payment_release_by_payment on payment_release (payment_id)',
    );
    await ofAllNotes(to.tables<Tables>());
    await appendOnly(to, 'payment_release');
  },
};

interface Tables {
  ledger_entry: {
    id: string;
    company_id: string;
    currency: string;
    booked_on: string;
    kind: string;
    source: string;
    memo: string;
    posted_at_ms: number;
  };
  ledger_line: {
    entry_id: string;
    line_no: number;
    debit: string;
    credit: string;
    amount_minor: number;
    customer_id: string | null;
    document_id: string | null;
  };
  payment_release: {
    put_entry_id: string;
    credit_note_id: string;
    payment_id: string;
    invoice_id: string;
    amount_minor: number;
    booked_on: string;
    entry_id: string;
  };
}

interface Put {
  entry_id: string;
  invoice_id: string;
  amount_minor: number;
  booked_on: LocalDate;
  payment_id: string;
  customer_id: string;
  company_id: string;
  currency: string;
  reference: string;
  closed_until: LocalDate | null;
  note_id: string;
  note_number: string;
  note_issued_on: LocalDate;
  note_at_ms: number;
  /** What is left of the invoice, less what money of another currency settled. */
  payable_minor: number;
}

async function ofAllNotes(db: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<Put>`
    with note as (
      select credits_id, sum(gross_minor) as gross_minor, max(credit_no) as last_no
      from invoice where credits_id is not null group by credits_id),
    put as (
      select entry_id, payment_id, invoice_id, amount_minor from payment_allocation
      union all
      select advance_use.entry_id, advance.payment_id, advance_use.invoice_id, advance_use.gross_minor
      from advance_use join advance on advance.invoice_id = advance_use.advance_id where advance_use.kind = 'invoice')
    select put.entry_id as entry_id, put.invoice_id as invoice_id, put.amount_minor as amount_minor,
      ledger_entry.booked_on as booked_on, payment.id as payment_id, payment.customer_id as customer_id,
      payment.company_id as company_id, payment.currency as currency, payment.reference as reference,
      company_books.closed_until as closed_until, last_note.id as note_id, last_note.number as note_number,
      last_note.issued_on as note_issued_on, last_note.issued_at_ms as note_at_ms,
      cast(invoice.gross_minor + note.gross_minor - coalesce((
        select sum(settled_minor) from exchange where exchange.invoice_id = invoice.id), 0) as bigint) as payable_minor
    from put join note on note.credits_id = put.invoice_id join invoice on invoice.id = put.invoice_id
      join invoice as last_note on last_note.credits_id = invoice.id and last_note.credit_no = note.last_no
      join payment on payment.id = put.payment_id join ledger_entry on ledger_entry.id = put.entry_id
      left join company_books on company_books.company_id = payment.company_id
    where not exists (select 1 from payment_reversal where payment_reversal.payment_id = put.payment_id)
    order by put.invoice_id, ledger_entry.posted_at_ms desc, put.entry_id desc`.execute(db);
  for (const puts of Map.groupBy(rows, (row) => row.invoice_id).values()) {
    const standing = puts.reduce((sum, put) => sum + put.amount_minor, 0);
    let over = standing - (puts[0]?.payable_minor ?? standing);
    for (const put of puts) {
      const amountMinor = Math.min(put.amount_minor, over);
      if (amountMinor <= 0) break;
      over -= amountMinor;
      await free(db, put, amountMinor);
    }
  }
}

async function free(db: Kysely<Tables>, put: Put, amountMinor: number): Promise<void> {
  const id = newId('entry', put.note_at_ms);
  const open = put.closed_until === null ? [] : [addDays(put.closed_until, 1)];
  const bookedOn = [put.booked_on, put.note_issued_on, ...open].toSorted().at(-1) ?? put.booked_on;
  await db
    .insertInto('ledger_entry')
    .values({
      id,
      company_id: put.company_id,
      currency: put.currency,
      booked_on: bookedOn,
      kind: 'payment',
      source: `release ${put.note_id} of ${put.entry_id}`,
      memo: `${put.reference}: free again by ${put.note_number}`,
      posted_at_ms: put.note_at_ms,
    })
    .execute();
  await db
    .insertInto('ledger_line')
    .values({
      entry_id: id,
      line_no: 1,
      debit: 'receivables',
      credit: 'advances',
      amount_minor: amountMinor,
      customer_id: put.customer_id,
      document_id: put.invoice_id,
    })
    .execute();
  await db
    .insertInto('payment_release')
    .values({
      put_entry_id: put.entry_id,
      credit_note_id: put.note_id,
      payment_id: put.payment_id,
      invoice_id: put.invoice_id,
      amount_minor: amountMinor,
      booked_on: bookedOn,
      entry_id: id,
    })
    .execute();
}
