import { sql } from 'kysely';
import type { SchemaContext, SchemaStep } from '../../../platform/store/schema-step.ts';

/**
 * Lists read 56,000 VMs to count and to sort, so a row of `vm` holds what lists show and compare, and no more: devices and notes
 * go to `vm_detail`. Names of host and customer and the text that is searched stand in the row, kept true by the database whoever
 * writes: a list joins nothing. Columns that change at every look at a host stand in no index.
 */
export const fleetVmNarrow: SchemaStep = {
  id: '20261129T0752-fleet-vm-narrow',
  async up(to) {
    await to.run(
      `create table vm_detail (
        uuid text primary key references vm (uuid) on delete cascade,
        disks text not null, nics text not null, graphics text not null, notes text not null)`,
      'insert into vm_detail (uuid, disks, nics, graphics, notes) select uuid, disks, nics, graphics, notes from vm',
      `create index vm_detail_noted on vm_detail (uuid) where notes <> ''`,
      ...['disks', 'nics', 'graphics', 'notes'].map((column) => `alter table vm drop column ${column}`),
      `alter table vm add column host_name text not null default ''`,
      `alter table vm add column customer_folded text not null default ''`,
      `alter table vm add column search text not null default ''`,
      'drop index vm_by_cpu',
      'drop index vm_by_name',
      'drop index vm_by_state',
    );
    await to.run(
      `update vm set host_name = ${hostName('vm.host_id')}, customer_folded = ${customerFolded('vm.customer_id')}`,
      `update vm set search = ${searchOf('vm')}`,
      'create index vm_by_search on vm (search, id)',
      'create index vm_by_state on vm (state, search, id)',
      'create index vm_by_host_name on vm (host_name, id)',
      'create index vm_by_customer_folded on vm (customer_folded, id)',
    );
    if (to.kind === 'sqlite') await keptBySqlite(to);
    else await keptByPostgres(to);
    // Room for the next look at the host beside the row: then no index is written for it (HOT updates).
    if (to.kind === 'postgres') await to.run('alter table vm set (fillfactor = 70)');
    await sql`analyze vm`.execute(to.tables());
  },
};

/** Of these columns follow those that the database keeps. */
const SOURCES = ['name', 'address', 'tags', 'host_id', 'customer_id', 'host_name', 'customer_folded'];

const hostName = (id: string): string => `coalesce((select name from host where id = ${id}), '')`;
const customerFolded = (id: string): string =>
  `coalesce((select fold_text(name) from customer where id = ${id}), '')`;

/** See SEARCH in vm-search.ts, which reads it. */
const searchOf = (row: string): string =>
  `fold_text(${row}.name || '\n' || ${row}.address || '\n') || ${row}.customer_folded || '\n' || replace(fold_text(${row}.tags), '"', '\u001F')`;

async function keptBySqlite(to: SchemaContext): Promise<void> {
  const named = `host_name = ${hostName('new.host_id')}, customer_folded = ${customerFolded('new.customer_id')}`;
  const differs = (columns: readonly string[]): string =>
    columns.map((column) => `new.${column} is not old.${column}`).join(' or ');
  await to.run(
    `create trigger vm_line_made after insert on vm begin
      update vm set ${named} where id = new.id;
      update vm set search = ${searchOf('vm')} where id = new.id; end`,
    `create trigger vm_line_named after update of host_id, customer_id on vm
      when ${differs(['host_id', 'customer_id'])} begin update vm set ${named} where id = new.id; end`,
    `create trigger vm_line_searched after update of name, address, tags, customer_folded on vm
      when ${differs(['name', 'address', 'tags', 'customer_folded'])} begin
      update vm set search = ${searchOf('vm')} where id = new.id; end`,
    `create trigger vm_line_of_host after update of name on host when new.name <> old.name begin
      update vm set host_name = new.name where host_id = new.id; end`,
    `create trigger vm_line_of_customer after update of name on customer when new.name <> old.name begin
      update vm set customer_folded = fold_text(new.name) where customer_id = new.id; end`,
  );
}

async function keptByPostgres(to: SchemaContext): Promise<void> {
  const columns = (row: string): string => SOURCES.map((column) => `${row}.${column}`).join(', ');
  await to.run(
    // A customer that is just being given another name is waited for, else its VM would keep the old one.
    `create function vm_line_change() returns trigger language plpgsql as $$ begin
      if new.host_id <> old.host_id then new.host_name := ${hostName('new.host_id')}; end if;
      if new.customer_id is distinct from old.customer_id then
        perform 1 from customer where id = new.customer_id for share;
        new.customer_folded := ${customerFolded('new.customer_id')};
      end if;
      new.search := ${searchOf('new')};
      return new; end $$`,
    `create trigger vm_line_change before update on vm for each row
      when ((${columns('old')}) is distinct from (${columns('new')})) execute function vm_line_change()`,
    // After, not before: rows that a look at a host writes again are updates, and only those that are new come here.
    `create function vm_line_make() returns trigger language plpgsql as $$ begin
      perform 1 from customer where id = new.customer_id for share;
      update vm set host_name = ${hostName('new.host_id')}, customer_folded = ${customerFolded('new.customer_id')}
        where id = new.id;
      return null; end $$`,
    `create trigger vm_line_make after insert on vm for each row execute function vm_line_make()`,
    `create function vm_line_of_host() returns trigger language plpgsql as $$ begin
      update vm set host_name = new.name where host_id = new.id; return null; end $$`,
    `create trigger vm_line_of_host after update of name on host for each row
      when (old.name <> new.name) execute function vm_line_of_host()`,
    `create function vm_line_of_customer() returns trigger language plpgsql as $$ begin
      update vm set customer_folded = fold_text(new.name) where customer_id = new.id; return null; end $$`,
    `create trigger vm_line_of_customer after update of name on customer for each row
      when (old.name <> new.name) execute function vm_line_of_customer()`,
  );
}
