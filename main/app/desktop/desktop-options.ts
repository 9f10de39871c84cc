import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { practiceSize, type PracticeSize } from '../practice-size.ts';
import { readSettings, SettingsError, type Settings } from '../settings/settings.ts';

export interface DesktopOptions {
  readonly settings: Settings;
  readonly practice: PracticeSize | undefined;
  /** The same in words, for the engine's process: only what was given, since any program may read another's command line. */
  readonly words: readonly string[];
}

const WORDS = ['store', 'login', 'installation', 'hosts', 'vms'] as const;

/**
 * What the desktop was started with. Words it does not know are Chromium's or the system's and stand beside ours.
 * @throws SettingsError naming what is wrong
 */
export function readDesktopOptions(
  words: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): DesktopOptions {
  const { values } = parseArgs({
    args: [...words],
    strict: false,
    options: {
      practice: { type: 'boolean' },
      store: { type: 'string' },
      login: { type: 'string' },
      installation: { type: 'string' },
      hosts: { type: 'string' },
      vms: { type: 'string' },
    },
  });
  const text = (name: (typeof WORDS)[number]): string | undefined => {
    const value = values[name];
    if (value !== undefined && typeof value !== 'string')
      throw new SettingsError(`--${name} needs a value: --${name}=….`);
    return value;
  };
  const store = text('store');
  const login = text('login');
  const installation = text('installation');
  const settings = readSettings({
    environment,
    arguments: {
      ...(store === undefined ? {} : { store }),
      ...(login === undefined ? {} : { login }),
      ...(installation === undefined ? {} : { installation }),
    },
  });
  const practice =
    values.practice === true ? practiceSize({ hosts: text('hosts'), vms: text('vms') }) : undefined;
  const given = WORDS.flatMap((name) => {
    const value = text(name);
    return value === undefined ? [] : [`--${name}=${value}`];
  });
  return { settings, practice, words: practice ? ['--practice', ...given] : given };
}

/**
 * Where Chromium keeps what is its own (window state, theme, single-instance lock): per store, or one for all installations of the settings, so that the console on the
 * practice fleet and the one on the real fleet are two programs and never mistake each other for themselves.
 */
export function userDataFolder({ settings, practice }: DesktopOptions): string {
  const isUsual = settings.store === `sqlite:${join(settings.dataFolder, 'innkeeper.sqlite')}`;
  const isOne = settings.installations.length > 0;
  const name = practice ? 'practice' : isOne || isUsual ? 'console' : `console-${shortHash(settings.store)}`;
  return join(settings.dataFolder, 'desktop', name);
}

/** The address of a store may hold a password, so only its hash names the folder. */
function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
