import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './laws/source-files.ts';

export type ElectronBinary =
  | { readonly found: true; readonly path: string }
  | { readonly found: false; readonly reason: string };

/** The real desktop runtime, where there is one and a display to show it on; else the reason why not, in words. */
export function electronBinary(environment: NodeJS.ProcessEnv = process.env): ElectronBinary {
  const override = environment['ELECTRON_OVERRIDE_DIST_PATH'];
  const path = override === undefined ? fetched() : join(override, nameOnThisSystem());
  if (path === undefined || !existsSync(path)) {
    const place = override === undefined ? 'node_modules/electron/dist' : 'ELECTRON_OVERRIDE_DIST_PATH';
    return { found: false, reason: `there is no Electron binary in ${place}` };
  }
  const hasDisplay = Boolean(environment['DISPLAY'] ?? environment['WAYLAND_DISPLAY']);
  if (process.platform === 'linux' && !hasDisplay)
    return { found: false, reason: 'there is a binary, but no display (DISPLAY, WAYLAND_DISPLAY)' };
  return { found: true, path };
}

/** Where Electron's own installer put it. */
function fetched(): string | undefined {
  const folder = join(root, 'node_modules/electron');
  const file = join(folder, 'path.txt');
  return existsSync(file) ? join(folder, 'dist', readFileSync(file, 'utf8').trim()) : undefined;
}

function nameOnThisSystem(): string {
  if (process.platform === 'win32') return 'electron.exe';
  return process.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron';
}
