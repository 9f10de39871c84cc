import type { CallInputOf } from '../../shared/contract/operation.ts';
import type { bulkContract } from '../../shared/domains/bulk/bulk-contract.ts';
import type { FleetTables } from '../domains/fleet/fleet-tables.ts';
import { insertVms, type VmRecord } from '../domains/fleet/vms/vm-store.ts';
import type { Store } from '../platform/store/store.ts';
import { vmRow } from './bench/fleet-room.ts';
import type { DomainsRoom } from './domains-room.ts';
import { hostRowForTest } from './host-row.ts';

type Start = CallInputOf<typeof bulkContract.bulkStart>;

export const bulkVmId = (n: number): string => `vm_${String(n).padStart(2, '0')}`;

/** VMs that run, in the store alone: `vm_00`, `vm_01`, …; on one host unless said otherwise. */
export async function insertBulkFleet(
  store: Store,
  vms: number,
  of: (n: number) => Partial<VmRecord> = () => ({}),
): Promise<void> {
  const rows = Array.from({ length: vms }, (_, n) => ({
    ...vmRow(n),
    id: bulkVmId(n),
    name: `acct-${n}`,
    host_id: 'host_a',
    customer_id: null,
    state: 'running',
    tags: '[]',
    ...of(n),
  }));
  const hosts = [...new Set(rows.map((vm) => vm.host_id))];
  await store.transaction<FleetTables, void>(async (trx) => {
    await store.insertMany(
      trx,
      'host',
      hosts.map((id) => hostRowForTest(id, Date.now())),
    );
    await insertVms(trx, store, rows);
  });
}

/** A bulk action on these as they would be approved in the console; its answer, or the refusal's code. */
export async function startBulk(
  room: DomainsRoom,
  what: Start['what'],
  vms: readonly number[],
): Promise<{ bulkId: string; taskId: string } | string> {
  const select = { vmIds: vms.map(bulkVmId) };
  const seen = await room.call('bulk.bulkPreview', { what, select });
  if (typeof seen === 'string') return seen;
  const expected = { count: seen.will, digest: seen.digest };
  return await room.call('bulk.bulkStart', { what, select, expected, confirmCount: seen.will });
}
