import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log/log.ts';
import { isForThisMachine, pathOf, startLoopbackServer, type LoopbackServer } from './loopback-server.ts';

/** What is answered to somebody who sent lines. */
export interface LinesAnswer {
  readonly status: number;
  readonly body: unknown;
}

interface LinesOptions {
  readonly port: number;
  readonly path: string;
  /** Who does not send it as `Authorization: Bearer …` is refused. */
  readonly token: string;
  /** Content types that are taken. */
  readonly types: readonly string[];
  /** Takes the lines as they come: no more are read from whoever sends them while it works. What it throws stands in the log alone. */
  readonly take: (lines: AsyncIterable<string>, type: string) => Promise<LinesAnswer>;
  readonly log: Pick<Log, 'warn' | 'error'>;
  readonly quietMs?: number;
}

/** Senders at once; the next one is asked to come again. */
const AT_ONCE = 4;
const LINE_MAX = 65_536;

class LineTooLong extends Error {}

/** Takes `POST` of lines of text on 127.0.0.1. Rejects when the port is taken. */
export async function startLinesServer(options: LinesOptions): Promise<LoopbackServer> {
  let busy = 0;
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const refusal = refusalOf(request, options);
    if (refusal !== undefined) return answer(request, response, refusal);
    if (busy >= AT_ONCE) {
      response.setHeader('retry-after', '1');
      const error = `${AT_ONCE} others are sending: send it again in a second.`;
      return answer(request, response, { status: 429, body: { error } });
    }
    busy += 1;
    void taken(request, options)
      .then((told) => answer(request, response, told))
      .finally(() => (busy -= 1));
  };
  return await startLoopbackServer({ ...options, serve });
}

async function taken(request: IncomingMessage, options: LinesOptions): Promise<LinesAnswer> {
  try {
    return await options.take(linesOf(request), typeOf(request));
  } catch (error) {
    if (!(error instanceof LineTooLong)) {
      if (request.destroyed && !request.complete)
        options.log.warn(`Whoever sent lines to ${options.path} went away before the end.`, { error });
      else options.log.error(`Lines sent to ${options.path} could not be taken.`, { error });
      return { status: 500, body: { error: 'It could not be taken: look at the log.' } };
    }
    return {
      status: 413,
      body: { error: `A line is longer than ${LINE_MAX} characters: write one event on each.` },
    };
  }
}

function answer(request: IncomingMessage, response: ServerResponse, { status, body }: LinesAnswer): void {
  // Whoever was refused may still be sending: nothing of it is read.
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

function refusalOf(request: IncomingMessage, options: LinesOptions): LinesAnswer | undefined {
  const refuse = (status: number, error: string): LinesAnswer => ({ status, body: { error } });
  if (!isForThisMachine(request)) return refuse(403, 'This is for programs of this machine.');
  if (pathOf(request) !== options.path) return refuse(404, `There is ${options.path} and nothing else.`);
  if (request.method !== 'POST') return refuse(405, 'Send it by POST.');
  if (!isToken(request.headers.authorization ?? '', options.token))
    return refuse(401, 'Send the token of the settings as "Authorization: Bearer …".');
  if (!options.types.includes(typeOf(request)))
    return refuse(415, `Send ${options.types.join(' or ')} as content-type.`);
  return undefined;
}

/** Compared as hashes, which are equally long: how long it takes tells nothing of the token. */
function isToken(header: string, token: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(header), hash(`Bearer ${token}`));
}

function typeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

async function* linesOf(request: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_MAX) throw new LineTooLong();
    yield* lines;
  }
  if (rest !== '') yield rest;
}
