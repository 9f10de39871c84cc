import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { withLease } from '../../../platform/store/lease-hold.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { findHost, type StoredFacts } from './host-store.ts';
import { isNamedAlike } from './storage-sharing.ts';
import type { VolumePlace } from '../vms/vm-deletion-volumes.ts';

interface Asked {
  /** The VM that is not meant; undefined: nobody is excepted. */
  readonly vmId: string | undefined;
  readonly hostId: string;
}

/**
 * Another VM that has this volume, by the rows of the whole store: on the same host, and on each host that has the same storage in a pool; in
 * words, with its host where that is another one. Undefined where there is none. One statement whatever the number of VMs. A disk that a running
 * VM gets only at its next start stands in no row.
 */
export async function volumeSharer(
  db: Kysely<FleetTables>,
  asked: Asked,
  volume: VolumePlace,
): Promise<string | undefined> {
  const places = await placesOf(db, asked.hostId, volume);
  let others = db
    .selectFrom('vm')
    .innerJoin('vm_detail', 'vm_detail.uuid', 'vm.uuid')
    .select(['vm.name', 'vm.host_id', 'vm.host_name'])
    .where((is) =>
      is.or(
        places.map(({ hostIds, sources }) =>
          is.and([is('vm.host_id', 'in', hostIds), is.or(sources.map((source) => hasSource(source)))]),
        ),
      ),
    );
  if (asked.vmId !== undefined) others = others.where('vm.id', '<>', asked.vmId);
  const user = await others.orderBy('vm.name').executeTakeFirst();
  if (user === undefined) return undefined;
  return user.host_id === asked.hostId ? user.name : `${user.name} on ${user.host_name}`;
}

/** Leases of one storage: few, for their rows stay; volumes that share one wait for each other. */
const TURNS = 64;

/**
 * Runs `work` while no other engine decides who has this volume, where hosts share it; on a host's own storage that engine's own turns do. Who has
 * been given it is on its row when `work` ends, so that the next one sees it.
 */
export async function withSharedVolume<T>(
  store: Store,
  at: {
    readonly hostId: string;
    readonly volume: Pick<VolumePlace, 'pool' | 'name'>;
    readonly signal: AbortSignal;
  },
  work: (isShared: boolean) => Promise<T>,
): Promise<T> {
  const storage = await storageOf(store.tables(), at.hostId, at.volume.pool);
  if (storage === '') return await work(false);
  const turn = createHash('sha256').update(at.volume.name).digest().readUInt32BE() % TURNS;
  const lease = { name: `shared-volume:${storage}:${turn}`, signal: at.signal };
  return await withLease(store, lease, async () => await work(true));
}

async function storageOf(db: Kysely<FleetTables>, hostId: string, pool: string): Promise<string> {
  return (await poolsOf(db, hostId)).find(({ name }) => name === pool)?.sharedAs ?? '';
}

/** As JSON has it, quotes and all: one path may begin another. */
function hasSource(source: string) {
  return sql<boolean>`instr(vm_detail.disks, ${JSON.stringify(source)}) > 0`;
}

interface Places {
  readonly hostIds: string[];
  /** As definitions there name the volume. */
  readonly sources: string[];
}

/** Hosts that see the volume, together where they name it alike; the host itself is always among them. */
async function placesOf(db: Kysely<FleetTables>, hostId: string, volume: VolumePlace): Promise<Places[]> {
  const here: Places = { hostIds: [hostId], sources: [volume.path, `${volume.pool}/${volume.name}`] };
  const storage = await storageOf(db, hostId, volume.pool);
  if (storage === '') return [here];
  const hosts = await db
    .selectFrom('host')
    .select(['id', 'facts'])
    .where('id', '<>', hostId)
    .where('removed_at_ms', 'is', null)
    .where(sql<boolean>`instr(facts, ${JSON.stringify(storage)}) > 0`)
    .execute();
  const places = new Map<string, Places>([[JSON.stringify(here.sources), here]]);
  for (const { id, facts } of hosts) {
    for (const pool of sharing(facts, storage)) {
      const path = isNamedAlike(pool) ? volume.path : `${pool.path}/${volume.name}`;
      const sources = [path, `${pool.name}/${volume.name}`];
      const alike = places.get(JSON.stringify(sources)) ?? { hostIds: [], sources };
      alike.hostIds.push(id);
      places.set(JSON.stringify(sources), alike);
    }
  }
  return [...places.values()];
}

function sharing(facts: string, storage: string): StoredFacts['pools'] {
  return (JSON.parse(facts) as StoredFacts).pools.filter((pool) => pool.sharedAs === storage);
}

async function poolsOf(db: Kysely<FleetTables>, hostId: string): Promise<StoredFacts['pools']> {
  const host = await findHost(db, hostId);
  return host === undefined || host.facts === '' ? [] : (JSON.parse(host.facts) as StoredFacts).pools;
}
