import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** When our own action last wrote the state of a VM: what was seen on its host before that is old. */
export const fleetVmNoted: SchemaStep = {
  id: '20261129T0205-fleet-vm-noted',
  async up(to) {
    await to.run('alter table vm add column noted_at_ms bigint not null default 0');
  },
};
