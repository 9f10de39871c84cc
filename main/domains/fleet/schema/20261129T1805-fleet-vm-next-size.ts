import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Size with which a running VM starts next; 0 where nobody has asked. Room for what is more is taken from now on. */
export const fleetVmNextSize: SchemaStep = {
  id: '20261129T1805-fleet-vm-next-size',
  async up(to) {
    await to.run(
      'alter table vm add column next_vcpus bigint not null default 0',
      'alter table vm add column next_memory_bytes bigint not null default 0',
    );
  },
};
