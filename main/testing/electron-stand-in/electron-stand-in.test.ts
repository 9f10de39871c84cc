import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../laws/source-files.ts';

// The stand-in is held to Electron's own declaration: what the shell uses is there under the same name, and nothing is made up.
// That the shell calls it rightly, the compiler holds; shapes of the stand-in too (`satisfies` in electron.ts).

const declared = readFileSync(
  join(dirname(createRequire(import.meta.url).resolve('electron/package.json')), 'electron.d.ts'),
  'utf8',
);
const folder = join(root, 'main/app/desktop');
const shell = readdirSync(folder)
  .filter((name) => name.endsWith('.ts') && !name.includes('.test.'))
  .map((name) => readFileSync(join(folder, name), 'utf8'));
const preload = readFileSync(join(root, 'preload/bridge.ts'), 'utf8');
const read = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8');

/** Values (not types) that sources import from `electron`. */
function imported(...sources: string[]): string[] {
  const names = [...sources.join('\n').matchAll(/import \{([^}]+)\} from 'electron'/g)].flatMap((found) =>
    found[1]!.split(',').map((name) => name.trim()),
  );
  return [...new Set(names.filter((name) => name !== '' && !name.startsWith('type ')))].toSorted();
}

/** Members that sources use of what they import: `app.whenReady`, `session.defaultSession`. */
function membersOf(name: string, sources: readonly string[]): string[] {
  const source = sources.filter((each) => imported(each).includes(name)).join('\n');
  return [
    ...new Set([...source.matchAll(new RegExp(`\\b${name}\\.(\\w+)\\b`, 'g'))].map((found) => found[1]!)),
  ];
}

/** The declaration of an interface or class of Electron, whose name may be that of the object with a capital. */
function declarationOf(name: string): string {
  const type = name[0]!.toUpperCase() + name.slice(1);
  const start = declared.search(new RegExp(`^  (interface|class) ${type}\\b`, 'm'));
  return start < 0 ? '' : declared.slice(start, declared.indexOf('\n  }', start));
}

const declares = (name: string, member: string): boolean =>
  new RegExp(`^    (static |readonly )*${member}\\??[(:<]`, 'm').test(declarationOf(name));
const declaresEvent = (name: string, event: string): boolean =>
  declarationOf(name).includes(`on(event: '${event}'`);

const exported = /export \{([^}]+)\}/
  .exec(read('electron.ts'))![1]!
  .split(',')
  .map((name) => name.trim())
  .filter((name) => name !== '')
  .toSorted();
const code: Readonly<Record<string, string>> = {
  app: 'app.ts',
  BrowserWindow: 'browser-window.ts',
  dialog: 'dialogs.ts',
  ipcMain: 'ipc-main.ts',
  Menu: 'system.ts',
  MessageChannelMain: 'message-ports.ts',
  nativeTheme: 'system.ts',
  Notification: 'dialogs.ts',
  protocol: 'protocol.ts',
  safeStorage: 'safe-storage.ts',
  screen: 'system.ts',
  session: 'session.ts',
  shell: 'system.ts',
  utilityProcess: 'utility-process.ts',
};

test('what the shell imports is what the stand-in has, no less and no more', () => {
  expect(imported(...shell).length).toBeGreaterThan(10);
  expect(exported).toEqual(imported(...shell));
  expect(Object.keys(code).toSorted()).toEqual(exported);
  expect(membersOf('app', shell)).toEqual(
    expect.arrayContaining(['whenReady', 'requestSingleInstanceLock', 'quit']),
  );
});

test.each(imported(preload))('the preload’s %s is made in the page', (name) => {
  expect(read('preload-world.ts')).toContain(`const ${name} = {`);
  for (const member of membersOf(name, [preload])) {
    expect(
      declares(name, member) || declaresEvent(name, member),
      `electron.d.ts has no ${name}.${member}`,
    ).toBe(true);
    expect(read('preload-world.ts')).toMatch(new RegExp(`\\b${member}: (async )?\\(`));
  }
});

describe.each(exported)('%s', (name) => {
  const used = membersOf(name, shell).filter((member) => !['on', 'once'].includes(member));

  test('every member the shell uses is Electron’s', () => {
    // Listeners are declared one overload per event; the compiler holds the shell to them.
    expect(used.filter((member) => !declares(name, member))).toEqual([]);
  });

  test('every member the shell uses is in the stand-in', () => {
    const own = read(code[name]!);
    expect(used.filter((member) => !new RegExp(`\\b${member}\\b`).test(own))).toEqual([]);
  });
});

/** What objects of Electron that the shell does not import by name are asked for. */
describe.each<[type: string, file: string, members: string[], events: string[]]>([
  [
    'BrowserWindow',
    'browser-window.ts',
    [
      'show',
      'focus',
      'restore',
      'maximize',
      'isMinimized',
      'isMaximized',
      'isDestroyed',
      'getNormalBounds',
      'loadURL',
    ],
    ['ready-to-show', 'close', 'closed', 'move', 'resize'],
  ],
  [
    'WebContents',
    'web-contents.ts',
    ['send', 'postMessage', 'setWindowOpenHandler', 'isDestroyed', 'isLoadingMainFrame', 'reload', 'getURL'],
    ['dom-ready', 'did-fail-load', 'will-frame-navigate', 'render-process-gone'],
  ],
  ['MessagePortMain', 'message-ports.ts', ['postMessage', 'start', 'close'], ['message', 'close']],
  [
    'UtilityProcess',
    'utility-process.ts',
    ['postMessage', 'kill', 'pid', 'stdout', 'stderr'],
    ['message', 'exit', 'spawn'],
  ],
  ['ParentPort', 'parent-port.ts', ['postMessage'], ['message']],
  [
    'App',
    'app.ts',
    ['whenReady', 'quit', 'exit', 'requestSingleInstanceLock'],
    ['window-all-closed', 'before-quit', 'will-quit', 'second-instance'],
  ],
  ['Notification', 'dialogs.ts', ['show'], []],
  [
    'Session',
    'session.ts',
    [
      'setPermissionRequestHandler',
      'setPermissionCheckHandler',
      'setDevicePermissionHandler',
      'setDisplayMediaRequestHandler',
      'webRequest',
    ],
    [],
  ],
])('%s', (type, file, members, events) => {
  test.each(members)('has %s, as Electron’s has', (member) => {
    expect(declares(type, member), `electron.d.ts has no ${type}.${member}`).toBe(true);
    expect(read(file)).toMatch(new RegExp(`^  (static |async |readonly |get )*${member}\\b`, 'm'));
  });

  test.each(events)('emits %s, as Electron’s does', (event) => {
    expect(declaresEvent(type, event), `electron.d.ts has no event "${event}" of ${type}`).toBe(true);
    expect(read(file)).toContain(`emit('${event}'`);
  });
});
