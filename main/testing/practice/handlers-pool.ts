import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { listed } from './handlers-network.ts';
import type { Handlers } from './procedure-table.ts';
import type { SimulatedHost } from './simulated-host.ts';
import { SimulatedPool, storageRefusal } from './simulated-pool.ts';
import { child, childText, parseDocument } from './xml-tree.ts';

/** `virStoragePoolEventLifecycleType` */
const poolEvents = { defined: 0, undefined: 1, started: 2, stopped: 3, created: 4, deleted: 5 } as const;

function poolOf(host: SimulatedHost, xml: string, active: boolean): SimulatedPool {
  const pool = parseDocument(xml, 'storage_pool_definition', 'pool');
  const { type } = pool.attributes;
  if (type !== 'dir')
    throw storageRefusal('VIR_ERR_CONFIG_UNSUPPORTED', `a practice host has pools of type dir, not ${type}`);
  const name = childText(pool, 'name');
  if (name === undefined || name === '')
    throw storageRefusal('VIR_ERR_XML_ERROR', 'missing pool source name element');
  const targetPath = childText(child(pool, 'target'), 'path');
  if (targetPath === undefined) throw storageRefusal('VIR_ERR_XML_ERROR', 'missing storage pool target path');
  const known = host.pools.get(name);
  const uuid = childText(pool, 'uuid') ?? known?.uuid ?? randomUUID();
  if (known !== undefined && known.uuid !== uuid)
    throw storageRefusal('VIR_ERR_OPERATION_FAILED', `pool '${name}' already exists with uuid ${known.uuid}`);
  if (known !== undefined) return known;
  for (const other of host.pools.values())
    if (other.uuid === uuid)
      throw storageRefusal(
        'VIR_ERR_OPERATION_FAILED',
        `pool '${other.name}' is already defined with uuid ${uuid}`,
      );
  const folder = join(host.folder, `pool-${host.pools.size}`);
  return new SimulatedPool({ name, uuid, targetPath, folder, diskBytes: host.hardware.poolBytes, active });
}

/** Storage pools. */
export function poolHandlers(host: SimulatedHost): Handlers {
  const byRef = ({ name }: { name: string }): SimulatedPool => host.pool(name);
  const tell = (pool: SimulatedPool, event: keyof typeof poolEvents): void =>
    host.events.tell('storagePoolLifecycle', pool.uuid, {
      pool: pool.ref,
      event: poolEvents[event],
      detail: 0,
    });
  const start = (pool: SimulatedPool): void => {
    if (pool.active)
      throw storageRefusal('VIR_ERR_OPERATION_INVALID', `storage pool '${pool.name}' is already active`);
    pool.build();
    pool.active = true;
    pool.refresh();
    tell(pool, 'started');
  };
  return {
    storagePoolDefineXml: ({ xml }) => {
      const pool = poolOf(host, xml, false);
      pool.autostart = host.pools.has(pool.name) && pool.autostart;
      host.pools.set(pool.name, pool);
      tell(pool, 'defined');
      return { pool: pool.ref };
    },
    storagePoolCreateXml: ({ xml }) => {
      const pool = poolOf(host, xml, false);
      pool.persistent = host.pools.has(pool.name);
      start(pool);
      host.pools.set(pool.name, pool);
      return { pool: pool.ref };
    },
    storagePoolCreate: ({ pool }) => start(byRef(pool)),
    storagePoolBuild: ({ pool }) => byRef(pool).build(),
    storagePoolDestroy: ({ pool: ref }) => {
      const pool = byRef(ref);
      pool.requireActive();
      pool.active = false;
      if (!pool.persistent) host.pools.delete(pool.name);
      tell(pool, 'stopped');
    },
    storagePoolDelete: ({ pool: ref }) => {
      const pool = byRef(ref);
      if (pool.active)
        throw storageRefusal('VIR_ERR_OPERATION_INVALID', `storage pool '${pool.name}' is still active`);
      pool.removeFolder();
      tell(pool, 'deleted');
    },
    storagePoolUndefine: ({ pool: ref }) => {
      const pool = byRef(ref);
      if (pool.active)
        throw storageRefusal('VIR_ERR_OPERATION_INVALID', `storage pool '${pool.name}' is still active`);
      host.pools.delete(pool.name);
      tell(pool, 'undefined');
    },
    storagePoolRefresh: ({ pool: ref }) => {
      const pool = byRef(ref);
      pool.refresh();
      host.events.tell('storagePoolRefresh', pool.uuid, { pool: pool.ref });
    },
    ...poolReadHandlers(host),
  };
}

function poolReadHandlers(host: SimulatedHost): Handlers {
  const byRef = ({ name }: { name: string }): SimulatedPool => host.pool(name);
  return {
    connectListAllStoragePools: ({ needResults, flags }) => {
      const pools = listed(host.pools.values(), flags);
      return { pools: needResults === 0 ? [] : pools.map((one) => one.ref), ret: pools.length };
    },
    storagePoolLookupByName: ({ name }) => ({ pool: host.pool(name).ref }),
    storagePoolLookupByUuid: ({ uuid }) => {
      for (const one of host.pools.values()) if (one.uuid === uuid) return { pool: one.ref };
      throw storageRefusal('VIR_ERR_NO_STORAGE_POOL', `no storage pool with matching uuid '${uuid}'`);
    },
    storagePoolLookupByVolume: ({ vol }) => ({ pool: host.pool(vol.pool).ref }),
    storagePoolLookupByTargetPath: ({ path }) => {
      for (const one of host.pools.values()) if (one.targetPath === path) return { pool: one.ref };
      throw storageRefusal('VIR_ERR_NO_STORAGE_POOL', `no storage pool with matching target path '${path}'`);
    },
    storagePoolGetInfo: ({ pool: ref }) => {
      const pool = byRef(ref);
      if (!pool.active) return { state: 0, capacity: 0, allocation: 0, available: 0 };
      return {
        state: 2,
        capacity: pool.capacityBytes,
        allocation: pool.allocationBytes,
        available: pool.availableBytes,
      };
    },
    storagePoolGetXmlDesc: ({ pool }) => ({ xml: byRef(pool).xml }),
    storagePoolIsActive: ({ pool }) => ({ active: byRef(pool).active }),
    storagePoolIsPersistent: ({ pool }) => ({ persistent: byRef(pool).persistent }),
    storagePoolGetAutostart: ({ pool }) => ({ autostart: byRef(pool).autostart }),
    storagePoolSetAutostart: ({ pool, autostart }) => {
      byRef(pool).autostart = autostart;
    },
    storagePoolNumOfVolumes: ({ pool }) => ({ num: byRef(pool).volumes.length }),
    storagePoolListAllVolumes: ({ pool: ref, needResults }) => {
      const pool = byRef(ref);
      const volumes = pool.volumes;
      return {
        vols: needResults === 0 ? [] : volumes.map((volume) => pool.volumeRef(volume)),
        ret: volumes.length,
      };
    },
    connectGetStoragePoolCapabilities: () => ({
      capabilities: `<storagepoolCapabilities>\n  <pool type='dir' supported='yes'>\n  </pool>\n</storagepoolCapabilities>\n`,
    }),
  };
}
