import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join, normalize } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { startPracticeFleet } from './practice-fleet.ts';
import type { PracticeFleet } from './practice-fleet.ts';

const novnc = dirname(dirname(createRequire(import.meta.url).resolve('@novnc/novnc')));
const patience = { timeout: 60_000, interval: 100 };
const CHROMIUM = {
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
  timeout: 60_000,
};
let fleet: PracticeFleet;
let server: Server;
let browser: Browser;
let page: Page;

/** noVNC's own files, and a WebSocket that leads to the VNC port of a VM. */
async function serve(vncPort: number): Promise<number> {
  server = createServer((request, response) => {
    if (request.url === '/') return void response.setHeader('content-type', 'text/html').end('<body></body>');
    response.setHeader('content-type', 'text/javascript');
    createReadStream(join(novnc, normalize(request.url ?? '')))
      .on('error', () => response.destroy())
      .pipe(response);
  });
  new WebSocketServer({ server }).on('connection', (viewer) => {
    const screen = connect({ host: '127.0.0.1', port: vncPort });
    screen.on('data', (chunk) => viewer.send(chunk));
    viewer.on('message', (data) => screen.write(data as Buffer));
    viewer.on('close', () => screen.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  fleet = await startPracticeFleet({ hosts: 1, vms: 2 });
  const [vm] = [...fleet.hosts[0]!.machine.vms.values()];
  const port = await serve(vm!.live!.vncPort!);
  browser = await chromium.launch(CHROMIUM);
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.evaluate(`(async () => {
    const { default: RFB } = await import('/core/rfb.js');
    window.rfb = new RFB(document.body, 'ws://127.0.0.1:${port}/');
    await new Promise((resolve) => window.rfb.addEventListener('connect', resolve));
  })()`);
});
afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
  await fleet?.stop();
});

/** Bright pixels on each line of 16 the canvas shows. */
async function inkByLine(): Promise<number[]> {
  return await page.evaluate(`(() => {
    const canvas = document.querySelector('canvas');
    const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return Array.from({ length: Math.floor(height / 16) }, (_, line) => {
      let ink = 0;
      for (let at = line * 16 * width; at < (line + 1) * 16 * width; at += 1) if (data[at * 4] > 100) ink += 1;
      return ink;
    });
  })()`);
}

test('noVNC shows the screen of a VM, and what is typed appears on it', async () => {
  await vi.waitFor(
    async () => expect((await inkByLine()).reduce((sum, ink) => sum + ink, 0)).toBeGreaterThan(2_000),
    patience,
  );
  const before = await inkByLine();
  expect(before).toHaveLength(25);
  const promptLine = before.findLastIndex((ink) => ink > 0);
  await page.evaluate(`for (const key of 'someone') window.rfb.sendKey(key.charCodeAt(0))`);
  await vi.waitFor(
    async () => expect((await inkByLine())[promptLine]).toBeGreaterThan((before[promptLine] ?? 0) + 100),
    patience,
  );
  await page.evaluate(`window.rfb.sendKey(0xff0d)`);
  await vi.waitFor(async () => expect((await inkByLine())[promptLine + 1]).toBeGreaterThan(100), patience);
});
