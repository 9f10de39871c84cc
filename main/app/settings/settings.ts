import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import {
  chosenInstallation,
  installationName,
  installationsSchema,
  type Installation,
} from './installations.ts';
import { flag, login, storeForm, text, webAddress, wholeNumber } from './setting-forms.ts';

/** Where things live on this machine, by the habits of its operating system. */
export function standardFolders(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): { config: string; data: string; log: string } {
  // A variable that is there and empty says nothing: taken at its word, everything would land in the working folder.
  const of = (name: string): string | undefined => environment[name] || undefined;
  const home = of('HOME') ?? of('USERPROFILE') ?? userInfo().homedir;
  if (platform === 'win32') {
    const roaming = of('APPDATA') ?? join(home, 'AppData/Roaming');
    const local = of('LOCALAPPDATA') ?? join(home, 'AppData/Local');
    return {
      config: join(roaming, 'Innkeeper'),
      data: join(local, 'Innkeeper'),
      log: join(local, 'Innkeeper/log'),
    };
  }
  if (platform === 'darwin') {
    const support = join(home, 'Library/Application Support/Innkeeper');
    return { config: support, data: support, log: join(home, 'Library/Logs/Innkeeper') };
  }
  return {
    config: join(of('XDG_CONFIG_HOME') ?? join(home, '.config'), 'innkeeper'),
    data: join(of('XDG_DATA_HOME') ?? join(home, '.local/share'), 'innkeeper'),
    log: join(of('XDG_STATE_HOME') ?? join(home, '.local/state'), 'innkeeper/log'),
  };
}

/** Every setting: its name in the file, its environment variable, its form, and what it is for (docs/settings.md is held to this). */
export const SETTINGS = {
  store: {
    variable: 'INNKEEPER_STORE',
    schema: storeForm,
    about: 'Where the store is. Default: an embedded one in the data folder.',
  },
  dataFolder: {
    variable: 'INNKEEPER_DATA_FOLDER',
    schema: text('a folder'),
    about: 'Folder of the embedded store and of files in transit.',
  },
  logFolder: {
    variable: 'INNKEEPER_LOG_FOLDER',
    schema: text('a folder'),
    about: 'Folder of the log files.',
  },
  logLevel: {
    variable: 'INNKEEPER_LOG_LEVEL',
    schema: z.enum(['debug', 'info', 'warn', 'error'], 'debug, info, warn or error'),
    about: 'How much is logged.',
  },
  keyFile: {
    variable: 'INNKEEPER_KEY_FILE',
    schema: text('a file'),
    about: 'Key that seals secrets, where there is no keychain. Made on first use, mode 600.',
  },
  login: {
    variable: 'INNKEEPER_LOGIN',
    schema: login,
    about: 'Who works here, as the audit log shows it. Default: the name of the operating system’s user.',
  },
  port: {
    variable: 'INNKEEPER_PORT',
    schema: wholeNumber(0, 65_535),
    about: 'Port of the browser console on 127.0.0.1; 0: any that is free.',
  },
  sweepSeconds: {
    variable: 'INNKEEPER_SWEEP_SECONDS',
    schema: wholeNumber(2, 3600),
    about: 'How often each host is collected.',
  },
  duties: {
    variable: 'INNKEEPER_DUTIES',
    schema: flag,
    about:
      'Whether this engine holds duties (collecting, charging). Default: yes; the command line never does.',
  },
  metricsPort: {
    variable: 'INNKEEPER_METRICS_PORT',
    schema: wholeNumber(0, 65_535),
    about: 'Port on 127.0.0.1 where a worker serves the fleet to Prometheus (/metrics); 0: it does not.',
  },
  usagePort: {
    variable: 'INNKEEPER_USAGE_PORT',
    schema: wholeNumber(0, 65_535),
    about: 'Port on 127.0.0.1 where a worker takes usage events (POST /usage); 0: it does not.',
  },
  usageTokenFile: {
    variable: 'INNKEEPER_USAGE_TOKEN_FILE',
    schema: text('a file'),
    about: 'File with the token that whoever sends usage events to the worker must know.',
  },
  prometheus: {
    variable: 'INNKEEPER_PROMETHEUS',
    schema: webAddress,
    about:
      'Address of a Prometheus that collects the worker’s metrics: charts over a month and more are read from it.',
  },
  installations: {
    variable: 'INNKEEPER_INSTALLATIONS',
    schema: installationsSchema,
    about: 'Stores this console can switch between, each with a name of its own (docs/installations.md).',
  },
  installation: {
    variable: 'INNKEEPER_INSTALLATION',
    schema: installationName,
    about: 'Which of the installations is worked on, and opened first. Default: the first.',
  },
} as const;
type SettingName = keyof typeof SETTINGS;

export interface Settings {
  readonly store: string;
  readonly dataFolder: string;
  readonly logFolder: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly keyFile: string;
  readonly login: string;
  readonly port: number;
  readonly sweepSeconds: number;
  readonly duties: boolean;
  readonly metricsPort: number;
  readonly usagePort: number;
  /** Empty: none. */
  readonly usageTokenFile: string;
  /** Empty: none. */
  readonly prometheus: string;
  /** Every store this console can switch between; empty where there is only the one of `store`. */
  readonly installations: readonly Installation[];
  /** The one these settings are for; empty where there is only the one of `store`. */
  readonly installation: string;
  /** The file they were read from, whether or not it exists. */
  readonly file: string;
}

/** A setting that cannot be used: names the setting, where it stands and what it must be. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads settings: command line first, then environment, then the settings file, then defaults.
 * @throws SettingsError naming the first wrong or unknown setting
 */
export function readSettings(options: {
  environment: NodeJS.ProcessEnv;
  arguments?: Partial<Record<SettingName, string>>;
}): Settings {
  const { environment } = options;
  const folders = standardFolders(environment);
  const file = environment['INNKEEPER_SETTINGS'] || join(folders.config, 'settings.json');
  refuseUnknownVariables(environment);
  const inFile = readFile(file);
  const chosen: Partial<Record<SettingName, unknown>> = {};
  /** How late in the order it was said: what stands on the command line is 0. */
  const rank: Partial<Record<SettingName, number>> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const { variable } = SETTINGS[name];
    const candidates = [
      { value: options.arguments?.[name], place: `--${name}` },
      { value: environment[variable] === '' ? undefined : environment[variable], place: variable },
      { value: inFile[name], place: `"${name}" in ${file}` },
    ];
    const at = candidates.findIndex((candidate) => candidate.value !== undefined);
    const found = candidates[at];
    if (!found) continue;
    chosen[name] = check(name, found.value, found.place);
    rank[name] = at;
  }
  const dataFolder = (chosen.dataFolder as string | undefined) ?? folders.data;
  const own: Settings = {
    store: `sqlite:${join(dataFolder, 'innkeeper.sqlite')}`,
    installations: [],
    installation: '',
    logFolder: folders.log,
    logLevel: 'info',
    keyFile: join(dataFolder, 'secrets.key'),
    login: userName(),
    port: 0,
    sweepSeconds: 30,
    duties: true,
    metricsPort: 0,
    usagePort: 0,
    usageTokenFile: '',
    prometheus: '',
    ...(chosen as Partial<Settings>),
    dataFolder,
    file,
  };
  return chosenInstallation(own, rank, (why) => {
    throw new SettingsError(why);
  });
}

function check(name: SettingName, value: unknown, place: string): unknown {
  const parsed = SETTINGS[name].schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const wanted = `${issue?.message ?? 'another value'}${placeIn(issue?.path ?? [])}`;
  // The store's address may hold a password, so the value itself is not repeated.
  throw new SettingsError(`${place} is not right: it must be ${wanted}. ${SETTINGS[name].about}`);
}

/** Where in a list: " (1.colour)"; a plain value has no place. */
function placeIn(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '' : ` (${path.map(String).join('.')})`;
}

function readFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new SettingsError(`The settings file ${file} cannot be read: ${(error as Error).message}.`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new SettingsError(`The settings file ${file} is not JSON: ${(error as Error).message}.`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new SettingsError(`The settings file ${file} must hold one JSON object.`);
  }
  for (const name of Object.keys(parsed)) {
    if (!(name in SETTINGS))
      throw new SettingsError(
        `"${name}" in ${file} is no setting. There are: ${Object.keys(SETTINGS).join(', ')}.`,
      );
  }
  return parsed as Record<string, unknown>;
}

function refuseUnknownVariables(environment: NodeJS.ProcessEnv): void {
  const known = new Set<string>([
    'INNKEEPER_SETTINGS',
    ...Object.values(SETTINGS).map((setting) => setting.variable),
  ]);
  for (const name of Object.keys(environment)) {
    if (name.startsWith('INNKEEPER_') && !known.has(name)) {
      throw new SettingsError(`${name} is no setting. There are: ${[...known].join(', ')}.`);
    }
  }
}

function userName(): string {
  try {
    return (
      userInfo()
        .username.toLowerCase()
        .replaceAll(/[^a-z0-9._@-]/g, '-')
        .replace(/^[^a-z0-9]+/, '') || 'operator'
    );
  } catch {
    return 'operator';
  }
}
