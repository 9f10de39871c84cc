import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import type { Protocol } from 'electron';
import { CONTENT_SECURITY_POLICY } from '../content-security-policy.ts';

/** The console's own origin on the desktop: `file://` would load no module scripts and share an origin with every file. */
export const APP_SCHEME = 'app';
const APP_HOST = 'innkeeper';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;

/** What the build of the console consists of; anything else is served as bytes. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

/** Before the app is ready: makes the scheme a standard, secure origin with storage and fetch. */
export function registerAppScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: APP_SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ]);
}

/** Serves the built console, and nothing else of the disk, with its Content-Security-Policy. */
export function serveApp(protocol: Pick<Protocol, 'handle'>, pages: string): void {
  protocol.handle(APP_SCHEME, async (request) => await answerPage(pages, request.url));
}

/**
 * Read with Node's `fs`, which knows asar archives; `net.fetch` of a `file://` address would depend on the privileges of that
 * scheme, which the packed application gives up (fuse `grantFileProtocolExtraPrivileges`).
 */
export async function answerPage(pages: string, address: string): Promise<Response> {
  const file = pageFile(pages, address);
  const content = file === undefined ? undefined : await readFile(file).catch(() => undefined);
  const headers = {
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  };
  if (file === undefined || content === undefined)
    return new Response('There is no such page.\n', {
      status: 404,
      headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' },
    });
  const type = TYPES[extname(file)] ?? 'application/octet-stream';
  return new Response(new Uint8Array(content), { headers: { ...headers, 'Content-Type': type } });
}

function pageFile(pages: string, address: string): string | undefined {
  const url = URL.parse(address);
  if (url?.protocol !== `${APP_SCHEME}:` || url.host !== APP_HOST) return undefined;
  const path = decoded(url.pathname);
  if (path === undefined || path.includes('\0')) return undefined;
  const file = normalize(join(pages, path));
  if (file !== normalize(pages) && !file.startsWith(normalize(pages + sep))) return undefined;
  // Addresses of views have no extension: the console itself knows what to show there.
  return extname(file) === '' ? join(pages, 'index.html') : file;
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
