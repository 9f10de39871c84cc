import { createReadStream, existsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { LoadCounters, LoadProfile } from './guest-load.ts';
import type { GuestFacts } from './simulated-vm.ts';

/** What travels of a guest from one simulated host to another: all that its QEMU would carry over. */
export type GuestLuggage = {
  readonly uuid: string;
  readonly seed: number;
  readonly load: LoadProfile;
  readonly guest: GuestFacts;
  readonly counters: LoadCounters;
  readonly bootStartedAtMs: number;
  readonly vcpus: number;
  readonly vcpusFixed: number;
  readonly memoryKiB: number;
  readonly paused: boolean;
};

type Header =
  | { readonly kind: 'disk'; readonly target: string; readonly bytes: number }
  | { readonly kind: 'guest'; readonly luggage: GuestLuggage };

/** A disk that is copied along: the bytes of its file, where there is one. */
export type WireDisk = { readonly target: string; readonly file: string };

const MARK = 0x0a;

/** The source's end: a TCP connection to where the target listens. Everything is sent in one go, disks before the guest. */
export async function dialTarget(uri: string, signal: AbortSignal): Promise<Socket> {
  const { hostname, port } = new URL(uri);
  const socket = connect({ host: hostname, port: Number(port) });
  const stop = (): void => void socket.destroy(new Error('canceled'));
  signal.addEventListener('abort', stop, { once: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve);
  socket.once('error', reject);
  socket.once('close', () => reject(new Error('closed')));
  await promise;
  socket.on('error', () => undefined);
  return socket;
}

export async function sendDisk(socket: Socket, disk: WireDisk): Promise<void> {
  const bytes = existsSync(disk.file) ? statSync(disk.file).size : 0;
  if (bytes === 0) return;
  await write(socket, header({ kind: 'disk', target: disk.target, bytes }));
  for await (const piece of createReadStream(disk.file)) await write(socket, piece as Buffer);
}

/** Resolves when the target says that it has everything. */
export async function sendGuest(socket: Socket, luggage: GuestLuggage): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('data', () => resolve());
  socket.once('close', () => reject(new Error('the target hung up')));
  await write(socket, header({ kind: 'guest', luggage }));
  await promise;
}

function header(value: Header): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

async function write(socket: Socket, bytes: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  await promise;
}

/** The target's end: listens for one guest, writes its disks to `fileOf`, keeps what it brings. */
export class ArrivalDoor {
  readonly #server: Server;
  readonly #fileOf: (target: string) => string | undefined;
  readonly #sockets = new Set<Socket>();
  luggage: GuestLuggage | null = null;

  constructor(fileOf: (target: string) => string | undefined) {
    this.#fileOf = fileOf;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      void this.#take(socket).catch(() => socket.destroy());
    });
  }

  async listen(address: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(0, address, resolve);
    await promise;
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #take(socket: Socket): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    let disk:
      | { readonly file: Awaited<ReturnType<typeof open>> | undefined; left: number; at: number }
      | undefined;
    for await (const piece of socket) {
      rest = rest.length === 0 ? (piece as Buffer) : Buffer.concat([rest, piece as Buffer]);
      for (;;) {
        if (disk !== undefined) {
          const part = rest.subarray(0, disk.left);
          await disk.file?.write(part, 0, part.length, disk.at);
          disk.at += part.length;
          disk.left -= part.length;
          rest = rest.subarray(part.length);
          if (disk.left > 0) break;
          await disk.file?.close();
          disk = undefined;
        }
        const end = rest.indexOf(MARK);
        if (end === -1) break;
        const said = JSON.parse(rest.subarray(0, end).toString('utf8')) as Header;
        rest = rest.subarray(end + 1);
        if (said.kind === 'disk') {
          const path = this.#fileOf(said.target);
          const file = path === undefined ? undefined : await open(path, 'w', 0o600);
          disk = { file, left: said.bytes, at: 0 };
        } else {
          this.luggage = said.luggage;
          socket.write('done\n');
        }
      }
    }
  }
}
