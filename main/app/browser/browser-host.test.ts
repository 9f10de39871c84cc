import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { EnginePipe } from '../../../shared/contract/messages.ts';
import { startBrowserHost, type BrowserHost } from './browser-host.ts';

let folder = '';
let host: BrowserHost;
let cookie = '';
const pipes: EnginePipe[] = [];
/** Of which installation each of them is, as the page said. */
const installations: (string | undefined)[] = [];

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Plain HTTP, because fetch forbids to set Host and Origin. */
async function get(
  path: string,
  headers: Record<string, string> = {},
  { method = 'GET', port = host.port } = {},
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function openSocket(headers: Record<string, string>, path = '/engine'): Promise<'open' | 'refused'> {
  const socket = new WebSocket(`ws://127.0.0.1:${host.port}${path}`, { headers });
  return await new Promise((resolve) => {
    socket.on('open', () => (socket.close(), resolve('open')));
    socket.on('error', () => resolve('refused'));
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pages-'));
  mkdirSync(join(folder, 'pages/assets'), { recursive: true });
  writeFileSync(join(folder, 'pages/index.html'), '<title>Innkeeper</title>');
  writeFileSync(join(folder, 'pages/assets/a-123.js'), 'export {}');
  writeFileSync(join(folder, 'secret.txt'), 'not for you');
  host = await startBrowserHost({
    port: 0,
    pages: join(folder, 'pages'),
    onPipe: (pipe, installation) => {
      pipes.push(pipe);
      installations.push(installation);
    },
    installations: [{ name: 'prague', label: 'Prague', colour: 'amber' }],
  });
  const token = new URL(host.address).searchParams.get('token') ?? '';
  const first = await get(`/vms?token=${token}&query=x`);
  expect([first.status, first.headers.location]).toEqual([303, '/vms?query=x']);
  cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  expect(first.headers['set-cookie']?.[0]).toMatch(/HttpOnly; SameSite=Strict/);
});

afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the token opens the console once', async () => {
  const token = new URL(host.address).searchParams.get('token') ?? '';
  expect((await get(`/?token=${token}`)).status).toBe(401);
});

test.each([
  ['/', 200, 'Innkeeper'],
  ['/vms/vm_123', 200, 'Innkeeper'],
  ['/runs/run_1/run_1.0000001', 200, 'Innkeeper'],
  ['/assets/a-123.js', 200, 'export'],
  ['/assets/none.js', 404, 'no such page'],
  ['/../secret.txt', 404, 'no such page'],
  ['/..%2fsecret.txt', 404, 'no such page'],
  ['/%2e%2e/secret.txt', 404, 'no such page'],
  ['/%E0%A4%A', 404, 'no such page'],
])('%s with the session cookie answers %i', async (path, status, body) => {
  const answer = await get(path, { Cookie: cookie });
  expect([answer.status, answer.body]).toEqual([status, expect.stringContaining(body)]);
});

test.each<[string, string, Record<string, string>, number]>([
  ['without a cookie', '/', {}, 401],
  ['with a made-up cookie', '/', { Cookie: 'innkeeper-session=AAAA' }, 401],
  ['with another Host (DNS rebinding)', '/', { Host: 'evil.example' }, 403],
  ['with another Origin', '/', { Origin: 'https://evil.example' }, 403],
  ['from another site', '/', { 'Sec-Fetch-Site': 'cross-site' }, 403],
  ['with a wrong token', '/?token=guess', {}, 401],
])('a request %s is refused', async (_name, path, headers, status) => {
  const own = 'Cookie' in headers || status === 401 ? {} : { Cookie: cookie };
  expect((await get(path, { ...own, ...headers })).status).toBe(status);
});

test('nothing but reading pages is served', async () => {
  expect((await get('/', { Cookie: cookie }, { method: 'POST' })).status).toBe(405);
});

test('every answer carries a policy that allows nothing from elsewhere', async () => {
  const { headers } = await get('/', { Cookie: cookie });
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['content-security-policy']).toContain("script-src 'self';");
  expect(headers['x-content-type-options']).toBe('nosniff');
});

test('the engine is reached over a WebSocket of our own page only', async () => {
  const origin = `http://127.0.0.1:${host.port}`;
  expect(await openSocket({ Cookie: cookie, Origin: origin })).toBe('open');
  await vi.waitFor(() => expect(pipes).toHaveLength(1));
  expect(await openSocket({ Cookie: cookie, Origin: 'https://evil.example' })).toBe('refused');
  expect(await openSocket({ Cookie: cookie })).toBe('refused');
  expect(await openSocket({ Origin: origin })).toBe('refused');
  expect(pipes).toHaveLength(1);
});

test('a page says of which installation its engine must be, and is told what there is to switch between', async () => {
  const headers = { Cookie: cookie, Origin: `http://127.0.0.1:${host.port}` };
  const before = pipes.length;
  for (const path of ['/engine/', '/engine/Brno', '/engine/a/b', '/engines', '/engine/..%2fx', '/engine?x'])
    expect([path, await openSocket(headers, path)]).toEqual([path, 'refused']);
  expect(await openSocket(headers, '/engine/prague')).toBe('open');
  expect(await openSocket(headers)).toBe('open');
  await vi.waitFor(() => expect(installations.slice(before)).toEqual(['prague', undefined]));
  const list = await get('/installations.json', { Cookie: cookie });
  expect(JSON.parse(list.body)).toEqual([{ name: 'prague', label: 'Prague', colour: 'amber' }]);
  expect((await get('/installations.json')).status).toBe(401);
});

test('two consoles side by side do not log each other out: a browser keeps the cookies of all ports together', async () => {
  const beside = await startBrowserHost({ port: 0, pages: join(folder, 'pages'), onPipe: () => undefined });
  try {
    const { port } = beside;
    const first = await get(beside.address.slice(beside.address.indexOf('/?')), {}, { port });
    const other = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const jar = new Map([cookie, other].map((pair) => pair.split('=', 2) as [string, string]));
    const Cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    expect((await get('/', { Cookie })).status).toBe(200);
    expect((await get('/', { Cookie }, { port })).status).toBe(200);
    expect((await get('/', { Cookie: other })).status).toBe(401);
  } finally {
    await beside.close();
  }
});

test('a port that another program has is named in a sentence', async () => {
  const taken = startBrowserHost({ port: host.port, pages: folder, onPipe: () => undefined });
  await expect(taken).rejects.toThrow(
    `Port ${host.port} on 127.0.0.1 cannot be had: another program has it. Choose another (--port, INNKEEPER_PORT), or 0 for any that is free.`,
  );
});
