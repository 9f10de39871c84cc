import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type { BrowserContext, Frame, Page, Request, Route } from 'playwright-core';
import { app, preventable } from './app.ts';
import { appAddress, shownAddress } from './app-address.ts';
import { chromiumContext } from './chromium.ts';
import { ipcMain } from './ipc-main.ts';
import type { Elsewhere, MessagePortStandIn } from './message-ports.ts';
import { preloadWorld } from './preload-world.ts';
import { protocol } from './protocol.ts';
import { session } from './session.ts';

const contentsOf = new Map<Page, WebContentsStandIn>();
/** Pages that the stand-in itself is making; any other is one that a page opened, and goes at once. */
let pagesExpected = 0;
type WindowOpenHandler = (details: { url: string }) => { action: 'allow' | 'deny' };
type FromPage =
  | { kind: 'send' | 'invoke'; channel: string; args: unknown[] }
  | { kind: 'document' }
  | { kind: 'port'; id: number; data: unknown }
  | { kind: 'port-closed'; id: number };

/** One page of Chromium in the place of Electron's web contents. */
export class WebContentsStandIn extends EventEmitter {
  readonly page: Promise<Page>;
  /** Windows a page asked for and was allowed; the shell must have denied every one. */
  readonly popups: string[] = [];
  private windowOpen: WindowOpenHandler = () => ({ action: 'allow' });
  private readonly ports = new Map<number, Elsewhere>();
  private nextPort = 1;
  private isLoading = false;
  private isGone = false;
  private address = '';
  /** The address the program itself loads: only what a page does is asked about. */
  private ownLoad: string | undefined;

  constructor(preloadFile: string) {
    super();
    this.page = this.makePage(preloadFile);
    app.emit('web-contents-created', {}, this);
  }

  /** As large as the window it stands in. */
  resize(size: { width: number; height: number }): void {
    void this.page.then(async (page) => await page.setViewportSize(size)).catch(() => undefined);
  }

  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.windowOpen = handler;
  }

  getURL(): string {
    return this.address;
  }

  isDestroyed(): boolean {
    return this.isGone;
  }

  isLoadingMainFrame(): boolean {
    return this.isLoading;
  }

  send(channel: string, ...args: unknown[]): void {
    void this.tell({ kind: 'send', channel, args });
  }

  postMessage(channel: string, message: unknown, transfer: readonly MessagePortStandIn[] = []): void {
    for (const port of transfer) {
      const id = this.nextPort++;
      const back = port.handOver({
        deliver: (data) => void this.tell({ kind: 'port', id, data }),
        closed: () => void this.tell({ kind: 'port-closed', id }),
      });
      this.ports.set(id, back);
      void this.tell({ kind: 'give-port', channel, id, message });
    }
  }

  reload(): void {
    void this.page.then(async (page) => await this.load(appAddress(page.url())));
  }

  async load(address: string): Promise<void> {
    this.isLoading = true;
    this.ownLoad = address;
    const page = await this.page;
    try {
      await page.goto(shownAddress(address), { waitUntil: 'domcontentloaded' });
    } catch (error) {
      this.emit('did-fail-load', {}, -2, String(error), address, true);
      throw error;
    } finally {
      this.isLoading = false;
      this.ownLoad = undefined;
    }
    this.emit('dom-ready');
  }

  async destroy(): Promise<void> {
    this.isGone = true;
    this.closePorts();
    const page = await this.page;
    contentsOf.delete(page);
    await page.close();
  }

  /** Answers whether the request of a page may go on: a navigation is asked about as Electron asks. */
  mayGo(request: Request, url: string): boolean {
    if (!request.isNavigationRequest()) return true;
    const isMainFrame = request.frame().parentFrame() === null;
    if (isMainFrame && url === this.ownLoad) return true;
    const details = Object.assign(preventable(), { url, isMainFrame, isSameDocument: false });
    this.emit('will-frame-navigate', details);
    if (isMainFrame) this.emit('will-navigate', details, url);
    return !details.defaultPrevented;
  }

  asksForWindow(url: string): void {
    if (this.windowOpen({ url }).action === 'allow') this.popups.push(url);
  }

  /** A message of the preload: from which frame it came is what Chromium says, not what the page says. */
  async hear(frame: Frame, message: FromPage): Promise<{ value?: unknown; error?: string }> {
    if (message.kind === 'document') {
      this.closePorts();
      this.address = appAddress(frame.url());
    } else if (message.kind === 'port') this.ports.get(message.id)?.deliver(message.data);
    else if (message.kind === 'port-closed') this.ports.get(message.id)?.closed();
    else {
      const event = { sender: this, senderFrame: frameOf(frame), ports: [] };
      if (message.kind === 'invoke') return await ipcMain.answer(message.channel, event, message.args);
      ipcMain.emit(message.channel, event, ...message.args);
    }
    return {};
  }

  private async tell(message: object): Promise<void> {
    const page = await this.page;
    const hear = (said: object): void =>
      (window as unknown as { electronStandInHear?: (heard: object) => void }).electronStandInHear?.(said);
    // A page that is going away hears nothing more.
    await page.evaluate(hear, message).catch(() => undefined);
  }

  private closePorts(): void {
    for (const port of this.ports.values()) port.closed();
    this.ports.clear();
  }

  private async makePage(preloadFile: string): Promise<Page> {
    const context = await chromiumContext(async (made) => await prepare(made, preloadFile));
    pagesExpected += 1;
    const page = await context.newPage();
    contentsOf.set(page, this);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Page.enable');
    devtools.on('Page.windowOpen', ({ url }) => this.asksForWindow(appAddress(url)));
    page.on('crash', () => this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 }));
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) this.address = appAddress(frame.url());
    });
    return page;
  }
}

function frameOf(frame: Frame): { url: string; parent: object | null } {
  const parent = frame.parentFrame();
  return { url: appAddress(frame.url()), parent: parent ? frameOf(parent) : null };
}

async function prepare(context: BrowserContext, preloadFile: string): Promise<void> {
  await context.exposeBinding(
    'electronStandIn',
    async ({ page, frame }, message: FromPage) =>
      (await contentsOf.get(page)?.hear(frame, message)) ?? { error: 'no window' },
  );
  const preload = `(require, module, exports) => {${readFileSync(preloadFile, 'utf8')}\n}`;
  await context.addInitScript(`(${preloadWorld.toString()})(${preload})`);
  context.on('page', (page) => {
    if (pagesExpected > 0) pagesExpected -= 1;
    else void page.close();
  });
  await context.route('**/*', async (route) => await answerRequest(route));
}

async function answerRequest(route: Route): Promise<void> {
  const request = route.request();
  const url = appAddress(request.url());
  const page = pageOf(request);
  const contents = page && contentsOf.get(page);
  if (!contents?.mayGo(request, url)) await route.abort('aborted');
  else if (session.defaultSession.isCancelled(url)) await route.abort('blockedbyclient');
  else await fulfil(route, url);
}

function pageOf(request: Request): Page | undefined {
  try {
    return request.frame().page();
  } catch {
    return undefined;
  }
}

async function fulfil(route: Route, url: string): Promise<void> {
  const answer = await protocol.answer(url);
  if (!answer) return await route.abort('addressunreachable');
  const body = Buffer.from(await answer.arrayBuffer());
  await route.fulfill({ status: answer.status, headers: Object.fromEntries(answer.headers), body });
}
