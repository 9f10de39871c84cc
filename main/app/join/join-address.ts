import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';

/**
 * Where the engine that holds an embedded store is joined: a socket only this user can open. Its path is short (108 bytes
 * is the limit of the system) whatever the store's is.
 */
export function joinAddressFor(storeFile: string): string {
  const name = createHash('sha256').update(storeFile).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\innkeeper-${name}`;
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const folder = ownFolder(
    join(runtime || ownFolder(join(tmpdir(), `innkeeper-${userInfo().uid}`)), 'innkeeper'),
  );
  return join(folder, `${name}.sock`);
}

/** Where everybody may make folders, somebody else may have made this one: what is said in there would be said to them. */
function ownFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== userInfo().uid) {
    throw new OperatingFailure({
      code: 'folder-of-another',
      sentence: `${path} belongs to another user of this machine. Remove it, or set XDG_RUNTIME_DIR to a folder of your own.`,
    });
  }
  chmodSync(path, 0o700);
  return path;
}
