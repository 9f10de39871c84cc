import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { arch, cpus, freemem, release, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { redact } from '../../platform/secrets/redact.ts';
import { parseStoreAddress } from '../../platform/store/store-address.ts';
import { SETTINGS, type Settings } from '../settings/settings.ts';
import { version } from '../version.ts';
import { CommandLineError } from './command-line.ts';
import { inspectStore } from './inspect-store.ts';

/** Of each log file, the newest part: what happened before the trouble is at its end. */
const LOG_TAIL_BYTES = 512 * 1024;

/**
 * Collects what a bug report needs into one gzipped JSON file: versions, settings, the store's schema and row counts,
 * the audit chain's verdict, duties and the logs' ends. Secrets are removed on the way in; customers' rows are not taken.
 *
 * @returns a sentence that names the file
 * @throws CommandLineError when the file is there already or cannot be written
 */
export async function diagnose(settings: Settings, out: string | undefined): Promise<string> {
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const file = resolve(out ?? `innkeeper-diagnosis-${stamp}.json.gz`);
  const report = {
    at: new Date().toISOString(),
    version,
    node: process.version,
    system: {
      platform: process.platform,
      release: release(),
      arch: arch(),
      cpus: cpus().length,
      memoryBytes: totalmem(),
      memoryFreeBytes: freemem(),
    },
    settings: shownSettings(settings),
    store: await inspectStore(settings.store),
    logs: logTails(settings.logFolder),
  };
  const content = gzipSync(JSON.stringify(redact(report), null, 2));
  await writeFile(file, content, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw new CommandLineError(
      error.code === 'EEXIST'
        ? `${file} is there already and is not overwritten: name another with --out.`
        : `${file} cannot be written (${error.message}): name another with --out.`,
    );
  });
  return `Written to ${file}. Secrets are removed; look it through before you send it (gzip -dc).`;
}

function shownSettings(settings: Settings): Record<string, unknown> {
  const shown = Object.fromEntries(
    Object.keys(SETTINGS).map((name) => [name, settings[name as keyof Settings]]),
  );
  return {
    ...shown,
    store: parseStoreAddress(settings.store).shown,
    installations: settings.installations.map((each) => ({
      ...each,
      store: parseStoreAddress(each.store).shown,
    })),
    file: settings.file,
    fileExists: existsSync(settings.file),
  };
}

function logTails(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const tails: Record<string, string> = {};
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.log'))) {
    const path = join(folder, name);
    const text = readFileSync(path);
    tails[name] = text.subarray(Math.max(0, statSync(path).size - LOG_TAIL_BYTES)).toString('utf8');
  }
  return tails;
}
