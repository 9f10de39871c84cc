import type { DomainHandlers } from '../../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../../shared/contract/outcome.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { lockHosts } from './host-store.ts';

/** Adds and takes away labels of hosts, on all of them or none; VMs that are there stay. */
export function hostLabel(
  store: Pick<Store, 'kind'>,
): DomainHandlers<typeof fleetContract, CallContext>['hostLabel'] {
  return async ({ hostIds, add, remove }, context) => {
    const db = context.tables<FleetTables>();
    const found = await lockHosts(db, store, hostIds);
    const unknown = hostIds.find((hostId) => !found.has(hostId));
    if (unknown !== undefined) return refuse('no-such-host', { hostId: unknown });
    const hosts = [...found.values()];
    context.subject(hosts.map(({ name }) => name).join(', '));
    let changed = 0;
    for (const host of hosts) {
      const had = JSON.parse(host.labels) as string[];
      const labels = JSON.stringify(
        [...new Set([...had, ...add])].filter((label) => !remove.includes(label)).sort(),
      );
      if (labels === host.labels) continue;
      changed += 1;
      await db.updateTable('host').set({ labels }).where('id', '=', host.id).execute();
      await context.note('host', host.id);
    }
    return done({ changed });
  };
}
