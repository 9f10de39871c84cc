import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Volumes that go with a VM that is being deleted: once its definition is gone, the host no longer tells which they were. */
export const fleetVmDeletionVolumes: SchemaStep = {
  id: '20261129T1735-fleet-vm-deletion-volumes',
  async up(to) {
    await to.run(
      `create table vm_deletion_volume (
        vm_uuid text not null, host_id text not null, pool text not null, volume text not null, path text not null,
        primary key (vm_uuid, host_id, pool, volume))`,
    );
  },
};
