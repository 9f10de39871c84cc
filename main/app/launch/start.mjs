// `npm start [-- --practice --no-open --store … --port …]`: opens the console, on the desktop where that can be, else in the browser.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, ensureDependencies, root, runBuilt, runChild } from './setup.mjs';

/** Exit code of the desktop when a setting or a word is wrong: the browser would say the same. */
const WRONG_WORDS = 2;
/** A runtime that ends by itself within this time has not started. */
const START_MS = 10_000;

const args = process.argv.slice(2);
ensureDependencies();
ensureBuilt();

const desktop = args.includes('--browser') || args.includes('--no-open') ? undefined : desktopBinary();
if (desktop === undefined || !(await runsOn(desktop))) await runBuilt('browser.js');

/**
 * Opens the console on the desktop and ends as it ends. Answers false when the runtime itself cannot run here, with one line below its own words:
 * Chromium refuses root, a system that forbids its sandbox, a display that is not ours.
 */
async function runsOn(binary) {
  const startedMs = Date.now();
  const { code, signal, wasTold } = await runChild(binary, [root, ...args]);
  const isFailedStart = !wasTold && code !== 0 && code !== WRONG_WORDS && Date.now() - startedMs < START_MS;
  if (!isFailedStart) process.exit(code ?? 1);
  process.stderr.write(
    `The desktop runtime cannot run here (it ended with ${code ?? signal}); opening the console in the browser instead.\n`,
  );
  return false;
}

/** Where the desktop runtime is, fetching it at the first start; undefined, with one line why, where it cannot be. */
function desktopBinary() {
  const display = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!display) return undefined;
  const found = installedElectron();
  if (found) return found;
  process.stderr.write('Fetching the desktop runtime (once; npm start -- --browser does without)…\n');
  const fetched = spawnSync(process.execPath, [join(root, 'node_modules/electron/install.js')], {
    cwd: root,
    stdio: 'ignore',
    timeout: 180_000,
  });
  const binary = fetched.status === 0 ? installedElectron() : undefined;
  if (!binary)
    process.stderr.write(
      'The desktop runtime cannot be fetched here; opening the console in the browser instead.\n',
    );
  return binary;
}

function installedElectron() {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(root, 'node_modules/electron/dist');
  try {
    const name = process.env.ELECTRON_OVERRIDE_DIST_PATH
      ? process.platform === 'win32'
        ? 'electron.exe'
        : process.platform === 'darwin'
          ? 'Electron.app/Contents/MacOS/Electron'
          : 'electron'
      : readFileSync(join(root, 'node_modules/electron/path.txt'), 'utf8').trim();
    const path = join(folder, name);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
