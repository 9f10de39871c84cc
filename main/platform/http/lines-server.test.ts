import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage, type Server } from 'node:http';
import { afterAll, expect, test, vi } from 'vitest';
import { freePort } from '../../testing/free-port.ts';
import { startLinesServer } from './lines-server.ts';

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

/** Node tells of every request that a server of this process begins to serve. */
const BEGUN = 'http.server.request.start';
interface ServedRequest {
  readonly server: Server;
  readonly request: IncomingMessage;
}

type Take = Parameters<typeof startLinesServer>[0]['take'];

async function serving(take: Take, quietMs?: number): Promise<{ send(): ClientRequest; logged: string[] }> {
  const logged: string[] = [];
  const told = (message: string, fields?: Record<string, unknown>): void =>
    void logged.push(`${message} ${String(fields?.['error'])}`);
  const server = await startLinesServer({
    port: await freePort(),
    path: '/lines',
    token: 'a-token',
    types: ['text/csv'],
    take,
    log: { warn: told, error: told },
    ...(quietMs !== undefined && { quietMs }),
  });
  closing.push(server.close);
  const headers = { authorization: 'Bearer a-token', 'content-type': 'text/csv' };
  const where = { port: server.port, path: '/lines', method: 'POST', headers };
  return { send: () => request({ host: '127.0.0.1', ...where }), logged };
}

async function answered(sent: ClientRequest): Promise<number | undefined> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

test('what breaks while lines are taken stands in the log, and their sender hears nothing of it', async () => {
  const { send, logged } = await serving(async () => {
    throw new Error('the disk is full of bugs');
  });
  const sent = send();
  sent.end('a\n');
  expect(await answered(sent)).toBe(500);
  expect(logged).toEqual(['Lines sent to /lines could not be taken. Error: the disk is full of bugs']);
});

test('a stream may take as long as it goes on, but says at once what it is', async () => {
  const quietMs = 60_000;
  let taken = 0;
  const { send } = await serving(async (lines) => {
    for await (const _line of lines) taken += 1;
    return { status: 200, body: {} };
  }, quietMs);
  const met = new Promise<ServedRequest>((resolve) =>
    subscribe(BEGUN, (message) => resolve(message as ServedRequest)),
  );
  const going = send();
  going.write('a\n');
  // What ends a connection is silence, and nothing counts from when it began but the limit of the head.
  const { server, request: served } = await met;
  expect([server.requestTimeout, server.headersTimeout, served.socket.timeout]).toEqual([0, 60_000, quietMs]);
  await vi.waitFor(() => expect(taken).toBe(1));
  going.end('b\n');
  expect(await answered(going)).toBe(200);
});

test('one that falls silent gives up its place', async () => {
  const { send, logged } = await serving(async (lines) => {
    for await (const _line of lines) continue;
    return { status: 200, body: {} };
  }, 1000);
  // A machine that stands still may cut one before it was heard: whoever sends does it again.
  await vi.waitFor(async () => {
    const silent = send();
    const cut = once(silent, 'error');
    silent.write('a\n');
    await cut;
    await vi.waitFor(() => expect(logged.length).toBeGreaterThan(0), { timeout: 1000 });
  });
  expect(logged[0]).toMatch(/^Whoever sent lines to \/lines went away before the end\./);
});
