import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  isForThisMachine,
  pathOf,
  startLoopbackServer,
  type LoopbackServer,
} from '../http/loopback-server.ts';
import type { Log } from '../log/log.ts';
import { METRICS_CONTENT_TYPE } from './metrics-text.ts';

/** Scrapes at once; the next one is asked to come again. */
const SCRAPES_AT_ONCE = 2;

/** Serves `GET /metrics` on 127.0.0.1. Rejects when the port is taken. */
export async function startMetricsServer(options: {
  port: number;
  text: () => AsyncIterable<string>;
  log: Log;
}): Promise<LoopbackServer> {
  let scrapes = 0;
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const refusal = refusalOf(request) ?? (scrapes >= SCRAPES_AT_ONCE ? 503 : undefined);
    if (refusal !== undefined) {
      response.writeHead(refusal).end();
      return;
    }
    scrapes += 1;
    void answer(request, response, options).finally(() => (scrapes -= 1));
  };
  return await startLoopbackServer({ port: options.port, serve });
}

function refusalOf(request: IncomingMessage): number | undefined {
  if (!isForThisMachine(request)) return 403;
  if (pathOf(request) !== '/metrics') return 404;
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
