import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../../..');
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** One byte each, all as Electron 45 ships them: `1` is on. */
const FUSE_WIRE = '101100010';

export interface Packed {
  readonly folder: string;
  readonly asar: string;
  readonly binary: string;
  remove(): void;
}

/**
 * Packs this checkout for Linux with electron-builder, offline: in the place of the runtime stands a file that has nothing of it
 * but a fuse wire (github.com/electron/fuses: sentinel, version, length, one byte per fuse), which electron-builder then flips.
 */
export async function packForTest(): Promise<Packed> {
  if (!existsSync(join(root, 'dist/main/desktop.js')))
    throw new Error('Nothing is built: run "npm run build" first.');
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-packed-'));
  const runtime = join(folder, 'runtime');
  mkdirSync(runtime);
  const wire = Buffer.from([1, FUSE_WIRE.length]);
  writeFileSync(
    join(runtime, 'electron'),
    Buffer.concat([Buffer.from(`\x7fELF ${FUSE_SENTINEL}`), wire, Buffer.from(FUSE_WIRE)]),
  );
  chmodSync(join(runtime, 'electron'), 0o755);
  const words = [
    join(root, 'node_modules/electron-builder/cli.js'),
    '--linux',
    'dir',
    '--x64',
    '--publish=never',
    '--config=electron-builder.yml',
    `-c.electronDist=${runtime}`,
    `-c.directories.output=${join(folder, 'out')}`,
  ];
  await promisify(execFile)(process.execPath, words, {
    cwd: root,
    maxBuffer: 16 * 1024 * 1024,
    env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` },
  }).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const unpacked = join(folder, 'out/linux-unpacked');
  return {
    folder,
    asar: join(unpacked, 'resources/app.asar'),
    binary: join(unpacked, 'innkeeper'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
