import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { WebSocketServer } from 'ws';
import type { InstallationFacts } from '../../../shared/contract/installation.ts';
import type { EnginePipe } from '../../../shared/contract/messages.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { consolePage } from '../console-pages.ts';
import { CONTENT_SECURITY_POLICY } from '../content-security-policy.ts';
import { createBrowserDoor, type BrowserDoor } from './browser-door.ts';
import { socketPipe } from './socket-pipe.ts';

// Not imported: for an import Node reads every export, and one of those (WebSocket) loads all of undici, 20 ms of every start.
const { createServer } = process.getBuiltinModule('node:http');

export interface BrowserHost {
  /** Address with the one-time token: opens the console once. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface BrowserHostOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Folder with the built renderer. */
  readonly pages: string;
  /** Called for every console that came in. */
  readonly onPipe: (pipe: EnginePipe, installation?: string) => void;
  /** What the console can switch between, for its pages. Default: nothing. */
  readonly installations?: readonly InstallationFacts[];
}

/** Where a page asks what it can switch between. */
const LIST_PATH = '/installations.json';
/** Where a page reaches an engine; a name behind it says of which installation. */
const ENGINE_PATH = /^\/engine(?:\/([a-z0-9-]{1,32}))?$/;

/** Serves the console on 127.0.0.1 for one person of this machine. */
export async function startBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  let port = options.port;
  const door = createBrowserDoor(() => port);
  const server = createServer((request, response) => {
    answer(request, response, { door, ...options }).catch(() => response.destroy());
  });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 4 * 1024 * 1024,
    perMessageDeflate: false,
  });
  server.on('upgrade', (request, socket, head) => {
    const asked = ENGINE_PATH.exec(request.url ?? '');
    const isWelcome =
      asked !== null &&
      door.refuse(request) === undefined &&
      request.headers.origin !== undefined &&
      door.isKnown(request);
    if (!isWelcome) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => options.onPipe(socketPipe(opened), asked[1]));
  });
  await listen(server, options.port);
  port = (server.address() as AddressInfo).port;
  return {
    port,
    address: `http://127.0.0.1:${port}/?token=${door.token}`,
    close: async () => {
      for (const open of sockets.clients) open.terminate();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(port, error)));
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

function cannotListen(port: number, error: NodeJS.ErrnoException): OperatingFailure {
  const reason =
    error.code === 'EADDRINUSE'
      ? 'another program has it'
      : error.code === 'EACCES'
        ? 'this user may not take it'
        : error.message;
  return new OperatingFailure({
    code: 'port-not-free',
    sentence: `Port ${port} on 127.0.0.1 cannot be had: ${reason}. Choose another (--port, INNKEEPER_PORT), or 0 for any that is free.`,
    cause: error,
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { door, pages, installations = [] }: { door: BrowserDoor } & BrowserHostOptions,
): Promise<void> {
  response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  const refused = door.refuse(request);
  if (refused !== undefined) return say(response, 403, refused);
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return say(response, 405, 'Only pages are served here.');
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const token = url.searchParams.get('token');
  if (token !== null) return letIn(response, door.exchange(token), { url, known: door.isKnown(request) });
  if (!door.isKnown(request))
    return say(
      response,
      401,
      'This page was opened without its token. Use the address that "npm start" printed, or start it again.',
    );
  if (url.pathname === LIST_PATH) return sayInstallations(response, installations);
  await servePage(response, pages, url.pathname);
}

function sayInstallations(response: ServerResponse, installations: readonly InstallationFacts[]): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(installations));
}

/** The token leaves the address bar at once: it must not end in the history or in a screenshot. */
function letIn(
  response: ServerResponse,
  session: string | undefined,
  { url, known }: { url: URL; known: boolean },
): void {
  if (session === undefined && !known) {
    return say(
      response,
      401,
      'This address was used already. Start Innkeeper again for a new one, or go on in the window that has it open.',
    );
  }
  if (session !== undefined)
    response.setHeader('Set-Cookie', `${session}; HttpOnly; SameSite=Strict; Path=/`);
  url.searchParams.delete('token');
  response.writeHead(303, { Location: `${url.pathname}${url.search}`, 'Cache-Control': 'no-store' });
  response.end();
}

async function servePage(response: ServerResponse, pages: string, pathname: string): Promise<void> {
  const page = consolePage(pages, pathname);
  const found = page === undefined ? undefined : await stat(page.file).catch(() => undefined);
  if (page === undefined || !found?.isFile()) return say(response, 404, 'There is no such page.');
  const isHashed = pathname.startsWith('/assets/');
  response.writeHead(200, {
    'Content-Type': page.contentType,
    'Content-Length': found.size,
    'Cache-Control': isHashed ? 'public, max-age=31536000, immutable' : 'no-store',
  });
  await pipeline(createReadStream(page.file), response);
}

function say(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`${sentence}\n`);
}
