import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSettings, standardFolders } from './settings.ts';

function settingsFile(content: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'settings.json');
  writeFileSync(file, content);
  return file;
}

const home = { HOME: '/home/anna' };

test('without anything said, the store is a file in the data folder', () => {
  const settings = readSettings({ environment: home });
  expect(settings).toMatchObject({
    store: 'sqlite:/home/anna/.local/share/innkeeper/innkeeper.sqlite',
    logFolder: '/home/anna/.local/state/innkeeper/log',
    file: '/home/anna/.config/innkeeper/settings.json',
    sweepSeconds: 30,
    duties: true,
  });
});

test('the command line comes before the environment, the environment before the file', () => {
  const file = settingsFile('{"logLevel":"debug","port":1111,"sweepSeconds":5}');
  const settings = readSettings({
    environment: { ...home, INNKEEPER_SETTINGS: file, INNKEEPER_PORT: '2222', INNKEEPER_LOG_LEVEL: 'warn' },
    arguments: { port: '3333' },
  });
  expect(settings).toMatchObject({ port: 3333, logLevel: 'warn', sweepSeconds: 5 });
});

test.each([
  [{ INNKEEPER_STORE: 'mysql://x' }, 'INNKEEPER_STORE is not right: it must be sqlite:FILE or postgres://'],
  [{ INNKEEPER_PORT: '70000' }, 'INNKEEPER_PORT is not right: it must be a whole number from 0 to 65535'],
  [{ INNKEEPER_PORT: ' ' }, 'INNKEEPER_PORT is not right: it must be a whole number from 0 to 65535'],
  [{ INNKEEPER_SWEEP_SECONDS: 'often' }, 'it must be a whole number from 2 to 3600. How often'],
  [{ INNKEEPER_SWEEP_SECONDS: '2.5' }, 'it must be a whole number from 2 to 3600.'],
  [
    { INNKEEPER_LOG_LEVEL: 'loud' },
    'INNKEEPER_LOG_LEVEL is not right: it must be debug, info, warn or error',
  ],
  [{ INNKEEPER_DUTIES: 'maybe' }, 'INNKEEPER_DUTIES is not right: it must be true or false.'],
  [{ INNKEEPER_SOTRE: 'sqlite:x' }, 'INNKEEPER_SOTRE is no setting'],
])('%o is refused by name', (environment, message) => {
  expect(() => readSettings({ environment: { ...home, ...environment } })).toThrow(message);
});

test.each([
  ['{"stroe":"x"}', '"stroe" in'],
  ['{"port":"x"}', '"port" in'],
  ['{"port":true}', 'it must be a whole number from 0 to 65535.'],
  ['{"port":null}', 'it must be a whole number from 0 to 65535.'],
  ['{"store":7}', 'it must be sqlite:FILE or postgres://'],
  ['{"duties":"yes"}', 'it must be true or false.'],
  ['[1]', 'must hold one JSON object'],
  ['{', 'is not JSON'],
])('a settings file with %s is refused', (content, message) => {
  expect(() => readSettings({ environment: { ...home, INNKEEPER_SETTINGS: settingsFile(content) } })).toThrow(
    message,
  );
});

test('a wrong store address is refused without repeating its password', () => {
  expect(() =>
    readSettings({ environment: { ...home, INNKEEPER_STORE: 'postgers://u:hunter2@h/d' } }),
  ).toThrow(/^(?!.*hunter2)/);
});

test.each(['http://ada:hunter2@prometheus:9090', 'https://:hunter2@prometheus', 'ftp://hunter2', 'hunter2'])(
  'a Prometheus at %s is refused, and it is not repeated',
  (address) => {
    const read = () => readSettings({ environment: { ...home, INNKEEPER_PROMETHEUS: address } });
    expect(read).toThrow(
      /INNKEEPER_PROMETHEUS is not right: it must be an address \(http:\/\/…\) without a user/,
    );
    expect(read).toThrow(/^(?!.*hunter2)/);
  },
);

test.each([
  ['win32', { APPDATA: 'C:/R', LOCALAPPDATA: 'C:/L' }, 'C:/R/Innkeeper'],
  ['darwin', { HOME: '/Users/a' }, '/Users/a/Library/Application Support/Innkeeper'],
  ['linux', { HOME: '/h', XDG_CONFIG_HOME: '/c' }, '/c/innkeeper'],
] as const)('on %s settings live where they are looked for', (platform, environment, config) => {
  expect(standardFolders(environment, platform).config).toBe(config);
});

test('variables that are there and empty say nothing: the folders are those of the user, never of the working folder', () => {
  const empty = { HOME: '', XDG_DATA_HOME: '', XDG_CONFIG_HOME: '', INNKEEPER_SETTINGS: '' };
  const { store, file, logFolder } = readSettings({ environment: empty });
  const { homedir } = userInfo();
  expect([store, file, logFolder]).toEqual([
    `sqlite:${standardFolders({ HOME: homedir }).data}/innkeeper.sqlite`,
    `${standardFolders({ HOME: homedir }).config}/settings.json`,
    standardFolders({ HOME: homedir }).log,
  ]);
});
