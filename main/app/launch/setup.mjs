// Runs on whatever Node the machine has (20 or newer) before anything is installed: plain JavaScript, no dependencies.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import module from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.cache/innkeeper-setup.json');

/** The Node 24 that came with the dependencies, so that the machine's own version does not matter. */
export const node = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

/** Environment for child processes: our Node and tools first on PATH. */
export function toolEnvironment(extra = {}) {
  const separator = process.platform === 'win32' ? ';' : ':';
  return { ...process.env, PATH: `${join(modules, '.bin')}${separator}${process.env.PATH ?? ''}`, ...extra };
}

/** Where Node keeps what it compiled of the built program; a start takes a third less with it. */
const compiled = join(modules, '.cache/innkeeper-compiled');

/** Runs a built entry: in this process when it is the Node that came with the project, else in one of that Node's. */
export async function runBuilt(entry) {
  const file = join(root, 'dist/main', entry);
  // For the processes it starts, too.
  process.env.NODE_COMPILE_CACHE ??= compiled;
  if (process.execPath === realpathSync(node)) {
    module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
    await import(pathToFileURL(file).href);
  } else {
    const { code } = await runChild(node, [file, ...process.argv.slice(2)]);
    process.exit(code ?? 1);
  }
}

/** Runs it to its end; what ends us ends it, and `wasTold` then. */
export async function runChild(command, args) {
  const child = spawn(command, args, { stdio: 'inherit', env: toolEnvironment() });
  let wasTold = false;
  const pass = (signal) => {
    wasTold = true;
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, pass);
  const ended = await new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: error.message }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  for (const signal of signals) process.off(signal, pass);
  return { ...ended, wasTold };
}

/** Says what is wrong and what to do, and ends. */
export function giveUp(sentence) {
  process.stderr.write(`innkeeper: ${sentence}\n`);
  process.exit(1);
}

/** Runs a command with its output shown on stderr, so that stdout stays the caller's. Ends the program when it fails. */
export function must(command, args, options = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: toolEnvironment(),
    ...options,
  });
  if (done.error) giveUp(`${command} could not be started: ${done.error.message}`);
  if (done.status !== 0)
    giveUp(`"${command} ${args.join(' ')}" ended with ${done.status ?? done.signal}; its words are above.`);
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

function writeStamp(change) {
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, JSON.stringify({ ...readStamp(), ...change }));
}

/** Installs the locked dependencies when they are missing or the lock file has changed. */
export function ensureDependencies() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) giveUp(`Node 20 or newer is needed to set up (this is ${process.versions.node}).`);
  const wanted = lockHash();
  const known = readStamp();
  if (known.lock === wanted && existsSync(node)) return;
  // Somebody who ran `npm ci` or `npm install` by hand has what is needed already.
  const byHand = join(modules, '.package-lock.json');
  const current =
    existsSync(byHand) &&
    existsSync(node) &&
    statSync(byHand).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
  if (!current) {
    process.stderr.write('Installing dependencies (once, about a minute)…\n');
    const npm = process.env.npm_execpath;
    const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
    if (npm && /\.c?js$/.test(npm)) must(process.execPath, [npm, ...args]);
    else
      must(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { shell: process.platform === 'win32' });
  }
  linkCommand();
  writeStamp({ lock: wanted });
}

/** Makes `npx innkeeper` find this checkout's own command line. */
function linkCommand() {
  const link = join(modules, '.bin/innkeeper');
  if (process.platform === 'win32' || existsSync(link)) return;
  try {
    symlinkSync('../../main/app/launch/innkeeper.mjs', link);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (!/\.test\.tsx?$/.test(entry.name)) yield path;
  }
}

/** A fingerprint of all sources by name, size and time: cheap enough to take at every start. */
function sourceFingerprint() {
  const hash = createHash('sha256');
  const folders = ['main', 'renderer', 'preload', 'shared', 'resources'].map((name) => join(root, name));
  for (const folder of folders) {
    for (const path of [...sources(folder)].sort((a, b) => (a < b ? -1 : 1))) {
      const { size, mtimeMs } = statSync(path);
      hash.update(`${path}\0${size}\0${mtimeMs}\n`);
    }
  }
  for (const name of ['package-lock.json', 'electron.vite.config.ts'])
    hash.update(readFileSync(join(root, name)));
  return hash.digest('hex');
}

/** Builds the console when its sources changed since the last build. */
export function ensureBuilt() {
  const wanted = sourceFingerprint();
  if (readStamp().built === wanted && existsSync(join(root, 'dist/renderer/index.html'))) return;
  process.stderr.write('Building the console (only after a change)…\n');
  must(node, [join(modules, 'electron-vite/bin/electron-vite.js'), 'build', '--logLevel', 'warn']);
  rmSync(compiled, { recursive: true, force: true });
  writeStamp({ built: sourceFingerprint() });
}
