import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { downloadFile, removeDownload, sha256OfFile, shownUrl, type FileDownload } from './file-download.ts';

const content = randomBytes(300_000);
let folder = '';
let server: Server;
let address = '';
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let requests: IncomingMessage[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'innkeeper-download-'));
  requests = [];
  answer = serve();
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  address = `http://127.0.0.1:${port}/image.qcow2`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** A server that knows ranges (RFC 9110 14); it stops in the middle after `breaksAt` bytes of a response. */
function serve(file: { etag?: string; bytes?: Buffer; breaksAt?: number } = {}) {
  const { etag = '"one"', bytes = content, breaksAt } = file;
  return (request: IncomingMessage, response: ServerResponse): void => {
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const isSame = request.headers['if-range'] === etag;
    const from = range && isSame ? Number(range[1]) : 0;
    if (from >= bytes.length && from > 0) {
      response.writeHead(416).end();
      return;
    }
    const body = bytes.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, { etag, 'content-length': body.length });
    if (breaksAt === undefined || breaksAt >= body.length) response.end(body);
    else response.write(body.subarray(0, breaksAt));
  };
}

function download(options: Partial<FileDownload> = {}): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  return downloadFile({ url: address, path: join(folder, 'image'), signal, maxBytes: 10 ** 9, ...options });
}

/** A download whose connection breaks when a part of it has been written. */
async function breakOff(): Promise<void> {
  answer = serve({ breaksAt: 100_000 });
  const broken = expect(download()).rejects.toMatchObject({ code: 'download-failed', mayRetry: true });
  await vi.waitFor(() => expect(statSync(join(folder, 'image.part')).size).toBeGreaterThan(0), {
    timeout: 60_000,
  });
  server.closeAllConnections();
  await broken;
}

describe('a download', () => {
  test('brings the whole file and tells how far it is', async () => {
    const seen: [number, number][] = [];
    await download({ onProgress: (done, total) => seen.push([done, total]) });
    expect(readFileSync(join(folder, 'image'))).toEqual(content);
    expect(seen.at(-1)).toEqual([content.length, content.length]);
    expect(existsSync(join(folder, 'image.part'))).toBe(false);
    expect(existsSync(join(folder, 'image.part.json'))).toBe(false);
  });

  test('goes on where it broke off', async () => {
    await breakOff();
    const held = readFileSync(join(folder, 'image.part')).length;
    expect(held).toBeGreaterThan(0);
    answer = serve();
    await download();
    expect(requests[1]?.headers).toMatchObject({ range: `bytes=${held}-`, 'if-range': '"one"' });
    expect(readFileSync(join(folder, 'image'))).toEqual(content);
  });

  test('begins anew when the file has changed meanwhile', async () => {
    await breakOff();
    const other = randomBytes(50_000);
    answer = serve({ etag: '"two"', bytes: other });
    await download();
    expect(readFileSync(join(folder, 'image'))).toEqual(other);
  });

  test('begins anew when the server does not tell versions apart', async () => {
    answer = (_, response) =>
      response.writeHead(200, { 'content-length': 10 }).write('12345', () => response.destroy());
    await expect(download()).rejects.toMatchObject({ mayRetry: true });
    answer = (request, response) =>
      response.writeHead(200, { 'content-length': 10 }).end(request.headers.range ?? '1234567890');
    await download();
    expect(readFileSync(join(folder, 'image'), 'utf8')).toBe('1234567890');
  });

  test('throws a part away that is longer than the file', async () => {
    writeFileSync(join(folder, 'image.part'), Buffer.alloc(content.length + 1));
    writeFileSync(
      join(folder, 'image.part.json'),
      JSON.stringify({ urlSha256: createHash('sha256').update(address).digest('hex'), validator: '"one"' }),
    );
    await expect(download()).rejects.toMatchObject({ mayRetry: true });
    await download();
    expect(readFileSync(join(folder, 'image'))).toEqual(content);
  });

  test.each([
    [404, 'Not Found', false],
    [403, 'Forbidden', false],
    [503, 'Service Unavailable', true],
    [429, 'Too Many Requests', true],
  ])('an answer of %i is told in words', async (status, words, mayRetry) => {
    answer = (_, response) => response.writeHead(status, words).end('no');
    await expect(download()).rejects.toMatchObject({
      code: 'download-refused',
      mayRetry,
      message: `${address} cannot be downloaded: the server answered ${status} ${words}.`,
      remote: { code: String(status), message: words },
    });
  });

  test('nobody listens: worth another try', async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(download()).rejects.toMatchObject({
      code: 'download-failed',
      mayRetry: true,
      remote: { code: 'ECONNREFUSED' },
    });
  });

  test('a server that falls silent is given up', async () => {
    answer = (_, response) => void response.writeHead(200, { 'content-length': 1000 }).write('begin');
    await expect(download({ silenceMs: 50 })).rejects.toMatchObject({
      mayRetry: true,
      message: expect.stringContaining('sent nothing for 0.05 s') as unknown,
    });
  });

  test.each([
    ['that says so', { 'content-length': content.length }],
    ['that does not say so', {}],
  ])('a file that is too big, from a server %s', async (_, headers: Record<string, number>) => {
    answer = (__, response) => void response.writeHead(200, headers).end(content);
    await expect(download({ maxBytes: 1_000 })).rejects.toMatchObject({
      code: 'download-too-big',
      mayRetry: false,
    });
  });

  test('a disk without room is told before anything is written', async () => {
    answer = (_, response) => void response.writeHead(200, { 'content-length': 2 ** 50 }).write('x');
    await expect(download({ maxBytes: 2 ** 52 })).rejects.toMatchObject({ code: 'no-room-here' });
    expect(existsSync(join(folder, 'image.part'))).toBe(false);
  });

  test('credentials go to the server and nowhere else', async () => {
    answer = (_, response) => response.writeHead(401).end();
    const url = address.replace('//', '//ada:p%40ss@').concat('?token=abc');
    const failure: unknown = await download({ url }).catch((error: unknown) => error);
    expect(requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ada:p@ss').toString('base64')}`);
    expect(String(failure)).not.toMatch(/p%40ss|p@ss|abc/);
  });

  test('an abort is an abort, not a failure', async () => {
    const abort = new AbortController();
    answer = (_, response) =>
      void response.writeHead(200, { 'content-length': 1000 }).write('begin', () => abort.abort());
    await expect(download({ signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('removing takes all of it away', async () => {
    for (const file of ['image', 'image.part', 'image.part.json']) writeFileSync(join(folder, file), 'x');
    await removeDownload(join(folder, 'image'));
    expect(
      ['image', 'image.part', 'image.part.json'].filter((file) => existsSync(join(folder, file))),
    ).toEqual([]);
  });
});

test('the checksum of a file', async () => {
  writeFileSync(join(folder, 'image'), content);
  const sha256 = await sha256OfFile(join(folder, 'image'), { signal: AbortSignal.timeout(60_000) });
  expect(sha256).toBe(createHash('sha256').update(content).digest('hex'));
});

test.each([
  ['https://images.example/debian.qcow2', 'https://images.example/debian.qcow2'],
  ['https://ada:secret@images.example/debian.qcow2', 'https://images.example/debian.qcow2'],
  ['https://images.example/debian.qcow2?sig=secret#x', 'https://images.example/debian.qcow2?…'],
])('%s is shown as %s', (url, shown) => expect(shownUrl(url)).toBe(shown));
