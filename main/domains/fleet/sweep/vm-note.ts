import type { Transaction } from 'kysely';
import type { VmState } from '../../../../shared/domains/fleet/vm-rules.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { changeHost, hostCounts, lockHost } from '../hosts/host-store.ts';
import { sightedColumns, vmRowAfter } from '../vms/vm-row.ts';
import type { BlockSizes } from './vm-statistics.ts';
import { lockVms, writeVms, type VmRecord } from '../vms/vm-store.ts';
import { parseVmXml } from '../vms/vm-xml.ts';

/** What a host has just told of a VM that was changed on it. Absent: nothing new. */
export interface VmTold {
  /** The definition in force. */
  readonly xml: string;
  readonly state: VmState;
  /** The definition of its next start. */
  readonly nextXml: string;
  readonly autostart?: boolean;
  readonly blocks: readonly BlockSizes[];
}

/**
 * Writes what a host has just told of a VM into its row, under the locks of host and VM, without waiting for whoever collects; a look
 * that began before does not turn it back. What is sold on the host is counted anew.
 */
export async function noteDefinition(
  parts: { readonly store: Store },
  vm: { readonly id: string; readonly host_id: string },
  told: VmTold,
): Promise<void> {
  const shape = parseVmXml(told.xml);
  const { vcpus, memoryBytes } = parseVmXml(told.nextXml);
  const nowMs = await parts.store.nowMs();
  await parts.store.transaction<FleetTables, void>(
    async (trx) => {
      const host = await lockHost(trx, parts.store, vm.host_id);
      const row = await lockedRow(trx, parts.store, vm);
      if (host === undefined || row === undefined) return;
      const after = vmRowAfter(
        { ...row, noted_at_ms: 0 },
        {
          uuid: row.uuid,
          name: shape.name,
          state: told.state,
          boot: '',
          cpuTimeMs: 0,
          vcpus: undefined,
          memoryBytes: undefined,
          memoryUsedBytes: undefined,
          cpuPercent: undefined,
          blocks: told.blocks,
          shape,
          next: { vcpus, memoryBytes },
          addresses: undefined,
          os: undefined,
          agent: undefined,
          autostart: told.autostart,
          persistent: undefined,
          startedAtMs: undefined,
          minutes: [],
        },
        { hostId: vm.host_id, atMs: nowMs },
      );
      const noted = { ...after, noted_at_ms: nowMs };
      await writeVms(trx, parts.store, {
        vms: [noted],
        columns: [...sightedColumns, 'noted_at_ms'],
        withDevices: [noted],
      });
      await parts.store.changes.note(trx, 'vm', vm.id);
      if (await changeHost(trx, host, await hostCounts(trx, vm.host_id)))
        await parts.store.changes.note(trx, 'host', vm.host_id);
    },
    { repeatable: true },
  );
}

/** Undefined for one that is gone, is still being made, or has left this host. */
async function lockedRow(
  trx: Transaction<FleetTables>,
  store: Pick<Store, 'kind'>,
  vm: { readonly id: string; readonly host_id: string },
): Promise<VmRecord | undefined> {
  const known = await trx.selectFrom('vm').select('uuid').where('id', '=', vm.id).executeTakeFirst();
  const [row] = known === undefined ? [] : await lockVms(trx, store, [known.uuid]);
  if (row?.host_id !== vm.host_id) return undefined;
  return row.state === 'provisioning' || row.state === 'missing' ? undefined : row;
}
