import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Whether VMs may be put on a host: `active`, `evacuating` (they are being moved away) or `maintenance` (it is held empty). */
export const fleetHostMaintenance: SchemaStep = {
  id: '20261129T0731-fleet-host-maintenance',
  async up(to) {
    await to.run("alter table host add column maintenance text not null default 'active'");
  },
};
