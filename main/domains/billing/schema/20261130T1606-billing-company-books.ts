import type { SchemaContext, SchemaStep } from '../../../platform/store/schema-step.ts';

/** Books of a company that are closed until a day, which the database holds whoever asks; and years that are opened by hand. */
export const billingCompanyBooks: SchemaStep = {
  id: '20261130T1606-billing-company-books',
  async up(to) {
    await to.run(
      // A row of its own, not a column of the company: whoever posts shares it, and whoever edits the company waits for nobody.
      `create table company_books (
        company_id text primary key references company (id), closed_until text,
        years text not null check (years in ('automatic', 'by-hand')))`,
      `insert into company_books (company_id, closed_until, years) select id, null, 'automatic' from company`,
      `create table company_year (
        company_id text not null references company (id), year bigint not null, opened_by text not null,
        opened_at_ms bigint not null, primary key (company_id, year))`,
    );
    await keepClosed(to);
  },
};

/** Who posts and who closes the books at once are one after the other: on PostgreSQL by the shared row, on SQLite by themselves. */
async function keepClosed(to: SchemaContext): Promise<void> {
  if (to.kind === 'sqlite') {
    await to.run(
      `create trigger ledger_entry_open_books before insert on ledger_entry
        when exists (select 1 from company_books where company_id = new.company_id and closed_until >= new.booked_on)
        begin select raise(abort, 'the books of that day are closed'); end`,
    );
    return;
  }
  await to.run(
    `create function ledger_entry_open_books() returns trigger language plpgsql as $$
      declare closed text;
      begin
        select closed_until into closed from company_books where company_id = new.company_id for share;
        if closed >= new.booked_on then
          raise exception 'the books of that day are closed' using errcode = 'restrict_violation';
        end if;
        return new;
      end $$`,
    `create trigger ledger_entry_open_books before insert on ledger_entry for each row execute function ledger_entry_open_books()`,
  );
}
