import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/**
 * A customer or a host with another name writes all its VMs. They are locked in the order in which everybody locks VMs (vm-store.ts):
 * an update alone takes them as it finds them, and then two who want the same ones may wait for each other. SQLite has one writer.
 */
export const fleetRenameInOrder: SchemaStep = {
  id: '20261129T1225-fleet-rename-in-order',
  async up(to) {
    if (to.kind === 'sqlite') return;
    await to.run(
      `create or replace function vm_line_of_customer() returns trigger language plpgsql as $$ begin
        perform 1 from vm where customer_id = new.id order by uuid for update;
        update vm set customer_folded = fold_text(new.name) where customer_id = new.id; return null; end $$`,
      `create or replace function vm_line_of_host() returns trigger language plpgsql as $$ begin
        perform 1 from vm where host_id = new.id order by uuid for update;
        update vm set host_name = new.name where host_id = new.id; return null; end $$`,
    );
  },
};
