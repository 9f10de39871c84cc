import { extname, join, normalize, sep } from 'node:path';

/** What the build of the console consists of; anything else is served as bytes. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

export interface ConsolePage {
  readonly file: string;
  readonly contentType: string;
}

/**
 * The file of the built console in folder `pages` that answers the path of an address; undefined for one outside of the folder. What does not end in letters
 * after a dot (`/vms/vm_1`, `/runs/run_1/run_1.0000001`) is the address of a view: the console itself knows what to show there.
 */
export function consolePage(pages: string, pathname: string): ConsolePage | undefined {
  const path = decoded(pathname);
  if (path === undefined || path.includes('\0')) return undefined;
  const file = normalize(join(pages, path));
  if (file !== normalize(pages) && !file.startsWith(normalize(pages + sep))) return undefined;
  const shown = /^\.[a-z]/i.test(extname(file)) ? file : join(pages, 'index.html');
  return { file: shown, contentType: TYPES[extname(shown)] ?? 'application/octet-stream' };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
