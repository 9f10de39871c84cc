import type { Transaction } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { placementOf } from '../hosts/host-placement.ts';
import { lockHost } from '../hosts/host-store.ts';
import { insertProvisioning, provisioningRow, type ReservedVm } from './vm-provisioning-store.ts';

/**
 * Takes name and place of a VM that is to be made, under the host's lock: everybody else who places on it waits. A VM that has its
 * row already keeps it.
 */
export async function reserveVm(
  store: Pick<Store, 'kind' | 'changes' | 'insertMany'>,
  trx: Transaction<FleetTables>,
  made: { readonly task: ReservedVm; readonly nowMs: number },
): Promise<Outcome<object, 'name-taken' | 'no-such-host' | 'host-does-not-fit'>> {
  const { task, nowMs } = made;
  const host = await lockHost(trx, store, task.hostId);
  if (host === undefined) return refuse('no-such-host', { hostId: task.hostId });
  const vms = trx.selectFrom('vm').select(['id', 'name']);
  const same = await vms.where('uuid', '=', task.uuid).executeTakeFirst();
  if (same?.id === task.vmId) return done({});
  const named = vms.where('host_id', '=', task.hostId).where('name', '=', task.name);
  // The same UUID under another id: what an undone attempt left on the host was found there and is somebody else's to judge.
  const taken = same ?? (await named.executeTakeFirst());
  if (taken) return refuse('name-taken', { name: taken.name, host: task.hostName });
  const [place] = await placementOf(trx, task, { hostId: task.hostId });
  if (place?.fits !== true)
    return refuse('host-does-not-fit', { host: task.hostName, reason: place?.reason ?? 'it is gone' });
  await insertProvisioning(trx, store, { host, row: provisioningRow(task, nowMs) });
  return done({});
}
