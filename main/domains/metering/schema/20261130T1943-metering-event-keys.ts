import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** The numbers of events whose ids have a hash; two ids may share one. */
const numbersOf = (hash: string): string =>
  `select no from usage_event_new_key where hash = ${hash} union all select no from usage_event_key where hash = ${hash}`;

const COLUMNS = 'subscription_id, meter, member, day, known_on, at_ms, units, received_at_ms';

/**
 * SQLite finds an event by a hash of its id. In an index of the ids themselves each event wrote a page of its own, the more the longer they were kept;
 * hashes are a third as large, and new ones stand apart until those that are near each other are many (usage-event-keys.ts). That an id is
 * kept once is held by a trigger.
 */
export const meteringEventKeys: SchemaStep = {
  id: '20261130T1943-metering-event-keys',
  async up(to) {
    // PostgreSQL writes no page twice.
    if (to.kind === 'postgres') return;
    const key = '(hash bigint not null, no bigint not null, primary key (hash, no)) without rowid,';
    await to.run(
      `create table usage_event_next (
        no integer primary key, id text not null, subscription_id text not null, meter text not null, member text not null,
        day text not null, known_on text, at_ms bigint not null, units bigint not null, received_at_ms bigint not null)`,
      `insert into usage_event_next (no, id, ${COLUMNS}) select rowid, id, ${COLUMNS} from usage_event order by rowid`,
      `create table usage_event_key ${key}`,
      `create table usage_event_new_key ${key}`,
      `insert into usage_event_key (hash, no) select text_hash(id), no from usage_event_next order by 1, 2`,
      `create table held_usage_next (
        event_id text primary key, told_subscription_id text not null, reason text not null,
        state text not null, held_at_ms bigint not null, decided_by text not null, decided_at_ms bigint,
        note text not null, event_no bigint references usage_event_next (no))`,
      `insert into held_usage_next
        select event_id, told_subscription_id, reason, state, held_at_ms, decided_by, decided_at_ms, note,
          (select usage_event.rowid from usage_event where id = event_id) from held_usage`,
      'drop table held_usage',
      'drop table usage_event',
      'alter table usage_event_next rename to usage_event',
      'alter table held_usage_next rename to held_usage',
      'create index usage_event_by_day on usage_event (subscription_id, day)',
      'create index held_usage_by_state on held_usage (state, held_at_ms, event_id)',
      'create index held_usage_by_decision on held_usage (state, decided_at_ms, event_id)',
      'create index held_usage_by_event on held_usage (event_no)',
      'create trigger usage_event_keyed after insert on usage_event begin insert into usage_event_new_key (hash, no) values (text_hash(new.id), new.no); end',
      // Hashes are compared first: that two ids share one hardly ever happens.
      `create trigger usage_event_once before insert on usage_event_new_key
        when exists (select 1 from usage_event_key where hash = new.hash)
          or exists (select 1 from usage_event_new_key where hash = new.hash) begin
        select raise(abort, 'UNIQUE: an event of this id is kept') from usage_event as told join usage_event as kept on kept.id = told.id
          where told.no = new.no and kept.no <> told.no and kept.no in (${numbersOf('new.hash')}); end`,
      `create trigger usage_event_stays before update of no, id on usage_event
        when new.no <> old.no or new.id <> old.id begin select raise(abort, 'an event keeps its id'); end`,
      `create trigger usage_event_gone after delete on usage_event begin
        delete from usage_event_new_key where hash = text_hash(old.id) and no = old.no;
        delete from usage_event_key where hash = text_hash(old.id) and no = old.no; end`,
      `create trigger held_usage_of_event after insert on held_usage begin
        update held_usage set event_no = (select no from usage_event
          where no in (${numbersOf('text_hash(new.event_id)')}) and id = new.event_id) where event_id = new.event_id;
        select raise(abort, 'FOREIGN KEY: there is no such event') from held_usage
          where event_id = new.event_id and event_no is null; end`,
    );
  },
};
