import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Moves of many subscriptions to another price, and what each would pay and became of it. */
export const repricing: SchemaStep = {
  id: '20261130T1641-repricing',
  async up(to) {
    await to.run(
      // Empty version: the one in force on the day. `effect`: now, period-end, or a day.
      `create table repricing (
        id text primary key, plan_id text not null references plan (id), plan_name text not null, version_id text not null,
        query text not null, effect text not null, state text not null, state_reason text not null, round bigint not null,
        task_id text not null, prepared_by text not null, prepared_at_ms bigint not null, started_by text not null,
        started_at_ms bigint, digest text not null, previewed_until bigint not null, total bigint not null,
        ended_at_ms bigint)`,
      'create index repricing_by_time on repricing (prepared_at_ms, id)',
      // What was sold and to whom as it was when the set was frozen; the rest as it was previewed.
      `create table repricing_item (
        id text primary key, repricing_id text not null references repricing (id), seq bigint not null,
        subscription_id text not null references subscription (id), customer_id text not null,
        customer_number text not null, customer_name text not null, plan_name text not null, vm_name text not null,
        currency text not null, state text not null, code text not null, why text not null,
        on_day text, version_before text not null, version_after text not null, every text not null,
        now_minor bigint, then_minor bigint, change_minor bigint not null, once_minor bigint not null,
        usage text not null, ended_at_ms bigint,
        unique (repricing_id, seq), unique (repricing_id, subscription_id))`,
      'create index repricing_item_by_state on repricing_item (repricing_id, state, seq)',
      'create index repricing_item_by_change on repricing_item (repricing_id, change_minor, id)',
    );
  },
};
