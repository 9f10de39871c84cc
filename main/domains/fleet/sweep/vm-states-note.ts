import { sql, type Transaction } from 'kysely';
import type { VmState } from '../../../../shared/domains/fleet/vm-rules.ts';
import { valueRows } from '../../../platform/store/value-rows.ts';
import { forNoKeyUpdate, forUpdate } from '../../../platform/store/for-update.ts';
import type { Store } from '../../../platform/store/store.ts';
import { textList } from '../../../platform/store/update-many.ts';
import type { FleetTables } from '../fleet-tables.ts';
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
 * transaction. What runs on a host is counted anew on those in `recount` alone: that reads all their VMs, and their collector, which waits
 * for a host that is locked, counts them at its next look anyway. Locks these hosts in the order of their ids, then the VMs.
 */
export async function noteVmStates(
  trx: Transaction<FleetTables>,
  store: Pick<Store, 'kind' | 'changes' | 'nowMs'>,
  { noted, recount }: { readonly noted: readonly NotedVmState[]; readonly recount: readonly string[] },
): Promise<void> {
  if (recount.length > 0) {
    const hosts = trx.selectFrom('host').select('id').where('id', 'in', recount).orderBy('id');
    await forNoKeyUpdate(hosts, store.kind).execute();
  }
  if (noted.length > 0) await writeStates(trx, store, noted);
  if (recount.length === 0) return;
  await trx
    .updateTable('host')
    .set({
      vms_running: sql<number>`(select count(*) from vm where vm.host_id = host.id and vm.state in ('running', 'blocked'))`,
    })
    .where('id', 'in', recount)
    .execute();
  await store.changes.note(trx, 'host', recount);
}

async function writeStates(
  trx: Transaction<FleetTables>,
  store: Pick<Store, 'kind' | 'changes' | 'nowMs'>,
  noted: readonly NotedVmState[],
): Promise<void> {
  const ids = textList(
    store.kind,
    noted.map((vm) => vm.vmId),
  );
  // An update locks rows as it finds them.
  if (store.kind === 'postgres')
    await forUpdate(
      trx.selectFrom('vm').select('id').where('id', 'in', ids).orderBy('uuid'),
      store.kind,
    ).execute();
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
  await store.changes.note(
    trx,
    'vm',
    noted.map((vm) => vm.vmId),
  );
}
