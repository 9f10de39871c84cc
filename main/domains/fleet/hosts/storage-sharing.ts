import type { StoragePoolFacts } from './host-facts.ts';

/** What is mounted on a host from elsewhere. */
export interface SharedMount {
  /** `nfs1:/export`, as the kernel has it. */
  readonly source: string;
  readonly path: string;
}

/** The `<source>` of a pool's XML (https://libvirt.org/formatstorage.html), without what is secret. */
export interface PoolSource {
  readonly hosts: readonly string[];
  readonly folder: string;
  readonly device: string;
  readonly name: string;
}

/** Pools whose volumes other hosts have under the very path they have here: `iqn…`, `pool/image`. */
const NAMED_ALIKE: readonly string[] = ['iscsi', 'iscsi-direct', 'rbd', 'sheepdog'];

export function isNamedAlike(pool: Pick<StoragePoolFacts, 'type'>): boolean {
  return NAMED_ALIKE.includes(pool.type);
}

/** What names the storage behind a pool on every host that has it; empty for what belongs to one host, as far as the pool tells. */
export function storageOfPool(type: string, source: PoolSource): string {
  const at = source.hosts.toSorted().join(',');
  switch (type) {
    case 'netfs':
      return at === '' ? '' : plain(`${at}:${source.folder}`);
    case 'gluster':
    case 'rbd':
    case 'sheepdog':
    case 'vstorage':
      return source.name === '' ? '' : plain(`${type} ${at} ${source.name}${source.folder}`);
    case 'iscsi':
    case 'iscsi-direct':
      return source.device === '' ? '' : `${type} ${at} ${source.device}`;
    default:
      return '';
  }
}

/** Pools with what their folders are mounted from, where that is storage of the network. */
export function withMounts(
  pools: readonly StoragePoolFacts[],
  mounts: readonly SharedMount[],
): StoragePoolFacts[] {
  return pools.map((pool) => {
    if ((pool.sharedAs ?? '') !== '' || pool.path === '') return pool;
    const under = mounts.filter(({ path }) => pool.path === path || pool.path.startsWith(`${path}/`));
    const mount = under.toSorted((a, b) => b.path.length - a.path.length)[0];
    if (mount === undefined) return pool;
    return { ...pool, sharedAs: plain(`${mount.source}${pool.path.slice(mount.path.length)}`) };
  });
}

/** One name for `/export` and `/export/`, and for a folder however deep its file system is mounted. */
function plain(source: string): string {
  return source.replaceAll(/\/{2,}/g, '/').replace(/(?<=[^:])\/$/, '');
}
