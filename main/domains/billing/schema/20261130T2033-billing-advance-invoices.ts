import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaContext, SchemaStep } from '../../../platform/store/schema-step.ts';

/** Advance invoices, and what takes of them: invoices that settle them and credit notes, together never more than they are. */
export const billingAdvanceInvoices: SchemaStep = {
  id: '20261130T2033-billing-advance-invoices',
  async up(to) {
    await to.run(
      // Null: the usual one. Whoever changes nothing is the company that runs under way were previewed for.
      'alter table company add column advance_number_format text',
      `insert into ledger_account (code, side, name) values ('advance-vat', 'debit', 'VAT on advances')`,
      `create table advance (
        invoice_id text primary key references invoice (id), company_id text not null references company (id),
        customer_id text not null, payment_id text not null references payment (id), currency text not null,
        vat_category text not null, vat_rate text not null, gross_minor bigint not null check (gross_minor > 0),
        vat_minor bigint not null check (vat_minor > 0))`,
      'create index advance_by_customer on advance (customer_id)',
      'create index advance_by_payment on advance (payment_id)',
      // An invoice that settles a part of it, or a credit note that takes one back; each once.
      `create table advance_use (
        advance_id text not null references advance (invoice_id), use_no bigint not null,
        kind text not null check (kind in ('invoice', 'credit-note')),
        invoice_id text not null references invoice (id), gross_minor bigint not null check (gross_minor > 0),
        vat_minor bigint not null check (vat_minor >= 0), entry_id text not null unique references ledger_entry (id),
        primary key (advance_id, use_no), unique (advance_id, invoice_id))`,
      'create index advance_use_by_invoice on advance_use (invoice_id)',
    );
    for (const table of ['advance', 'advance_use']) await appendOnly(to, table);
    await neverMoreThanItIs(to);
  },
};

/** Whoever takes of an advance holds its row, so that two who take at once are one after the other, whatever their code forgot. */
async function neverMoreThanItIs(to: SchemaContext): Promise<void> {
  const taken = '(select coalesce(sum(gross_minor), 0) from advance_use where advance_id = new.advance_id)';
  if (to.kind === 'sqlite') {
    await to.run(
      `create trigger advance_use_within before insert on advance_use
        when ${taken} + new.gross_minor > (select gross_minor from advance where invoice_id = new.advance_id)
        begin select raise(abort, 'more is taken of an advance invoice than it is'); end`,
    );
    return;
  }
  await to.run(
    `create function advance_use_within() returns trigger language plpgsql as $$
      declare most bigint;
      begin
        select gross_minor into most from advance where invoice_id = new.advance_id for no key update;
        if ${taken} + new.gross_minor > most then
          raise exception 'more is taken of an advance invoice than it is' using errcode = 'check_violation';
        end if;
        return new;
      end $$`,
    `create trigger advance_use_within before insert on advance_use for each row execute function advance_use_within()`,
  );
}
