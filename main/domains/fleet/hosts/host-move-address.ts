import type { DomainHandlers } from '../../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../../shared/contract/outcome.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { lockHosts } from './host-store.ts';

/** Where QEMUs of other hosts send memory and disks to; moves under way go on as they began. */
export function hostMoveAddress(
  store: Pick<Store, 'kind'>,
): DomainHandlers<typeof fleetContract, CallContext>['hostMoveAddress'] {
  return async ({ hostId, address }, context) => {
    const db = context.tables<FleetTables>();
    const host = (await lockHosts(db, store, [hostId])).get(hostId);
    if (host === undefined) return refuse('no-such-host', { hostId });
    context.subject(host.name);
    if (host.move_address === address) return done({});
    await db.updateTable('host').set({ move_address: address }).where('id', '=', hostId).execute();
    await context.note('host', hostId);
    return done({});
  };
}
