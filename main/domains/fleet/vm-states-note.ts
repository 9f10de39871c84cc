import { sql, type Transaction } from 'kysely';
import type { VmState } from '../../../shared/domains/fleet/vm-rules.ts';
import { valueRows } from '../../platform/store/value-rows.ts';
import { forNoKeyUpdate } from '../../platform/store/for-update.ts';
import type { Store } from '../../platform/store/store.ts';
import type { FleetTables } from './fleet-tables.ts';
import { isPowered } from './vm-statistics.ts';

export interface NotedVmState {
  readonly vmId: string;
  readonly hostId: string;
  readonly state: VmState;
  /** Where that was set, too. */
  readonly autostart?: boolean;
}

/**
 * Writes the states that hosts have just told of many VMs, in a handful of statements whatever their number, within the caller's
 * transaction. Locks the hosts in the order of their ids, then the VMs.
 */
export async function noteVmStates(
  trx: Transaction<FleetTables>,
  store: Pick<Store, 'kind' | 'changes' | 'nowMs'>,
  noted: readonly NotedVmState[],
): Promise<void> {
  if (noted.length === 0) return;
  const hostIds = [...new Set(noted.map((vm) => vm.hostId))].toSorted();
  const hosts = trx.selectFrom('host').select('id').where('id', 'in', hostIds).orderBy('id');
  await forNoKeyUpdate(hosts, store.kind).execute();
  const atMs = await store.nowMs(trx);
  const rows = valueRows(
    store.kind,
    { id: 'text', state: 'text', powered: 'bigint', autostart: 'bigint' },
    noted,
    (vm) => [
      vm.vmId,
      vm.state,
      isPowered(vm.state) ? 1 : 0,
      vm.autostart === undefined ? null : Number(vm.autostart),
    ],
  );
  await sql`update vm set state = noted.state, noted_at_ms = cast(${atMs} as bigint),
      cpu_percent = case when noted.powered = 1 then vm.cpu_percent else 0 end,
      memory_used_bytes = case when noted.powered = 1 then vm.memory_used_bytes else 0 end,
      started_at_ms = case when noted.powered = 1 then vm.started_at_ms else null end,
      autostart = coalesce(noted.autostart, vm.autostart),
      agent = case when noted.powered = 1 then vm.agent else 0 end
    from ${rows} as noted where vm.id = noted.id and vm.state not in ('provisioning', 'missing')`.execute(
    trx,
  );
  await trx
    .updateTable('host')
    .set({
      vms_running: sql<number>`(select count(*) from vm where vm.host_id = host.id and vm.state in ('running', 'blocked'))`,
    })
    .where('id', 'in', hostIds)
    .execute();
  await store.changes.note(
    trx,
    'vm',
    noted.map((vm) => vm.vmId),
  );
  await store.changes.note(trx, 'host', hostIds);
}
