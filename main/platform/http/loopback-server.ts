import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LoopbackServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What may stand in `Host`: a name that somebody else's DNS points here must not reach this through a browser. */
const HOST = /^(127\.0\.0\.1|localhost)(:\d+)?$/;
/** Whose connection is silent for so long is gone; whoever works off what was sent may take as long. */
const QUIET_MS = 600_000;
/** Whoever connects says by then what is asked for. */
const HEAD_MS = 60_000;

/**
 * HTTP for programs of this machine, on 127.0.0.1. A request may last as long as it goes on: only silence ends it. Rejects when the port
 * is taken.
 */
export async function startLoopbackServer(options: {
  readonly port: number;
  readonly quietMs?: number | undefined;
  readonly serve: (request: IncomingMessage, response: ServerResponse) => void;
}): Promise<LoopbackServer> {
  // Node's own limit of a whole request (300 s) would cut a stream that goes on. That of its head stays only where it is said: Node takes
  // the lesser of the two where it is not.
  const server = createServer({ requestTimeout: 0, headersTimeout: HEAD_MS }, options.serve);
  server.setTimeout(options.quietMs ?? QUIET_MS);
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** By the name it was asked for. */
export function isForThisMachine(request: IncomingMessage): boolean {
  return HOST.test(request.headers.host ?? '');
}

/** Without what stands behind it. */
export function pathOf(request: IncomingMessage): string | undefined {
  return request.url?.split('?')[0];
}
