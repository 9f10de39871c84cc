import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaContext, SchemaStep } from '../../../platform/store/schema-step.ts';

/** VMs that share a pool, for ever; what each used on a closed day; and the marks of days. */
export const billingPools: SchemaStep = {
  id: '20261130T2041-billing-pools',
  async up(to) {
    await to.run(
      // Full hours: those that begin from `from_ms` until before `to_ms` are the pool's.
      `create table pool_member (
        id text primary key, subscription_id text not null references subscription (id), vm_id text not null,
        vm_name text not null, from_ms bigint not null, to_ms bigint, added_at_ms bigint not null,
        removed_at_ms bigint, undone bigint not null default 0 check (undone in (0, 1)),
        check (to_ms is null or to_ms >= from_ms))`,
      'create unique index pool_member_open on pool_member (vm_id) where to_ms is null',
      'create index pool_member_by_vm on pool_member (vm_id, from_ms)',
      'create index pool_member_by_subscription on pool_member (subscription_id, from_ms)',
      `create table pool_reading (
        subscription_id text not null references subscription (id), day text not null, vm_id text not null,
        vm_name text not null, running_ms bigint not null, vcpu_ms bigint not null, mib_ms bigint not null,
        disk_mib_ms bigint not null, sent_bytes bigint not null, addresses_at_mark bigint not null,
        vcpu_at_mark_ms bigint not null, mib_at_mark_ms bigint not null, disk_at_mark_mib_ms bigint not null,
        primary key (subscription_id, day, vm_id))`,
      `create table pool_mark (
        subscription_id text not null references subscription (id), day text not null, addresses_hour_ms bigint,
        vcpu_hour_ms bigint, mib_hour_ms bigint, disk_hour_ms bigint, primary key (subscription_id, day))`,
      'alter table usage_reading add column vcpu_mark_ms bigint not null default 0',
      'alter table usage_reading add column mib_mark_ms bigint not null default 0',
      'alter table usage_reading add column disk_mark_mib_ms bigint not null default 0',
    );
    await appendOnly(to, 'pool_reading');
    await appendOnly(to, 'pool_mark');
    await keepMembersApart(to);
  },
};

const FOR_EVER = '9223372036854775807';
const overlaps = `select 1 from pool_member where vm_id = new.vm_id and id <> new.id
  and from_ms < coalesce(to_ms, ${FOR_EVER}) and new.from_ms < coalesce(new.to_ms, ${FOR_EVER})
  and from_ms < coalesce(new.to_ms, ${FOR_EVER}) and new.from_ms < coalesce(to_ms, ${FOR_EVER})`;
// What is charged by the period may have been charged by use once, and is not any more: of those their plans say it, behind the VM's lock.
const byUse = `(charged = 'daily' and (per_vcpu_hour <> '0' or per_gib_hour <> '0'))`;
const countedElsewhere = `new.to_ms is null and exists (select 1 from subscription
  where vm_id = new.vm_id and id <> new.subscription_id and ends_on is null and ${byUse})`;
const isMemberElsewhere = `new.vm_id <> '' and new.ends_on is null
  and (new.is_metered = 1 or ${byUse.replaceAll(/charged|per_vcpu_hour|per_gib_hour/g, 'new.$&')})
  and exists (select 1 from pool_member join subscription as pool on pool.id = pool_member.subscription_id
    where pool_member.vm_id = new.vm_id and to_ms is null and pool.ends_on is null and pool.id <> new.id)`;
const becomesCounted = `(new.is_metered > old.is_metered or new.vm_id <> old.vm_id or old.ends_on is not null)
  and ${isMemberElsewhere}`;
const rewritten = `new.id <> old.id or new.subscription_id <> old.subscription_id or new.vm_id <> old.vm_id
  or new.from_ms <> old.from_ms or new.added_at_ms <> old.added_at_ms
  or (old.to_ms is not null and (new.to_ms is null or new.to_ms > old.to_ms))`;
const said = {
  overlaps: 'a VM is in one pool at a time',
  counted: 'a VM is counted for one subscription at a time',
  kept: 'rows of pool_member are closed, never changed or removed',
};

/** Beneath the locks of VMs, which make two who ask at once wait for each other. */
async function keepMembersApart(to: SchemaContext): Promise<void> {
  if (to.kind === 'sqlite') {
    const refuse = (name: string, on: string, when: string, why: string): string =>
      `create trigger ${name} before ${on} when ${when} begin select raise(abort, '${why}'); end`;
    await to.run(
      refuse('pool_member_alone', 'insert on pool_member', `exists (${overlaps})`, said.overlaps),
      refuse('pool_member_alone_still', 'update on pool_member', `exists (${overlaps})`, said.overlaps),
      refuse('pool_member_counted_once', 'insert on pool_member', countedElsewhere, said.counted),
      refuse('pool_member_kept', 'update on pool_member', rewritten, said.kept),
      refuse('pool_member_not_removed', 'delete on pool_member', 'true', said.kept),
      refuse('subscription_counts_no_member', 'insert on subscription', isMemberElsewhere, said.counted),
      refuse(
        'subscription_counts_no_member_still',
        'update of is_metered, vm_id, ends_on on subscription',
        becomesCounted,
        said.counted,
      ),
    );
    return;
  }
  const refuse = (when: string, why: string): string =>
    `if ${when} then raise exception '${why}' using errcode = 'restrict_violation'; end if;`;
  await to.run(
    `create function pool_member_apart() returns trigger language plpgsql as $$
      begin
        ${refuse(`exists (${overlaps})`, said.overlaps)}
        if tg_op = 'INSERT' then ${refuse(countedElsewhere, said.counted)}
        else ${refuse(rewritten, said.kept)} end if;
        return new;
      end $$`,
    `create trigger pool_member_apart before insert or update on pool_member for each row execute function pool_member_apart()`,
    `create function pool_member_kept() returns trigger language plpgsql as $$
      begin raise exception '${said.kept}' using errcode = 'restrict_violation'; end $$`,
    `create trigger pool_member_kept before delete on pool_member for each row execute function pool_member_kept()`,
    `create trigger pool_member_not_emptied before truncate on pool_member for each statement execute function pool_member_kept()`,
    `create function subscription_counts_no_member() returns trigger language plpgsql as $$
      begin
        if tg_op = 'INSERT' then ${refuse(isMemberElsewhere, said.counted)}
        else ${refuse(becomesCounted, said.counted)} end if;
        return new;
      end $$`,
    `create trigger subscription_counts_no_member before insert or update of is_metered, vm_id, ends_on on subscription
      for each row execute function subscription_counts_no_member()`,
  );
}
