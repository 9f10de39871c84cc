import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';

/** A volume of a VM by its pool and name, and the path its definition has. */
export interface VolumePlace {
  readonly pool: string;
  readonly name: string;
  readonly path: string;
}

interface DeletedVm {
  readonly uuid: string;
  readonly hostId: string;
}

/**
 * Writes down what goes with a VM before anything of it is touched, for whoever tries its deletion again: by then the host may no longer have
 * the definition that names its disks. Replaces what an earlier try has written.
 */
export async function rememberVolumes(
  store: Store,
  vm: DeletedVm,
  volumes: readonly VolumePlace[],
): Promise<void> {
  const rows = volumes.map(({ pool, name, path }) => ({
    vm_uuid: vm.uuid,
    host_id: vm.hostId,
    pool,
    volume: name,
    path,
  }));
  await store.transaction<FleetTables, void>(
    async (trx) => {
      await trx
        .deleteFrom('vm_deletion_volume')
        .where('vm_uuid', '=', vm.uuid)
        .where('host_id', '=', vm.hostId)
        .execute();
      await store.insertMany(trx, 'vm_deletion_volume', rows);
    },
    { repeatable: true },
  );
}

export async function rememberedVolumes(store: Store, vm: DeletedVm): Promise<VolumePlace[]> {
  return await store
    .tables<FleetTables>()
    .selectFrom('vm_deletion_volume')
    .select(['pool', 'volume as name', 'path'])
    .where('vm_uuid', '=', vm.uuid)
    .where('host_id', '=', vm.hostId)
    .orderBy('pool')
    .orderBy('volume')
    .execute();
}
