import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Log } from '../log/log.ts';
import { METRICS_CONTENT_TYPE } from './metrics-text.ts';

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What may stand in `Host`: a name that somebody else's DNS points here must not read this through a browser. */
const HOST = /^(127\.0\.0\.1|localhost)(:\d+)?$/;
/** Scrapes at once; the next one is asked to come again. */
const SCRAPES_AT_ONCE = 2;

/** Serves `GET /metrics` on 127.0.0.1. Rejects when the port is taken. */
export async function startMetricsServer(options: {
  port: number;
  text: () => AsyncIterable<string>;
  log: Log;
}): Promise<MetricsServer> {
  let scrapes = 0;
  const server = createServer((request, response) => {
    const refusal = refusalOf(request) ?? (scrapes >= SCRAPES_AT_ONCE ? 503 : undefined);
    if (refusal !== undefined) {
      response.writeHead(refusal).end();
      return;
    }
    scrapes += 1;
    void answer(request, response, options).finally(() => (scrapes -= 1));
  });
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

function refusalOf(request: IncomingMessage): number | undefined {
  if (!HOST.test(request.headers.host ?? '')) return 403;
  if (request.url?.split('?')[0] !== '/metrics') return 404;
  return request.method === 'GET' || request.method === 'HEAD' ? undefined : 405;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: { text: () => AsyncIterable<string>; log: Log },
): Promise<void> {
  try {
    response.setHeader('content-type', METRICS_CONTENT_TYPE);
    if (request.method === 'HEAD') response.end();
    else await pipeline(Readable.from(options.text()), response);
  } catch (error) {
    // Whoever scrapes sees a broken answer and asks again.
    options.log.warn('Metrics could not be told.', { error });
    response.destroy();
  }
}
