import { connect } from 'node:net';
import type { NetConnectOpts, Socket } from 'node:net';
import type { Dial, DialSocket } from './dialer.ts';

function opened(
  options: NetConnectOpts,
  signal: AbortSignal,
  explain: (error: NodeJS.ErrnoException) => string,
): Promise<Socket> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect(options);
  const giveUp = () => {
    socket.destroy();
    reject(signal.reason as Error);
  };
  const failed = (error: NodeJS.ErrnoException) => reject(new Error(explain(error), { cause: error }));
  signal.addEventListener('abort', giveUp, { once: true });
  socket.once('error', failed);
  socket.once('connect', () => {
    socket.off('error', failed);
    resolve(socket);
  });
  return promise.finally(() => signal.removeEventListener('abort', giveUp));
}

function unixFailure(path: string, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return `There is no socket ${path}: is libvirt installed and running?`;
  if (error.code === 'ECONNREFUSED') return `Nobody listens on ${path}: start the libvirt daemon.`;
  if (error.code === 'EACCES')
    return `No permission on ${path}: add the user to the group libvirt, or use root.`;
  return `${path} cannot be opened: ${error.message}`;
}

/** Sockets of this machine. */
export const dialUnixSocket: DialSocket = (socketPath, signal) =>
  opened({ path: socketPath }, signal, (error) => unixFailure(socketPath, error));

/** One socket of this machine. */
export function unixDialer(socketPath: string): Dial {
  return (signal) => dialUnixSocket(socketPath, signal);
}

/** A daemon that listens on TCP. Unencrypted: for a trusted network or a tunnel only. */
export function tcpDialer(address: { readonly host: string; readonly port: number }): Dial {
  return async (signal) => {
    const explain = (error: NodeJS.ErrnoException) =>
      `${address.host}:${address.port} cannot be reached: ${error.message}`;
    return (await opened({ host: address.host, port: address.port }, signal, explain)).setNoDelay(true);
  };
}
