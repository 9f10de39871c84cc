import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Of disks, what was sent and addresses, too, a day's reading is frozen; days before were not counted so. */
export const billingReadingsOfHoldings: SchemaStep = {
  id: '20261130T1614-billing-readings-of-holdings',
  async up(to) {
    await to.run(
      'alter table usage_reading add column disk_mib_ms bigint not null default 0',
      'alter table usage_reading add column sent_bytes bigint not null default 0',
      'alter table usage_reading add column addresses bigint not null default 0',
    );
  },
};
