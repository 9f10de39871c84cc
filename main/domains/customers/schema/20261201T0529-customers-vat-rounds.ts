import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Rounds in which VIES is asked about many VAT ids: the set as it was approved, and what came of each. */
export const customersVatRounds: SchemaStep = {
  id: '20261201T0529-customers-vat-rounds',
  async up(to) {
    await to.run(
      `create table vat_round (
        id text primary key, query text not null, older_than_days bigint not null, total bigint not null,
        started_by text not null, started_at_ms bigint not null)`,
      `create table vat_round_item (
        round_id text not null references vat_round (id), seq bigint not null,
        customer_id text not null references customer (id), vat_id text not null,
        state text not null check (state in ('waiting', 'valid', 'invalid', 'unknown', 'changed', 'left')),
        primary key (round_id, seq))`,
      "create index vat_round_item_waiting on vat_round_item (round_id, seq) where state = 'waiting'",
    );
  },
};
