import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { NamedHost, TemplateHosts } from '../domains/templates/templates-parts.ts';
import { OperatingFailure } from '../platform/calls/operating-failure.ts';
import { LibvirtConnection } from '../platform/libvirt/libvirt-connection.ts';
import { startPrivateLibvirtd, type PrivateLibvirtd } from './libvirt/private-libvirtd.ts';

const URI = 'qemu:///session';
/** Who the private daemons run as when the test runs as root. */
const NOBODY = 65_534;

interface StorageHost extends NamedHost {
  readonly daemon: PrivateLibvirtd;
  /** Folder of its pool `default`. */
  readonly pool: string;
  readonly sockets: Set<Duplex>;
  isCut: boolean;
}

/** Real libvirt daemons with a pool each, for tests of what is stored on hosts; they can be cut off. */
export class StorageHosts implements TemplateHosts {
  readonly #hosts = new Map<string, StorageHost>();

  static async start(names: readonly string[]): Promise<StorageHosts> {
    const hosts = new StorageHosts();
    for (const name of names) await hosts.#add(name);
    return hosts;
  }

  async stop(): Promise<void> {
    for (const host of this.#hosts.values()) await host.daemon.stop();
  }

  get all(): readonly NamedHost[] {
    return [...this.#hosts.values()].map(({ hostId, host }) => ({ hostId, host }));
  }

  /** Names of the files in the host's pool. */
  volumes(hostId: string): string[] {
    return readdirSync(this.#host(hostId).pool).sort();
  }

  path(hostId: string, volume: string): string {
    return join(this.#host(hostId).pool, volume);
  }

  /** All connections to the host break, and none is made until it is back. */
  cut(hostId: string): void {
    const host = this.#host(hostId);
    host.isCut = true;
    for (const socket of host.sockets) socket.destroy();
  }

  back(hostId: string): void {
    this.#host(hostId).isCut = false;
  }

  async uploadTargets(): Promise<readonly NamedHost[]> {
    return [...this.#hosts.values()]
      .filter((host) => !host.isCut)
      .map(({ hostId, host }) => ({ hostId, host }));
  }

  async names(_db: unknown, hostIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const known = hostIds.flatMap((hostId) => this.#hosts.get(hostId) ?? []);
    return new Map(known.map(({ hostId, host }) => [hostId, host]));
  }

  async vmCounts(): Promise<ReadonlyMap<string, number>> {
    return new Map();
  }

  async withHost<T>(
    hostId: string,
    signal: AbortSignal,
    work: (host: LibvirtConnection) => Promise<T>,
  ): Promise<T> {
    const host = this.#host(hostId);
    const connection = await LibvirtConnection.open({
      uri: URI,
      signal,
      dial: async (dialSignal) => {
        if (host.isCut) {
          throw new OperatingFailure({
            code: 'host-away',
            sentence: `${host.host} is cut off.`,
            mayRetry: true,
          });
        }
        const socket = await host.daemon.dial(dialSignal);
        host.sockets.add(socket);
        return socket;
      },
    });
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }

  async #add(name: string): Promise<void> {
    const daemon = await startPrivateLibvirtd();
    const pool = join(daemon.folder, 'pool');
    mkdirSync(pool);
    if (process.getuid?.() === 0) chownSync(pool, NOBODY, NOBODY);
    const created = await daemon.virsh(URI, ['pool-create-as', 'default', 'dir', '--target', pool]);
    if (created.exitCode !== 0) throw new Error(created.stderr);
    const hostId = `host_${name}`;
    this.#hosts.set(hostId, { hostId, host: name, daemon, pool, sockets: new Set(), isCut: false });
  }

  #host(hostId: string): StorageHost {
    const host = this.#hosts.get(hostId);
    if (host === undefined) throw new Error(`There is no host ${hostId}.`);
    return host;
  }
}

/** A qcow2 image that holds arbitrary bytes, made by qemu-img. */
export function makeImage(folder: string, options: { name?: string; dataBytes?: number } = {}): string {
  const { name = 'image.qcow2', dataBytes = 3 * 1024 ** 2 } = options;
  const raw = join(folder, `${name}.raw`);
  writeFileSync(raw, randomBytes(dataBytes));
  const image = join(folder, name);
  const made = spawnSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, image], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`qemu-img: ${made.stderr}`);
  return image;
}

export function fileBytes(path: string): number {
  return statSync(path).size;
}
