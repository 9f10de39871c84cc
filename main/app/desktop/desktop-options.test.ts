import { describe, expect, test } from 'vitest';
import { SettingsError } from '../settings/settings.ts';
import { readDesktopOptions, userDataFolder, type DesktopOptions } from './desktop-options.ts';

const environment = { HOME: '/nowhere', INNKEEPER_DATA_FOLDER: '/data' };
const read = (...words: string[]): DesktopOptions => readDesktopOptions(words, environment);

describe('words', () => {
  test.each<[words: string[], practice: DesktopOptions['practice'], store: string, engine: string[]]>([
    [[], undefined, 'sqlite:/data/innkeeper.sqlite', []],
    [['--practice'], { hosts: 3, vms: 60 }, 'sqlite:/data/innkeeper.sqlite', ['--practice']],
    [
      ['--practice', '--hosts', '5', '--vms=7'],
      { hosts: 5, vms: 7 },
      'sqlite:/data/innkeeper.sqlite',
      ['--practice', '--hosts=5', '--vms=7'],
    ],
    [['--store', 'sqlite:/x.sqlite'], undefined, 'sqlite:/x.sqlite', ['--store=sqlite:/x.sqlite']],
    [['--store=postgres://db/x'], undefined, 'postgres://db/x', ['--store=postgres://db/x']],
    [
      ['--allow-file-access', 'innkeeper://vm/vm_1', '--practice', '--no-open'],
      { hosts: 3, vms: 60 },
      'sqlite:/data/innkeeper.sqlite',
      ['--practice'],
    ],
  ])('%j', (words, practice, store, engine) => {
    const options = read(...words);
    expect(options.practice).toEqual(practice);
    expect(options.settings.store).toBe(store);
    expect(options.words).toEqual(engine);
  });

  test('a store from the environment is not put on a command line, where everybody reads it', () => {
    const options = readDesktopOptions(['--practice'], {
      ...environment,
      INNKEEPER_STORE: 'postgres://me:secret@db/x',
    });
    expect(options.settings.store).toContain('secret');
    expect(options.words.join(' ')).not.toContain('secret');
  });

  test.each<[words: string[], message: RegExp]>([
    [['--store'], /--store needs a value/],
    [['--practice', '--hosts'], /--hosts needs a value/],
    [['--practice', '--hosts=many'], /--hosts takes a whole number/],
    [['--practice', '--vms=0'], /--vms takes a whole number/],
    [['--practice', '--vms=1.5'], /--vms takes a whole number/],
    [['--store=mysql://x'], /--store is not right/],
    [['--login=Über mich'], /--login is not right/],
  ])('%j is refused', (words, message) => {
    expect(() => read(...words)).toThrow(SettingsError);
    expect(() => read(...words)).toThrow(message);
  });
});

describe('each store has a program of its own', () => {
  const folders = [
    read(),
    read('--practice'),
    read('--store=sqlite:/a.sqlite'),
    read('--store=postgres://me:secret@db/x'),
  ].map(userDataFolder);

  test('so none of them takes another for itself', () => {
    expect(new Set(folders).size).toBe(folders.length);
    expect(folders.every((folder) => folder.startsWith('/data/desktop/'))).toBe(true);
    expect(folders.join(' ')).not.toContain('secret');
  });

  test('the same store is the same program, however it was named', () => {
    const named = readDesktopOptions([], { ...environment, INNKEEPER_STORE: 'sqlite:/a.sqlite' });
    expect(userDataFolder(named)).toBe(folders[2]);
  });
});
