import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { guardContents, guardSession, isOurs } from './window-guard.ts';

const electronTypes = readFileSync(
  join(dirname(createRequire(import.meta.url).resolve('electron/package.json')), 'electron.d.ts'),
  'utf8',
);

/** Every permission that this version of Electron can ask for, read from its own declaration. */
const permissions = [
  .../setPermissionRequestHandler\(handler: \(\(webContents: WebContents, permission: ((?:'[\w-]+'(?: \| )?)+)/
    .exec(electronTypes)![1]!
    .matchAll(/'([\w-]+)'/g),
].map((found) => found[1]!);

describe('a page of ours', () => {
  test.each<[address: string | undefined, ours: boolean]>([
    ['app://innkeeper', true],
    ['app://innkeeper/', true],
    ['app://innkeeper/vms/vm_1?alone', true],
    ['app://innkeeper.example/', false],
    ['app://innkeeper:8080/', false],
    ['app://innkeeper@example.org/', false],
    ['app://other/', false],
    ['APP://innkeeper/', false],
    ['https://innkeeper/', false],
    ['file:///app://innkeeper/', false],
    ['https://example.org/app://innkeeper/', false],
    ['about:blank', false],
    ['data:text/html,app://innkeeper/', false],
    ['', false],
    [undefined, false],
  ])('%j: %j', (address, ours) => {
    expect(isOurs(address)).toBe(ours);
  });
});

type Guarded = Parameters<typeof guardContents>[0];

/** Guards contents that note what they are told, and answers how they then decide. */
function guardedContents() {
  const listeners = new Map<string, (details: unknown) => void>();
  const opened: string[] = [];
  let decide: ((details: { url: string }) => { action: string }) | undefined;
  const contents = {
    on: (name: string, listener: (details: unknown) => void) => listeners.set(name, listener),
    setWindowOpenHandler: (handler: typeof decide) => {
      decide = handler;
    },
  };
  guardContents(contents as unknown as Guarded, {
    openExternal: async (url) => {
      opened.push(url);
    },
  });
  const isStopped = (name: string, details: object): boolean => {
    let stopped = false;
    listeners.get(name)?.({ ...details, preventDefault: () => (stopped = true) });
    return stopped;
  };
  return { opened, open: (url: string) => decide?.({ url }).action, isStopped };
}

describe('new windows', () => {
  test.each<[url: string, inBrowser: boolean]>([
    ['https://libvirt.org/', true],
    ['http://libvirt.org/', false],
    ['https://user:password@example.org/', false],
    ['file:///etc/passwd', false],
    ['app://innkeeper/vms', false],
    ['javascript:alert(1)', false],
    ['ms-msdt:/id', false],
    ['innkeeper://vm/vm_1', false],
    ['about:blank', false],
    ['', false],
  ])('%s is denied; in the person’s browser: %s', (url, inBrowser) => {
    const contents = guardedContents();
    expect(contents.open(url)).toBe('deny');
    expect(contents.opened).toEqual(inBrowser ? [url] : []);
  });
});

describe('going elsewhere', () => {
  test.each<[url: string, isMainFrame: boolean, stopped: boolean]>([
    ['app://innkeeper/vms', true, false],
    ['app://innkeeper/vms', false, false],
    ['https://example.org/', true, true],
    ['https://example.org/', false, true],
    ['file:///etc/passwd', true, true],
    ['data:text/html,x', true, true],
    ['blob:app://innkeeper/1-2-3', false, false],
    ['blob:app://innkeeper/1-2-3', true, true],
    ['blob:https://example.org/1-2-3', false, true],
    ['about:srcdoc', false, true],
    ['chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/index.html', false, false],
    ['chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehja/index.html', false, true],
    ['chrome://settings/', true, true],
    ['devtools://devtools/', true, true],
  ])('%s (main frame: %s) is stopped: %s', (url, isMainFrame, stopped) => {
    expect(guardedContents().isStopped('will-frame-navigate', { url, isMainFrame })).toBe(stopped);
  });

  test('a redirect elsewhere is stopped, and every webview', () => {
    const contents = guardedContents();
    expect(contents.isStopped('will-redirect', { url: 'https://example.org/' })).toBe(true);
    expect(contents.isStopped('will-redirect', { url: 'app://innkeeper/' })).toBe(false);
    expect(contents.isStopped('will-attach-webview', {})).toBe(true);
  });
});

type GuardedSession = Parameters<typeof guardSession>[0];
type Handler<Name extends keyof GuardedSession> = GuardedSession[Name] extends (
  handler: infer Given,
  ...rest: never[]
) => unknown
  ? NonNullable<Given>
  : never;

function guardedSession() {
  const handlers: {
    request?: Handler<'setPermissionRequestHandler'>;
    check?: Handler<'setPermissionCheckHandler'>;
    device?: Handler<'setDevicePermissionHandler'>;
    media?: Handler<'setDisplayMediaRequestHandler'>;
    urls?: string[];
    beforeRequest?: (details: unknown, decide: (answer: { cancel?: boolean }) => void) => void;
  } = {};
  const session = {
    setPermissionRequestHandler: (handler: never) => (handlers.request = handler),
    setPermissionCheckHandler: (handler: never) => (handlers.check = handler),
    setDevicePermissionHandler: (handler: never) => (handlers.device = handler),
    setDisplayMediaRequestHandler: (handler: never) => (handlers.media = handler),
    webRequest: {
      onBeforeRequest: (filter: { urls: string[] }, handler: never) => {
        handlers.urls = filter.urls;
        handlers.beforeRequest = handler;
      },
    },
  };
  guardSession(session as unknown as GuardedSession);
  return handlers;
}

describe('permissions', () => {
  const at = (address: string) => ({ getURL: () => address }) as never;

  test('are known from Electron’s own declaration', () => {
    expect(permissions.length).toBeGreaterThan(40);
    expect(permissions).toContain('geolocation');
  });

  test.each(permissions)('%s', (permission) => {
    const { request, check } = guardedSession();
    const granted = permission === 'clipboard-sanitized-write';
    const asked = (address: string): boolean | undefined => {
      let answer: boolean | undefined;
      request?.(at(address), permission as never, (decision) => (answer = decision), {} as never);
      return answer;
    };
    expect(asked('app://innkeeper/vms')).toBe(granted);
    expect(asked('https://example.org/')).toBe(false);
    expect(check?.(at('app://innkeeper/'), permission as never, 'app://innkeeper/', {} as never)).toBe(
      granted,
    );
    expect(check?.(null, permission as never, 'https://example.org/', {} as never)).toBe(false);
  });

  test('no device and no screen is ever shared', () => {
    const { device, media } = guardedSession();
    expect(device?.({ deviceType: 'usb' } as never)).toBe(false);
    let streams: unknown = 'unanswered';
    media?.({} as never, (answer) => (streams = answer));
    expect(streams).toBeNull();
  });

  test('nothing leaves a window for the network or the disk', () => {
    const { urls, beforeRequest } = guardedSession();
    expect(urls).toEqual(expect.arrayContaining(['https://*/*', 'http://*/*', 'wss://*/*', 'file://*/*']));
    let answer: { cancel?: boolean } = {};
    beforeRequest?.({}, (decision) => (answer = decision));
    expect(answer).toEqual({ cancel: true });
  });
});
