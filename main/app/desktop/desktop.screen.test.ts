import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DesktopUnderTest,
  homeForTest,
  type DesktopOptionsForTest,
} from '../../testing/electron-stand-in/desktop-under-test.ts';

// The real desktop entry, engine process and preload, built, on the stand-in for Electron, in Chromium.

const patient = { timeout: 60_000, interval: 100 };
const { home, remove } = homeForTest();
const programs: DesktopUnderTest[] = [];

function start(options: Partial<DesktopOptionsForTest> = {}): DesktopUnderTest {
  const program = new DesktopUnderTest({ home, ...options });
  programs.push(program);
  return program;
}

async function shows(program: DesktopUnderTest, words: string | RegExp): Promise<void> {
  const text = async (): Promise<string> => await program.text().catch((error: unknown) => String(error));
  if (typeof words === 'string') await expect.poll(text, patient).toContain(words);
  else await expect.poll(text, patient).toMatch(words);
}

async function isAt(program: DesktopUnderTest, address: string): Promise<void> {
  await expect
    .poll(async () => (await program.state()).windows[0]?.url, patient)
    .toBe(`app://innkeeper${address}`);
}

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}/stat`);

afterAll(async () => {
  await Promise.all(programs.map(async (program) => await program.kill()));
  remove();
});

describe('a console on the desktop', () => {
  let desktop: DesktopUnderTest;

  beforeAll(() => {
    desktop = start();
  });

  test('opens a window on the real console, connected to its engine', async () => {
    await shows(desktop, 'Where do you want to begin?');
    await shows(desktop, /\bLive\b/);
    const { windows, engines } = await desktop.state();
    expect(windows).toMatchObject([{ url: 'app://innkeeper/welcome', isShown: true, isFocused: true }]);
    expect(engines.filter((pid) => pid !== undefined && isRunning(pid))).toHaveLength(1);
  });

  test('in a sandbox, isolated, without Node', async () => {
    const { windows, told } = await desktop.state();
    expect(told['sandbox']).toBe(true);
    expect(windows[0]?.options['webPreferences']).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
    });
    expect(
      await desktop.evaluate(
        '[typeof require, typeof process, typeof module, typeof Buffer, Object.keys(window.innkeeper).sort().join()]',
      ),
    ).toEqual(['undefined', 'undefined', 'undefined', 'undefined', 'ask,onSay,requestPort']);
    expect(
      await desktop.evaluate(
        "'use strict'; (() => { try { window.innkeeper.ask = null; } catch (e) { return e.name } })()",
      ),
    ).toBe('TypeError');
  });

  test('with its Content-Security-Policy, which stops scripts that are not ours', async () => {
    expect(
      await desktop.evaluate("fetch('/').then((answer) => answer.headers.get('content-security-policy'))"),
    ).toContain("default-src 'none'; script-src 'self'");
    expect(
      await desktop.evaluate(`new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.violatedDirective), { once: true });
        const script = document.createElement('script');
        script.textContent = 'window.wasRun = true';
        document.head.append(script);
      }).then((directive) => [directive, window.wasRun])`),
    ).toEqual(['script-src-elem', undefined]);
  });

  test.each<[url: string, external: string[]]>([
    ['https://libvirt.org/', ['https://libvirt.org/', 'https://libvirt.org/']],
    ['http://libvirt.org/', []],
    ['app://innkeeper/vms', []],
    ['file:///etc/passwd', []],
    ['about:blank', []],
  ])('opens no window for %s', async (url, external) => {
    const before = (await desktop.state()).external.length;
    const shown = url.replace('app://innkeeper', 'https://innkeeper.app.invalid');
    await desktop.evaluate(`void window.open(${JSON.stringify(shown)})`);
    await desktop.evaluate(`(() => {
      const link = Object.assign(document.createElement('a'), { href: ${JSON.stringify(shown)}, target: '_blank', rel: 'noopener' });
      document.body.append(link);
      link.click();
      link.remove();
    })()`);
    await expect.poll(async () => (await desktop.state()).external.slice(before), patient).toEqual(external);
    const { windows } = await desktop.state();
    expect(windows).toHaveLength(1);
    expect(windows[0]?.popups).toEqual([]);
  });

  test.each([
    'https://example.org/',
    'http://127.0.0.1:1/',
    'file:///etc/passwd',
    'data:text/html,elsewhere',
  ])('does not go to %s', async (url) => {
    await desktop.evaluate(`void (location.href = ${JSON.stringify(url)})`);
    await desktop.evaluate("void (document.body.dataset.still = 'here')");
    await shows(desktop, /\bLive\b/);
    await isAt(desktop, '/welcome');
    expect(await desktop.evaluate('document.body.dataset.still')).toBe('here');
  });

  test('grants a page nothing but writing to the clipboard', async () => {
    expect(
      await desktop.evaluate(`Promise.all([
        new Promise((resolve) => navigator.geolocation.getCurrentPosition(() => resolve('granted'), (e) => resolve(e.code))),
        Notification.requestPermission(),
        navigator.mediaDevices.getUserMedia({ audio: true }).then(() => 'granted', (e) => 'refused'),
        navigator.clipboard.readText().then(() => 'granted', (e) => e.name),
        navigator.clipboard.writeText('x').then(() => 'granted', (e) => e.name),
      ])`),
    ).toEqual([1, 'denied', 'refused', 'NotAllowedError', 'granted']);
  });

  test('a page reaches no network', async () => {
    const tries = ['https://example.org/x', 'http://127.0.0.1:1/'].map(
      (url) => `fetch('${url}', { mode: 'no-cors' }).then(() => 'reached', (e) => e.name)`,
    );
    expect(await desktop.evaluate(`Promise.all([${tries.join(', ')}])`)).toEqual(['TypeError', 'TypeError']);
  });

  describe('the menu', () => {
    test('has its accelerators', async () => {
      const { menu } = await desktop.state();
      const accelerators = Object.fromEntries(
        menu.filter((item) => item.accelerator !== undefined).map((item) => [item.accelerator, item.label]),
      );
      expect(accelerators).toMatchObject({
        'CmdOrCtrl+K': 'Find or Run…',
        'CmdOrCtrl+N': 'New VM…',
        'CmdOrCtrl+,': 'Settings…',
        'CmdOrCtrl+1': 'Overview',
        'CmdOrCtrl+3': 'Bulk actions',
        'CmdOrCtrl+9': 'Templates',
      });
      expect(menu.map((item) => item.role)).toEqual(
        expect.arrayContaining(['editMenu', 'windowMenu', 'reload', 'togglefullscreen', 'quit', 'help']),
      );
    });

    test('goes to a page', async () => {
      await desktop.call('menuClick', 'Activity');
      await isAt(desktop, '/activity');
      await desktop.call('menuClick', 'Tasks');
      await isAt(desktop, '/tasks');
    });

    test('opens the palette, the keys, the other theme', async () => {
      const dialogs = "document.querySelectorAll('[role=dialog]').length";
      await desktop.call('menuClick', 'Find or Run…');
      await expect.poll(async () => await desktop.evaluate(dialogs), patient).toBe(1);
      await desktop.call('press', await desktop.window(), 'Escape');
      await expect.poll(async () => await desktop.evaluate(dialogs), patient).toBe(0);
      const theme = 'document.documentElement.dataset.mantineColorScheme';
      const before = await desktop.evaluate<string>(theme);
      await desktop.call('menuClick', 'Dark or Light');
      await expect.poll(async () => await desktop.evaluate(theme), patient).not.toBe(before);
      await desktop.call('menuClick', 'Keys');
      await expect.poll(async () => await desktop.evaluate(dialogs), patient).toBe(1);
      await desktop.call('press', await desktop.window(), 'Escape');
    });

    test('opens the folder of the logs', async () => {
      await desktop.call('menuClick', 'Open Log Folder');
      const logs = join(home, '.local/state/innkeeper/log');
      await expect
        .poll(() => readdirSync(logs), patient)
        .toEqual(expect.arrayContaining(['desktop.log', 'shell.log']));
    });
  });

  describe('what a page may ask of the shell', () => {
    const ask = async (name: string, input?: unknown): Promise<unknown> =>
      await desktop.evaluate(
        `window.innkeeper.ask(${JSON.stringify(name)}, ${JSON.stringify(input)}).then((value) => ({ value }), (e) => ({ refused: e.message }))`,
      );
    const file = (name: string): string => join(home, name);

    test('the path of a file', async () => {
      await desktop.call('answer', { canceled: false, filePaths: ['/images/debian.qcow2'] });
      expect(await ask('file.choose', { title: 'Image' })).toEqual({ value: '/images/debian.qcow2' });
      expect(await ask('file.choose', { title: 'Image' })).toEqual({ value: null });
      const { dialogs } = await desktop.state();
      expect(dialogs.at(-1)).toMatchObject({
        kind: 'open',
        options: { title: 'Image', properties: ['openFile'] },
      });
    });

    test('the text of a file, unless it is absurdly large', async () => {
      writeFileSync(file('id_ed25519'), '-----BEGIN\nű');
      await desktop.call('answer', { canceled: false, filePaths: [file('id_ed25519')] });
      expect(await ask('file.readText', { title: 'Key' })).toEqual({
        value: { name: 'id_ed25519', text: '-----BEGIN\nű' },
      });
      writeFileSync(file('image.qcow2'), Buffer.alloc(4 * 1024 * 1024 + 1));
      await desktop.call('answer', { canceled: false, filePaths: [file('image.qcow2')] });
      expect(await ask('file.readText', { title: 'Key' })).toEqual({
        refused: 'image.qcow2 is larger than 4 MiB: that is not the file meant here.',
      });
    });

    test('to save a file', async () => {
      await desktop.call('answer', { canceled: false, filePath: file('invoice.pdf') });
      const base64 = Buffer.from('%PDF ű').toString('base64');
      expect(await ask('file.save', { name: '../../invoice.pdf', base64 })).toEqual({
        value: file('invoice.pdf'),
      });
      expect(readFileSync(file('invoice.pdf'), 'utf8')).toBe('%PDF ű');
      expect((await desktop.state()).dialogs.at(-1)).toMatchObject({
        options: { defaultPath: 'invoice.pdf' },
      });
      expect(await ask('file.save', { name: 'x', base64: '' })).toEqual({ value: null });
    });

    test('a notification, when nobody looks; its click opens the view', async () => {
      const task = { title: 'Failed: vm-1', body: 'No room.', view: '/tasks/task_1' };
      const window = await desktop.window();
      expect(await ask('notify', task)).toEqual({ value: false });
      await desktop.call('windowDo', window, 'minimize');
      expect(await ask('notify', task)).toEqual({ value: true });
      expect(await ask('notify', task)).toEqual({ value: false });
      expect((await desktop.state()).notifications).toMatchObject([
        { title: 'Failed: vm-1', body: 'No room.' },
      ]);
      await desktop.call('notificationClick', 0);
      await isAt(desktop, '/tasks/task_1');
      expect((await desktop.state()).windows[0]).toMatchObject({ isFocused: true, isMinimized: false });
    });

    test('a window of its own, beside the first', async () => {
      const [first] = (await desktop.state()).windows;
      expect(await ask('window.open', '/settings/about?alone')).toEqual({ value: true });
      await expect.poll(async () => (await desktop.state()).windows.length, patient).toBe(2);
      const second = (await desktop.state()).windows[1]!;
      await expect.poll(async () => await desktop.call('text', second.id), patient).toContain('Engine');
      expect(second.bounds).toMatchObject({ x: first!.bounds.x + 28, y: first!.bounds.y + 28 });
      await desktop.call('windowDo', second.id, 'close');
      await desktop.call('windowDo', first!.id, 'focus');
      expect((await desktop.state()).windows).toHaveLength(1);
    });

    test.each<[name: string, input: unknown, refused: string]>([
      ['shell.run', 'rm', 'The shell does not know this question.'],
      ['toString', undefined, 'The shell does not know this question.'],
      ['file.choose', 'a path', 'The shell was asked with an input of the wrong form.'],
      ['file.save', { name: 'x', base64: '§' }, 'The shell was asked with an input of the wrong form.'],
      [
        'notify',
        { title: 'x', body: '', view: 'https://example.org/' },
        'The shell was asked with an input of the wrong form.',
      ],
      ['window.open', '//example.org/', 'The shell was asked with an input of the wrong form.'],
      ['window.open', 'https://example.org/', 'The shell was asked with an input of the wrong form.'],
    ])('not %s with %j', async (name, input, refused) => {
      expect(await ask(name, input)).toEqual({ refused });
    });
  });

  describe('links', () => {
    test('a second start hands its link to the first and ends', async () => {
      await desktop.call('windowDo', await desktop.window(), 'minimize');
      const second = start({ words: ['--some-switch-of-chromium', 'innkeeper://task/task_01k9z3'] });
      expect(await second.ended()).toBe(0);
      await isAt(desktop, '/tasks/task_01k9z3');
      expect((await desktop.state()).windows).toMatchObject([{ isFocused: true, isMinimized: false }]);
    });

    test('a second start without one brings the window up', async () => {
      await desktop.call('windowDo', await desktop.window(), 'blur');
      expect(await start().ended()).toBe(0);
      await expect.poll(async () => (await desktop.state()).windows[0]?.isFocused, patient).toBe(true);
      await isAt(desktop, '/tasks/task_01k9z3');
    });

    test('as macOS hands them over', async () => {
      expect(await desktop.call('openUrl', 'innkeeper://task/task_01k9z4')).toBe(true);
      await isAt(desktop, '/tasks/task_01k9z4');
    });

    test('one that is not ours changes nothing', async () => {
      await desktop.call('openUrl', 'innkeeper://task/../../settings');
      await desktop.call('menuClick', 'Overview');
      await expect
        .poll(async () => (await desktop.state()).windows[0]?.url, patient)
        .toMatch(/innkeeper\/(welcome)?$/);
    });
  });

  test('a page that crashes is loaded again', async () => {
    await desktop.evaluate("void (document.body.dataset.still = 'here')");
    await desktop.call('crash', await desktop.window());
    await expect
      .poll(async () => await desktop.evaluate('document.body.dataset.still'), patient)
      .toBeUndefined();
    await shows(desktop, /\bLive\b/);
  });

  test('an engine that is killed is started again, and the page is live again', async () => {
    await desktop.call('menuClick', 'Settings…');
    await isAt(desktop, '/settings');
    await desktop.call('loadURL', await desktop.window(), 'app://innkeeper/settings/about');
    const before = (await desktop.state()).engines.at(-1)!;
    await shows(desktop, `:${before}:`);
    process.kill(before, 'SIGKILL');
    await expect
      .poll(async () => (await desktop.state()).engines.at(-1), patient)
      .not.toBeOneOf([before, undefined]);
    const after = (await desktop.state()).engines.at(-1)!;
    await shows(desktop, /\bLive\b/);
    await desktop.call('loadURL', await desktop.window(), 'app://innkeeper/settings/about');
    await shows(desktop, `:${after}:`);
  });

  test('a page that is not ours gets neither an answer nor the engine', async () => {
    const window = await desktop.window();
    await desktop.call('loadURL', window, 'data:text/html,<title>Foreign</title>');
    expect(
      await desktop.evaluate(`new Promise((resolve) => {
        const heard = [];
        addEventListener('message', (event) => heard.push(event.data));
        window.innkeeper.requestPort();
        window.innkeeper.ask('file.choose', { title: 'x' }).then(
          (value) => resolve({ value, heard }),
          (error) => resolve({ refused: error.message, heard }),
        );
      })`),
    ).toEqual({ refused: 'The shell answers only the console.', heard: [] });
    // The log is written behind the answer.
    await expect
      .poll(() => readFileSync(join(home, '.local/state/innkeeper/log/shell.log'), 'utf8'), patient)
      .toContain('a message from a page that is not ours was refused');
    await desktop.call('loadURL', window, 'app://innkeeper/');
    await shows(desktop, /\bLive\b/);
  });

  test('ends with its engine, and comes back where its window was', async () => {
    const engine = (await desktop.state()).engines.at(-1)!;
    const bounds = { x: 120, y: 80, width: 1300, height: 820 };
    await desktop.call('setBounds', await desktop.window(), bounds);
    await desktop.call('windowDo', await desktop.window(), 'maximize');
    expect(await desktop.quit()).toBe(0);
    expect(isRunning(engine)).toBe(false);
    const again = start({ words: ['innkeeper://task/task_01k9z5'] });
    await expect
      .poll(async () => (await again.state()).windows, patient)
      .toMatchObject([{ bounds, isMaximized: true }]);
    await isAt(again, '/tasks/task_01k9z5');
    await shows(again, /\bLive\b/);
    expect(await again.quit()).toBe(0);
  });
});
