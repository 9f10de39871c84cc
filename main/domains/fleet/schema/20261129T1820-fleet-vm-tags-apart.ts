import { sql } from 'kysely';
import type { SchemaContext, SchemaStep } from '../../../platform/store/schema-step.ts';

/**
 * The tags that are searched leave `vm.search`, which stands in two indexes, for a column that stands in none: tags are what is written
 * of thousands of VMs at once, and PostgreSQL writes all indexes of a row anew (no HOT update) when one of them changes.
 */
export const fleetVmTagsApart: SchemaStep = {
  id: '20261129T1820-fleet-vm-tags-apart',
  async up(to) {
    await to.run(`alter table vm add column tags_folded text not null default ''`);
    if (to.kind === 'sqlite') await to.run('drop trigger vm_line_made', 'drop trigger vm_line_searched');
    await to.run(`update vm set search = ${searchOf(to, 'vm')}, tags_folded = ${tagsOf(to, 'vm')}`);
    if (to.kind === 'sqlite') await keptBySqlite(to);
    else await keptByPostgres(to);
    await sql`analyze vm`.execute(to.tables());
  },
};

/** SQLite's fold_text is a call into JavaScript: text without any other letters, which most is, is spared that. PostgreSQL's does so itself. */
function folded(to: SchemaContext, text: string): string {
  if (to.kind === 'postgres') return `fold_text(${text})`;
  return `case when octet_length(${text}) = length(${text}) then lower(${text}) else fold_text(${text}) end`;
}

/** See vm-search.ts, which reads both. */
const searchOf = (to: SchemaContext, row: string): string =>
  `${folded(to, `(${row}.name || '\n' || ${row}.address || '\n')`)} || ${row}.customer_folded`;
const tagsOf = (to: SchemaContext, row: string): string =>
  `replace(${folded(to, `${row}.tags`)}, '"', '\u001F')`;

async function keptBySqlite(to: SchemaContext): Promise<void> {
  const search = searchOf(to, 'new');
  const tags = tagsOf(to, 'new');
  await to.run(
    // What follows the customer is written by the trigger that writes its name, see vm_line_named.
    `create trigger vm_line_made after insert on vm begin
      update vm set host_name = coalesce((select name from host where id = new.host_id), ''),
        customer_folded = coalesce((select fold_text(name) from customer where id = new.customer_id), ''),
        search = ${search}, tags_folded = ${tags} where rowid = new.rowid; end`,
    `create trigger vm_line_searched after update of name, address, customer_folded on vm
      when new.name is not old.name or new.address is not old.address or new.customer_folded is not old.customer_folded
      begin update vm set search = ${search} where rowid = new.rowid; end`,
    `create trigger vm_line_tagged after update of tags on vm when new.tags is not old.tags
      begin update vm set tags_folded = ${tags} where rowid = new.rowid; end`,
  );
}

async function keptByPostgres(to: SchemaContext): Promise<void> {
  await to.run(
    // A row that was just made has nothing of this: vm_line_make brings it here.
    `create or replace function vm_line_change() returns trigger language plpgsql as $$ begin
      if new.host_id <> old.host_id then
        new.host_name := coalesce((select name from host where id = new.host_id), '');
      end if;
      if new.customer_id is distinct from old.customer_id then
        perform 1 from customer where id = new.customer_id for share;
        new.customer_folded := coalesce((select fold_text(name) from customer where id = new.customer_id), '');
      end if;
      if old.search = '' or new.name <> old.name or new.address <> old.address
        or new.customer_folded <> old.customer_folded
      then new.search := ${searchOf(to, 'new')}; end if;
      if old.search = '' or new.tags <> old.tags then new.tags_folded := ${tagsOf(to, 'new')}; end if;
      return new; end $$`,
  );
}
