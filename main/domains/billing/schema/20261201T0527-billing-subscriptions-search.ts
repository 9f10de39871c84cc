import { sql } from 'kysely';
import type { SchemaContext, SchemaStep } from '../../../platform/store/schema-step.ts';

/**
 * What a subscription is found by, beside its customer, stands in its row, folded: plan and VM as they are called there, a line each. It begins with the
 * plan, by which lists are sorted. The customer's name does not: a customer who is renamed would wait for a day that closes and holds
 * its subscriptions.
 */
export const billingSubscriptionsSearch: SchemaStep = {
  id: '20261201T0527-billing-subscriptions-search',
  async up(to) {
    await to.run(`alter table subscription add column search text not null default ''`);
    await to.run(
      `update subscription set search = ${searchOf(to, 'subscription')}`,
      'create index subscription_by_search on subscription (search, id, charged, customer_id)',
      'drop index subscription_by_plan_name',
    );
    if (to.kind === 'sqlite') await keptBySqlite(to);
    else await keptByPostgres(to);
    await sql`analyze subscription`.execute(to.tables());
  },
};

/** See subscription-search.ts, which reads it. SQLite's fold_text is a call into JavaScript: text without any other letters is spared that. */
function searchOf(to: SchemaContext, row: string): string {
  const text = `(${row}.plan_name || '\n' || ${row}.vm_name)`;
  if (to.kind === 'postgres') return `fold_text(${text})`;
  return `case when octet_length(${text}) = length(${text}) then lower(${text}) else fold_text(${text}) end`;
}

async function keptBySqlite(to: SchemaContext): Promise<void> {
  const write = `update subscription set search = ${searchOf(to, 'new')} where rowid = new.rowid`;
  await to.run(
    `create trigger subscription_search_made after insert on subscription begin ${write}; end`,
    `create trigger subscription_search_kept after update of plan_name, vm_name on subscription
      when new.plan_name is not old.plan_name or new.vm_name is not old.vm_name begin ${write}; end`,
  );
}

async function keptByPostgres(to: SchemaContext): Promise<void> {
  await to.run(
    `create function subscription_search_keep() returns trigger language plpgsql as $$ begin
      new.search := ${searchOf(to, 'new')}; return new; end $$`,
    `create trigger subscription_search_keep before insert or update of plan_name, vm_name on subscription
      for each row execute function subscription_search_keep()`,
  );
}
