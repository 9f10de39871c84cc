import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Where a VM is being moved to: its memory is taken there, too, from the moment the move begins. */
export const fleetVmMovingTo: SchemaStep = {
  id: '20261129T0732-fleet-vm-moving-to',
  async up(to) {
    await to.run(
      'alter table vm add column moving_to text',
      'create index vm_by_moving_to on vm (moving_to) where moving_to is not null',
    );
  },
};
