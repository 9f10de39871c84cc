import { vmIsBilled, vmIsPooled } from '../domains/billing/billing-public.ts';
import type { BulkParts } from '../domains/bulk/bulk-parts.ts';
import { notDeleted } from '../domains/bulk/bulk-public.ts';
import { lockCustomers } from '../domains/customers/customers-public.ts';
import { beginVmDelete } from '../domains/fleet/vms/vm-delete.ts';
import type { ProvisioningCommandParts } from '../domains/fleet/vms/vm-provisioning-parts.ts';
import type { Ground } from './engine-domains.ts';

/** What actions on many VMs are given of the other domains. */
export function bulkParts(
  { store, connections, sweepMs }: Ground,
  provisioning: ProvisioningCommandParts,
): BulkParts {
  return {
    store,
    withHost: async (hostId, signal, work) =>
      await connections.withHost(hostId, signal, async ({ session }) => await work(session)),
    vmIsBilled,
    vmIsPooled,
    lockCustomers: async (db, customerIds) => await lockCustomers(db, store, customerIds),
    startVmDelete: async (vmId, options) => {
      const begun = await beginVmDelete(provisioning, vmId, options);
      return begun.ok ? begun.value : notDeleted(begun);
    },
    staleAfterMs: 3 * sweepMs,
  };
}
