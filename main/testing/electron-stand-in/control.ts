import { app } from './app.ts';
import { BrowserWindowStandIn } from './browser-window.ts';
import { closeChromium } from './chromium.ts';
import { answer, shown } from './dialogs.ts';
import { given, type MenuItem } from './system.ts';
import { utilityProcesses } from './utility-process.ts';

/** What the test may ask of the program, by the number of its window where one is meant. */
export interface ControlCalls {
  state(): DesktopState;
  evaluate(window: number, expression: string): unknown;
  text(window: number): string;
  press(window: number, key: string): void;
  screenshot(window: number, path: string): void;
  loadURL(window: number, url: string): void;
  windowDo(window: number, what: 'minimize' | 'maximize' | 'blur' | 'focus' | 'close'): void;
  setBounds(window: number, bounds: { x: number; y: number; width: number; height: number }): void;
  menuClick(label: string): void;
  notificationClick(index: number): void;
  answer(value: unknown): void;
  openUrl(url: string): boolean;
  crash(window: number): void;
  quit(): void;
}

export interface DesktopState {
  readonly windows: readonly {
    readonly id: number;
    readonly url: string;
    readonly bounds: { x: number; y: number; width: number; height: number };
    readonly options: Record<string, unknown>;
    readonly popups: readonly string[];
    readonly isShown: boolean;
    readonly isFocused: boolean;
    readonly isMinimized: boolean;
    readonly isMaximized: boolean;
  }[];
  readonly told: Record<string, unknown>;
  readonly menu: readonly {
    label: string | undefined;
    role: string | undefined;
    accelerator: string | undefined;
  }[];
  readonly external: readonly string[];
  /** Files and folders given to the system to open. */
  readonly opened: readonly string[];
  readonly dialogs: readonly { kind: string; options: unknown }[];
  readonly notifications: readonly { title: string; body: string }[];
  /** Process ids of engines; undefined for one that is gone. */
  readonly engines: readonly (number | undefined)[];
  readonly engineWords: readonly (readonly string[])[];
}

function windowOf(id: number): BrowserWindowStandIn {
  const window = BrowserWindowStandIn.getAllWindows().find((each) => each.id === id);
  if (!window) throw new Error(`There is no window ${id}.`);
  return window;
}

const pageOf = async (id: number) => await windowOf(id).webContents.page;

function items(menu: readonly MenuItem[]): MenuItem[] {
  return menu.flatMap((item) => [
    item,
    ...(Array.isArray(item.submenu) ? items(item.submenu as MenuItem[]) : []),
  ]);
}

function state(): DesktopState {
  return {
    windows: BrowserWindowStandIn.getAllWindows().map((window) => ({
      id: window.id,
      url: window.webContents.getURL(),
      bounds: window.getNormalBounds(),
      options: structuredClone(window.options) as Record<string, unknown>,
      popups: window.webContents.popups,
      isShown: window.isVisible(),
      isFocused: BrowserWindowStandIn.getFocusedWindow() === window,
      isMinimized: window.isMinimized(),
      isMaximized: window.isMaximized(),
    })),
    told: app.told,
    menu: items(given.menu).map(({ label, role, accelerator }) => ({
      label,
      role,
      accelerator: accelerator as string | undefined,
    })),
    external: given.external,
    opened: given.paths,
    dialogs: shown.dialogs,
    notifications: shown.notifications.map(({ options }) => options),
    engines: utilityProcesses.map(({ pid }) => pid),
    engineWords: utilityProcesses.map(({ words }) => words),
  };
}

type Calls = { [Name in keyof ControlCalls]: (...args: Parameters<ControlCalls[Name]>) => unknown };

const calls: Calls = {
  state,
  evaluate: async (window, expression) => (await (await pageOf(window)).evaluate(expression)) as unknown,
  text: async (window) => await (await pageOf(window)).locator('body').innerText(),
  press: async (window, key) => await (await pageOf(window)).keyboard.press(key),
  screenshot: async (window, path) => void (await (await pageOf(window)).screenshot({ path })),
  loadURL: async (window, url) => await windowOf(window).loadURL(url),
  windowDo: (window, what) => windowOf(window)[what](),
  setBounds: (window, bounds) => windowOf(window).setBounds(bounds),
  menuClick: (label) => {
    const found = items(given.menu).find((item) => item.label === label);
    if (!found?.click) throw new Error(`The menu has no "${label}".`);
    found.click();
  },
  notificationClick: (index) => shown.notifications[index]?.emit('click'),
  answer,
  openUrl: (url) => {
    let isPrevented = false;
    app.emit('open-url', { preventDefault: () => (isPrevented = true) }, url);
    return isPrevented;
  },
  crash: (window) =>
    windowOf(window).webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 }),
  quit: () => app.quit(),
};

export interface ControlRequest {
  readonly id: number;
  readonly name: keyof ControlCalls;
  readonly args: readonly unknown[];
}
export interface ControlReply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Obeys the test that started this program, and ends with it. */
export function listenToTest(): void {
  if (!process.send) return;
  process.on('message', (request: ControlRequest) => {
    const reply = (answer: Omit<ControlReply, 'id'>): void =>
      void process.send?.({ id: request.id, ...answer }, undefined, undefined, () => undefined);
    const run = async (): Promise<unknown> =>
      await (calls[request.name] as (...args: readonly unknown[]) => unknown)(...request.args);
    run().then(
      (value) => reply({ value: structuredClone(value) }),
      (error: unknown) => reply({ error: String(error) }),
    );
  });
  process.on('disconnect', () => void closeChromium().finally(() => process.exit(1)));
}
