import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** When the time a delivery waits for was decided on, so that a clock that is set back is noticed; and an index of what is still to be done. */
export const alertsDeliveryClaims: SchemaStep = {
  id: '20261129T1150-alerts-delivery-claims',
  async up(to) {
    await to.run(
      'alter table alert_delivery add column decided_at_ms bigint not null default 0',
      `create index alert_delivery_open on alert_delivery (channel_id, created_at_ms, id)
        where state in ('waiting', 'sending')`,
      'drop index alert_delivery_due',
    );
  },
};
