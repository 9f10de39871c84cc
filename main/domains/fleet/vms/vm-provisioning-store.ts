import type { Transaction } from 'kysely';
import type { VmSize } from '../../../../shared/domains/fleet/vm-contract.ts';
import type { VmState } from '../../../../shared/domains/fleet/vm-rules.ts';
import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import { forUpdate } from '../../../platform/store/for-update.ts';
import type { AnyTransaction, Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { changeHost, hostCounts, lockHost, type HostRecord } from '../hosts/host-store.ts';
import { forgetVms } from '../sweep/sighting-record.ts';
import type { VmProvisionInput } from './vm-provision-input.ts';
import type { StoredNic } from './vm-row.ts';
import { insertVms, type VmRecord } from './vm-store.ts';

type Trx = Transaction<FleetTables>;

/** What a VM is reserved by that is to be made, from a template or from another VM. */
export type ReservedVm = Pick<
  VmProvisionInput,
  'vmId' | 'uuid' | 'hostId' | 'hostName' | 'name' | 'customerId' | 'os' | 'tags' | keyof VmSize
> & { readonly templateId: string | null };

/** The row of a VM that is being made: its name, its place and its share of the host are taken from now on. */
export function provisioningRow(input: Omit<ReservedVm, 'hostName'>, nowMs: number): VmRecord {
  return {
    id: input.vmId,
    uuid: input.uuid,
    host_id: input.hostId,
    name: input.name,
    state: 'provisioning',
    customer_id: input.customerId,
    template_id: input.templateId,
    address: '',
    vcpus: input.vcpus,
    memory_bytes: input.memoryBytes,
    memory_used_bytes: 0,
    disk_bytes: input.diskBytes,
    cpu_percent: 0,
    started_at_ms: null,
    tags: JSON.stringify(input.tags),
    os: input.os,
    agent: 0,
    autostart: 0,
    persistent: 1,
    disks: '[]',
    nics: '[]',
    graphics: '',
    notes: '',
    created_at_ms: nowMs,
    missing_since_at_ms: null,
    noted_at_ms: 0,
    moving_to: null,
    next_vcpus: 0,
    next_memory_bytes: 0,
  };
}

/** The caller has locked the host. */
export async function insertProvisioning(
  trx: Trx,
  store: Pick<Store, 'changes' | 'insertMany'>,
  on: { host: HostRecord; row: VmRecord },
): Promise<void> {
  await insertVms(trx, store, [on.row]);
  await recount(trx, store, on.host, on.row.id);
}

/**
 * The VM answers: from here on the collector says what it is. Where it answers is on its row at once, and stays there until
 * the collector has asked for itself.
 */
export async function markProvisioned(
  store: Store,
  vm: { vmId: string; hostId: string; mac: string; source: string; address: string },
): Promise<void> {
  await store.transaction<FleetTables, void>(
    async (trx) => {
      const host = await lockHost(trx, store, vm.hostId);
      const mine = trx
        .selectFrom('vm')
        .select('uuid')
        .where('id', '=', vm.vmId)
        .where('state', '=', 'provisioning');
      const row = await forUpdate(mine, store.kind).executeTakeFirst();
      if (row === undefined) return;
      if (vm.address !== '') await addAddress(trx, row.uuid, vm);
      await trx
        .updateTable('vm')
        .set({ state: 'running', ...(vm.address === '' ? {} : { address: vm.address }) })
        .where('id', '=', vm.vmId)
        .execute();
      await recount(trx, store, host, vm.vmId);
    },
    { repeatable: true },
  );
}

/** A VM that was made in another way is ready, in this state. */
export async function handOver(
  store: Store,
  vm: { readonly vmId: string; readonly hostId: string },
  state: VmState,
): Promise<void> {
  await store.transaction<FleetTables, void>(
    async (trx) => {
      const host = await lockHost(trx, store, vm.hostId);
      await trx
        .updateTable('vm')
        .set({ state })
        .where('id', '=', vm.vmId)
        .where('state', '=', 'provisioning')
        .execute();
      await recount(trx, store, host, vm.vmId);
    },
    { repeatable: true },
  );
}

/** Undoes a handing over: it is in the making again, and can be given up. */
export async function takeBack(
  store: Store,
  vm: { readonly vmId: string; readonly hostId: string },
): Promise<void> {
  await store.transaction<FleetTables, void>(
    async (trx) => {
      const host = await lockHost(trx, store, vm.hostId);
      await trx.updateTable('vm').set({ state: 'provisioning' }).where('id', '=', vm.vmId).execute();
      await recount(trx, store, host, vm.vmId);
    },
    { repeatable: true },
  );
}

async function addAddress(
  trx: Trx,
  uuid: string,
  vm: { mac: string; source: string; address: string },
): Promise<void> {
  const detail = trx.selectFrom('vm_detail').select('nics').where('uuid', '=', uuid);
  const { nics } = await detail.executeTakeFirstOrThrow();
  await trx
    .updateTable('vm_detail')
    .set({ nics: nicsWithAddress(nics, vm) })
    .where('uuid', '=', uuid)
    .execute();
}

function nicsWithAddress(stored: string, vm: { mac: string; source: string; address: string }): string {
  const nics = JSON.parse(stored) as StoredNic[];
  const known = nics.find((nic) => nic.mac.toLowerCase() === vm.mac);
  // The collector may not have read its definition yet; once it has, it goes by the MAC.
  const nic = known ?? { mac: vm.mac, model: 'virtio', source: vm.source, target: '', addresses: [] };
  const others = nics.filter((one) => one !== known);
  const addresses = [...new Set([vm.address, ...nic.addresses])];
  return JSON.stringify([{ ...nic, addresses }, ...others]);
}

/** Gives up the row of a VM that was never finished, and its share of the host. */
export async function dropProvisioned(store: Store, vm: { vmId: string; hostId: string }): Promise<void> {
  await store.transaction<FleetTables, void>(
    async (trx) => {
      const host = await lockHost(trx, store, vm.hostId);
      const gone = await trx
        .deleteFrom('vm')
        .where('id', '=', vm.vmId)
        .where('state', '=', 'provisioning')
        .executeTakeFirst();
      if (Number(gone.numDeletedRows) > 0) await recount(trx, store, host, vm.vmId);
    },
    { repeatable: true },
  );
}

/** Throws where a VM is on another host than this, or on its way to one; a VM that is off the list already is nowhere else. */
export async function requireThere(
  store: Pick<Store, 'kind'>,
  within: AnyTransaction,
  vm: { readonly vmId: string; readonly name: string; readonly hostId: string },
): Promise<void> {
  const row = (within as unknown as Trx)
    .selectFrom('vm')
    .select(['host_id', 'moving_to'])
    .where('id', '=', vm.vmId);
  const place = await forUpdate(row, store.kind).executeTakeFirst();
  if (place === undefined || (place.host_id === vm.hostId && place.moving_to === null)) return;
  throw new OperatingFailure({
    code: 'moved-meanwhile',
    sentence: `${vm.name} was moved to another host since. Look where it is, and delete it there.`,
  });
}

/** A VM that was deleted on purpose; what it used stays on record. Throws where it was moved meanwhile. */
export async function forgetDeleted(
  store: Store,
  vm: { vmId: string; uuid: string; name: string; hostId: string },
): Promise<void> {
  const nowMs = await store.nowMs();
  await store.transaction<FleetTables, void>(
    async (trx) => {
      const host = await lockHost(trx, store, vm.hostId);
      await requireThere(store, trx, vm);
      await forgetVms(trx, [{ id: vm.vmId, uuid: vm.uuid, name: vm.name }], nowMs);
      await recount(trx, store, host, vm.vmId);
    },
    { repeatable: true },
  );
}

/** A host that was removed meanwhile counts nothing any more. */
async function recount(
  trx: Trx,
  store: Pick<Store, 'changes'>,
  host: HostRecord | undefined,
  vmId: string,
): Promise<void> {
  await store.changes.note(trx, 'vm', vmId);
  if (host !== undefined && (await changeHost(trx, host, await hostCounts(trx, host.id))))
    await store.changes.note(trx, 'host', host.id);
}
