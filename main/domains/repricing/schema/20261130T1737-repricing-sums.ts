import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What the items of a move come to, kept beside them: nobody counts all of them to watch one, or to list many. */
export const repricingSums: SchemaStep = {
  id: '20261130T1737-repricing-sums',
  async up(to) {
    await to.run(
      // `every` and `on_day` are empty where an item has none.
      `create table repricing_sum (
        repricing_id text not null references repricing (id), state text not null, code text not null,
        currency text not null, every text not null, on_day text not null,
        item_count bigint not null, other_usage bigint not null, now_minor bigint not null, then_minor bigint not null,
        change_minor bigint not null, once_minor bigint not null,
        primary key (repricing_id, state, code, currency, every, on_day))`,
      `insert into repricing_sum (repricing_id, state, code, currency, every, on_day, item_count, other_usage, now_minor,
          then_minor, change_minor, once_minor)
        select repricing_id, state, code, currency, every, coalesce(on_day, ''), count(*),
          sum(case when usage = 'other' then 1 else 0 end), cast(coalesce(sum(now_minor), 0) as bigint),
          cast(coalesce(sum(then_minor), 0) as bigint), cast(sum(change_minor) as bigint), cast(sum(once_minor) as bigint)
        from repricing_item group by repricing_id, state, code, currency, every, coalesce(on_day, '')`,
      // Finds a sentence for each reason.
      "create index repricing_item_by_code on repricing_item (repricing_id, code, state, seq) where code <> ''",
    );
  },
};
