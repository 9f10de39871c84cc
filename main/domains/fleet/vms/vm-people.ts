import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import { mergeEdit } from '../../../../shared/kernel/edit-merge.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { customerFactsLocked } from '../../customers/customers-public.ts';
import type { FleetParts } from '../fleet-parts.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { refuseBilled } from './vm-billed.ts';
import { lockVm } from './vm-lock.ts';

type Assign = typeof fleetContract.vmAssign;
type Note = typeof fleetContract.vmNote;

/** Says which customer a VM belongs to; what is billed cannot change hands. Locks customer and VM, as selling it does. */
export async function vmAssign(
  parts: Pick<FleetParts, 'subscriptions'>,
  input: InputOf<Assign>,
  context: CallContext,
): Promise<Outcome<OutputOf<Assign>, RefusalCodeOf<Assign>>> {
  const { vmId, customerId } = input;
  const db = context.tables<FleetTables>();
  const customer = customerId === null ? null : await customerFactsLocked(db, customerId);
  const vm = await lockVm(db, vmId);
  if (vm === undefined) return refuse('no-such-vm', { vmId });
  context.subject(vm.name);
  if (vm.customer_id === customerId) return done({});
  if (customer === undefined) return refuse('no-such-customer', { customerId });
  const billed = await refuseBilled(parts.subscriptions, db, vm);
  if (billed) return billed;
  await db.updateTable('vm').set({ customer_id: customerId }).where('id', '=', vmId).execute();
  await context.note('vm', vmId);
  return done({});
}

/** Sets notes and tags; a tag named twice is one. */
export async function vmNote(
  input: InputOf<Note>,
  context: CallContext,
): Promise<Outcome<OutputOf<Note>, RefusalCodeOf<Note>>> {
  const { vmId, notes, tags, before } = input;
  const db = context.tables<FleetTables>();
  const vm = await lockVm(db, vmId);
  if (vm === undefined) return refuse('no-such-vm', { vmId });
  context.subject(vm.name);
  const detail = db.selectFrom('vm_detail').select('notes').where('uuid', '=', vm.uuid);
  const { notes: noted } = await detail.executeTakeFirstOrThrow();
  const now = { notes: noted, tags: JSON.parse(vm.tags) as string[] };
  const { merged, clashes } = mergeEdit({ before, mine: { notes, tags: [...new Set(tags)] }, now });
  if (clashes.length > 0) return refuse('changed-meanwhile', { name: vm.name, fields: clashes.join(', ') });
  const tagged = JSON.stringify(merged.tags);
  if (tagged !== vm.tags) await db.updateTable('vm').set({ tags: tagged }).where('id', '=', vmId).execute();
  await db.updateTable('vm_detail').set({ notes: merged.notes }).where('uuid', '=', vm.uuid).execute();
  await context.note('vm', vmId);
  return done({});
}
