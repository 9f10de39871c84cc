import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { forUpdate } from '../../../platform/store/for-update.ts';
import { activeTasksAbout } from '../../tasks/tasks-public.ts';
import type { Transaction } from 'kysely';
import { CLUSTER_TOPIC } from '../clusters/cluster-store.ts';
import type { FleetParts } from '../fleet-parts.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { HOST_DOOR_TOPIC } from '../sweep/host-connections.ts';
import { lockHost } from './host-store.ts';
import { forgetVms, markMissing } from '../sweep/sighting-record.ts';
import { dropMarks } from '../usage/usage-record.ts';

type Operation = typeof fleetContract.hostRemove;

/**
 * Forgets a host; nothing is changed on it. VMs of a customer or from a template stay, as missing. Locks the host and its VMs, so
 * that none is made, sold or given away in the same moment.
 */
export async function hostRemove(
  parts: Pick<FleetParts, 'store' | 'subscriptions'>,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  // `effect: 'store'`: what the context gives is the call's own transaction.
  const trx = context.tables<FleetTables>() as Transaction<FleetTables>;
  const host = await lockHost(trx, parts.store, input.hostId);
  if (host === undefined) return refuse('no-such-host', { hostId: input.hostId });
  context.subject(host.name);
  if (input.confirmName !== host.name) return refuse('name-differs', { name: host.name });
  const busy = (await activeTasksAbout(trx, host.id)).find((task) => task.kind.startsWith('vm-'));
  if (busy !== undefined) return refuse('host-busy', { name: host.name, task: busy.title });
  const ofHost = trx
    .selectFrom('vm')
    .select(['id', 'uuid', 'name', 'customer_id', 'template_id'])
    .where('host_id', '=', host.id)
    .orderBy('uuid');
  const vms = await forUpdate(ofHost, parts.store.kind).execute();
  const billed = await parts.subscriptions.among(
    trx,
    vms.map((vm) => vm.id),
  );
  if (billed.size > 0) return refuse('host-has-billed-vms', { count: billed.size, name: host.name });
  const nowMs = await parts.store.nowMs(trx);
  const owned = vms.filter((vm) => vm.customer_id !== null || vm.template_id !== null);
  await forgetVms(
    trx,
    vms.filter((vm) => !owned.includes(vm)),
    nowMs,
  );
  await markMissing(
    trx,
    owned.map((vm) => vm.id),
    nowMs,
  );
  await dropMarks(
    trx,
    owned.map((vm) => vm.uuid),
  );
  // The key goes for good; the row stays for the record of what ran there.
  await trx
    .updateTable('host')
    .set({ removed_at_ms: nowMs, sealed_auth: null, state: 'unreachable', reason: 'It was removed.' })
    .where('id', '=', host.id)
    .execute();
  await context.note('host', host.id);
  await context.note(CLUSTER_TOPIC, host.cluster_id);
  await context.note(HOST_DOOR_TOPIC, host.id);
  await context.note('vm', host.id);
  return done({});
}
