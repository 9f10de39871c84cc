import { join } from 'node:path';
import { BrowserWindow, nativeTheme, screen } from 'electron';
import type { Log } from '../../platform/log/log.ts';
import { programFolder, resourcesFolder } from '../program-folders.ts';
import { APP_ORIGIN } from './app-scheme.ts';
import {
  besideWindow,
  MIN_HEIGHT,
  MIN_WIDTH,
  readWindowState,
  writeWindowState,
  type WindowState,
} from './window-state.ts';

/** A detail in a window of its own (`?alone`): smaller, and not where the next start begins. */
const ALONE_SIZE = { width: 1100, height: 760 };
const SAVE_AFTER_MS = 500;
/** The ground of the page in each theme, so that a window does not flash before its page is there. */
const GROUND = { dark: '#101417', light: '#f7f8f9' };

/** The windows of the console. */
export class ConsoleWindows {
  private readonly stateFile: string;
  private readonly log: Log;

  constructor(options: { stateFile: string; log: Log }) {
    this.stateFile = options.stateFile;
    this.log = options.log;
  }

  open(view = '/'): BrowserWindow {
    const isAlone = new URL(view, APP_ORIGIN).searchParams.has('alone');
    const { position, maximized, ...size } = this.stateForNext(isAlone);
    const window = new BrowserWindow({ ...size, ...position, ...appearance() });
    if (maximized) window.maximize();
    window.once('ready-to-show', () => window.show());
    window.webContents.on('did-fail-load', () => window.show());
    if (!isAlone) this.keepState(window);
    // Rejected when the person went elsewhere meanwhile; a page that cannot be loaded shows Chromium's own words.
    window.loadURL(`${APP_ORIGIN}${view}`).catch((error: unknown) => {
      this.log.warn('a page was not loaded', { view, error: error instanceof Error ? error : String(error) });
    });
    return window;
  }

  /** Brings the console up, at a view where one was asked for. */
  show(view: string | undefined): void {
    const window = front();
    if (!window) {
      this.open(view);
      return;
    }
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    if (view !== undefined) say(window, 'navigate', view);
  }

  /** Tells the window in front what was chosen in the menu; `navigate` opens one where there is none. */
  say(name: string, value?: string): void {
    const window = front();
    if (window) say(window, name, value);
    else this.open(name === 'navigate' ? value : undefined);
  }

  private stateForNext(isAlone: boolean): WindowState {
    const displays = screen.getAllDisplays().map((display) => display.workArea);
    const last = readWindowState(this.stateFile, displays);
    const other = front();
    if (!other) return isAlone ? { ...ALONE_SIZE, maximized: false } : last;
    const size = isAlone ? ALONE_SIZE : { width: last.width, height: last.height };
    return besideWindow(size, { beside: other.getNormalBounds(), displays });
  }

  /** Kept while the person moves it too: a machine that is switched off closes no windows. */
  private keepState(window: BrowserWindow): void {
    let timer: NodeJS.Timeout | undefined;
    const save = (): void => {
      clearTimeout(timer);
      try {
        writeWindowState(this.stateFile, stateOf(window));
      } catch (error) {
        this.log.warn('the place of the window was not kept', { error: error as Error });
      }
    };
    const saveLater = (): void => {
      clearTimeout(timer);
      timer = setTimeout(save, SAVE_AFTER_MS);
    };
    window.on('move', saveLater);
    window.on('resize', saveLater);
    window.on('close', save);
    window.on('closed', () => clearTimeout(timer));
  }
}

function appearance(): Electron.BrowserWindowConstructorOptions {
  return {
    minWidth: MIN_WIDTH,
    minHeight: MIN_HEIGHT,
    show: false,
    title: 'Innkeeper',
    backgroundColor: nativeTheme.shouldUseDarkColors ? GROUND.dark : GROUND.light,
    ...(process.platform === 'linux' ? { icon: join(resourcesFolder, 'icons/256x256.png') } : {}),
    webPreferences: {
      preload: join(programFolder, 'dist/preload/bridge.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      // The one plugin there is: Chromium's viewer of PDF documents, for invoices.
      plugins: true,
      spellcheck: false,
    },
  };
}

function front(): BrowserWindow | undefined {
  return BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0];
}

/** The preload keeps what it hears until the page listens; before the preload is there nobody would hear it. */
function say(window: BrowserWindow, name: string, value?: string): void {
  const contents = window.webContents;
  const tell = (): void => {
    if (!contents.isDestroyed()) contents.send('innkeeper:say', name, value);
  };
  if (contents.isLoadingMainFrame()) contents.once('dom-ready', tell);
  else tell();
}

function stateOf(window: BrowserWindow): WindowState {
  const { x, y, width, height } = window.getNormalBounds();
  return { position: { x, y }, width, height, maximized: window.isMaximized() };
}
