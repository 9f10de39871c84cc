import type { Duplex } from 'node:stream';

/**
 * Opens one byte stream to a libvirt daemon. Every call opens a new one. Rejects with a sentence a person can act on; gives up,
 * and leaves nothing open, when the signal aborts.
 */
export type Dial = (signal: AbortSignal) => Promise<Duplex>;

/** Opens a byte stream to a unix socket of the host, wherever the host is: what an ssh connection or this machine offers. */
export type DialSocket = (socketPath: string, signal: AbortSignal) => Promise<Duplex>;

/**
 * Where the system's QEMU daemon listens: the modular daemon first, then the monolithic one (or virtproxyd in its place). The
 * modular daemon opens the network, storage and filter daemons by itself (remote_daemon_dispatch.c, "setting URIs for secondary
 * drivers"), so one connection serves everything in both worlds.
 */
export const systemSockets = [
  '/run/libvirt/virtqemud-sock',
  '/run/libvirt/libvirt-sock',
  '/var/run/libvirt/libvirt-sock',
] as const;

/** Tries the sockets in order. When none answers, says what each of them said. */
export function dialHost(dialSocket: DialSocket, socketPaths: readonly string[] = systemSockets): Dial {
  return async (signal) => {
    const failures: Error[] = [];
    for (const socketPath of socketPaths) {
      signal.throwIfAborted();
      try {
        return await dialSocket(socketPath, signal);
      } catch (error) {
        failures.push(error instanceof Error ? error : new Error(String(error)));
      }
    }
    signal.throwIfAborted();
    const heard = [...new Set(failures.map((failure) => failure.message))].join(' ');
    throw new AggregateError(failures, `No libvirt daemon could be reached. ${heard}`);
  };
}
