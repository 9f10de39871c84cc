import { connect, type Socket } from 'node:net';

/** Where the driver wants a connection (its parsed options). */
export interface SocketTarget {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly path?: string | false;
}

/**
 * Makes the TCP or unix socket of one connection, once. The driver would otherwise open another one behind our back after a
 * loss, and run the rest of a transaction there, outside of any transaction.
 */
export function socketOnce(deadlineMs: number): (target: SocketTarget) => Promise<Socket> {
  let isUsed = false;
  return async (target) => {
    if (isUsed) throw Object.assign(new Error('the connection is gone'), { code: 'CONNECTION_CLOSED' });
    isUsed = true;
    if (typeof target.path === 'string') return await connected(connect(target.path), deadlineMs);
    return await firstConnected(target, deadlineMs);
  };
}

/** Several hosts in the address are tried in their order. */
async function firstConnected(target: SocketTarget, deadlineMs: number): Promise<Socket> {
  let failure: unknown;
  for (const [index, host] of target.host.entries()) {
    const port = target.port[index] ?? target.port[0] ?? 5432;
    try {
      const socket = await connected(connect({ host, port, noDelay: true }), deadlineMs);
      // The driver reads the name to check a TLS certificate against from here.
      return Object.assign(socket, { host, port });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function connected(socket: Socket, deadlineMs: number): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('no answer'), { code: 'CONNECT_TIMEOUT' }));
    }, deadlineMs);
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      socket.off('connect', settle);
      socket.off('error', settle);
      if (error === undefined) resolve(socket);
      else reject(error);
    };
    socket.once('connect', settle);
    socket.once('error', settle);
  });
}
