import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Where other hosts reach a host for moves, where that is another network than the one it is managed by; empty: its address. */
export const fleetHostMoveAddress: SchemaStep = {
  id: '20261129T1229-fleet-host-move-address',
  async up(to) {
    await to.run("alter table host add column move_address text not null default ''");
  },
};
