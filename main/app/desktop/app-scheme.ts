import { readFile } from 'node:fs/promises';
import type { Protocol } from 'electron';
import { consolePage, type ConsolePage } from '../console-pages.ts';
import { CONTENT_SECURITY_POLICY } from '../content-security-policy.ts';

/** The console's own origin on the desktop: `file://` would load no module scripts and share an origin with every file. */
export const APP_SCHEME = 'app';
const APP_HOST = 'innkeeper';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;

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
  const page = pageOf(pages, address);
  const content = page === undefined ? undefined : await readFile(page.file).catch(() => undefined);
  const headers = {
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  };
  if (page === undefined || content === undefined)
    return new Response('There is no such page.\n', {
      status: 404,
      headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' },
    });
  return new Response(new Uint8Array(content), {
    headers: { ...headers, 'Content-Type': page.contentType },
  });
}

function pageOf(pages: string, address: string): ConsolePage | undefined {
  const url = URL.parse(address);
  return url?.protocol === `${APP_SCHEME}:` && url.host === APP_HOST
    ? consolePage(pages, url.pathname)
    : undefined;
}
