import { EventEmitter } from 'node:events';
import { app, openWindows, preventable } from './app.ts';
import { WebContentsStandIn } from './web-contents.ts';
import { standInOptions } from './stand-in-options.ts';

interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}
interface Options extends Partial<Bounds> {
  show?: boolean;
  webPreferences?: { preload?: string };
}

const all: BrowserWindowStandIn[] = [];
let focusedId: number | undefined;
let nextId = 1;

/** A window that nobody sees around a page of Chromium that is real. */
export class BrowserWindowStandIn extends EventEmitter {
  static getAllWindows(): BrowserWindowStandIn[] {
    return [...all];
  }

  static getFocusedWindow(): BrowserWindowStandIn | null {
    return all.find((window) => window.id === focusedId) ?? null;
  }

  static fromWebContents(contents: unknown): BrowserWindowStandIn | null {
    return all.find((window) => window.webContents === contents) ?? null;
  }

  readonly id = nextId++;
  readonly webContents: WebContentsStandIn;
  readonly options: Options;
  private bounds: Bounds;
  private isShown: boolean;
  private minimized = false;
  private maximized = false;
  private destroyed = false;

  constructor(options: Options) {
    super();
    if (!app.isReady()) throw new Error('A window needs an app that is ready.');
    this.options = options;
    this.isShown = options.show ?? true;
    const [display = { x: 0, y: 0, width: 1920, height: 1080 }] = standInOptions.displays;
    const { width = 800, height = 600 } = options;
    const {
      x = display.x + Math.round((display.width - width) / 2),
      y = display.y + Math.round((display.height - height) / 2),
    } = options;
    this.bounds = { x, y, width, height };
    const preload = options.webPreferences?.preload;
    if (preload === undefined) throw new Error('The stand-in needs a preload.');
    this.webContents = new WebContentsStandIn(preload);
    this.webContents.resize({ width: this.bounds.width, height: this.bounds.height });
    all.push(this);
    openWindows.add(this);
  }

  async loadURL(address: string): Promise<void> {
    await this.webContents.load(address);
    this.emit('ready-to-show');
  }

  show(): void {
    this.isShown = true;
    this.focus();
  }

  focus(): void {
    focusedId = this.id;
    this.emit('focus');
  }

  blur(): void {
    if (focusedId === this.id) focusedId = undefined;
    this.emit('blur');
  }

  minimize(): void {
    this.minimized = true;
    this.blur();
  }

  restore(): void {
    this.minimized = false;
  }

  maximize(): void {
    this.maximized = true;
    this.emit('resize');
  }

  /** As if the person had moved and sized it. */
  setBounds(bounds: Partial<Bounds>): void {
    this.bounds = { ...this.bounds, ...bounds };
    this.webContents.resize({ width: this.bounds.width, height: this.bounds.height });
    this.emit('move');
    this.emit('resize');
  }

  close(): void {
    const event = preventable();
    this.emit('close', event);
    if (event.defaultPrevented || this.destroyed) return;
    this.destroyed = true;
    all.splice(all.indexOf(this), 1);
    openWindows.delete(this);
    this.blur();
    void this.webContents.destroy();
    this.emit('closed');
    if (openWindows.size === 0) app.windowsGone();
  }

  getNormalBounds(): Bounds {
    return { ...this.bounds };
  }

  isMaximized(): boolean {
    return this.maximized;
  }

  isMinimized(): boolean {
    return this.minimized;
  }

  isVisible(): boolean {
    return this.isShown;
  }

  isDestroyed(): boolean {
    return this.destroyed;
  }
}
