import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Disks, what was sent and addresses of a VM, counted with its hours. What was not counted before is nothing. */
export const fleetUsageHoldings: SchemaStep = {
  id: '20261130T1612-fleet-usage-holdings',
  async up(to) {
    await to.run(
      'alter table usage_hour add column disk_mib_ms bigint not null default 0',
      'alter table usage_hour add column sent_bytes bigint not null default 0',
      'alter table usage_hour add column addresses bigint not null default 0',
      'alter table usage_mark add column disk_mib bigint not null default 0',
      'alter table usage_mark add column addresses bigint not null default 0',
      `alter table usage_mark add column sent_boot text not null default ''`,
      // Null: no counter was seen yet, so nothing that was sent before this step is counted.
      'alter table usage_mark add column sent_bytes bigint',
    );
  },
};
