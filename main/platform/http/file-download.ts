import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createHash } from 'node:crypto';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { OperatingFailure } from '../calls/operating-failure.ts';

export interface FileDownload {
  readonly url: string;
  /** Where the whole file will be; what has arrived so far lies beside it in `<path>.part`. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** `total` 0: the server does not say. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly maxBytes: number;
  /** A server that sends nothing for so long is given up; default 60 s. */
  readonly silenceMs?: number;
}

/** What a part belongs to: the same bytes as long as the server says the same. */
interface PartRecord {
  /** SHA-256 of the address, which may hold a secret. */
  readonly urlSha256: string;
  readonly validator: string;
}

/** Left free on the disk of the engine: its store and logs live there too. */
const ROOM_LEFT_BYTES = 512 * 1024 ** 2;

/**
 * Downloads a file over http(s), going on with what is there already when the server still has the same file. Throws OperatingFailure:
 * `mayRetry` where the network or the server may do better later. Credentials in the address are sent as they should be and never told.
 */
export async function downloadFile(download: FileDownload): Promise<void> {
  const part = `${download.path}.part`;
  const heldBytes = await resumableBytes(download, part);
  const response = await ask(download, heldBytes);
  // The server has nothing behind what is here: it is whole, or of another time.
  if (response.status === 416) {
    await rm(part, { force: true });
    throw failed(
      download,
      'The server does not go on with what was downloaded before; it is downloaded again.',
    );
  }
  const resumes = response.status === 206;
  const beginAt = resumes ? heldBytes : 0;
  const length = Number(response.headers.get('content-length') ?? 0);
  const totalBytes = length === 0 ? 0 : beginAt + length;
  await checkRoom(download, { totalBytes, moreBytes: length });
  // First the old bytes, then what the new ones will belong to: a crash between the two must not mix them.
  if (!resumes) await rm(part, { force: true });
  await writeFile(`${part}.json`, JSON.stringify(recordOf(download, response)));
  const doneBytes = await receive(download, response, { part, beginAt, totalBytes });
  if (totalBytes !== 0 && doneBytes !== totalBytes) {
    throw failed(
      download,
      `The download broke off after ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}.`,
    );
  }
  await rename(part, download.path);
  await rm(`${part}.json`, { force: true });
}

/** Removes a download and whatever of it is there. */
export async function removeDownload(path: string): Promise<void> {
  for (const file of [path, `${path}.part`, `${path}.part.json`]) await rm(file, { force: true });
}

/** SHA-256 of a file, hexadecimal. */
export async function sha256OfFile(
  path: string,
  options: { signal: AbortSignal; onProgress?: (doneBytes: number) => void },
): Promise<string> {
  const hash = createHash('sha256');
  let doneBytes = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1024 ** 2, signal: options.signal })) {
    hash.update(piece as Buffer);
    doneBytes += (piece as Buffer).length;
    options.onProgress?.(doneBytes);
  }
  return hash.digest('hex');
}

/** An address fit for eyes and logs: without credentials, and without a query, which may hold a token. */
export function shownUrl(address: string): string {
  const url = new URL(address);
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`;
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function resumableBytes(download: FileDownload, part: string): Promise<number> {
  try {
    const record = JSON.parse(await readFile(`${part}.json`, 'utf8')) as PartRecord;
    return record.urlSha256 === sha256Of(download.url) && record.validator !== ''
      ? (await stat(part)).size
      : 0;
  } catch {
    return 0;
  }
}

async function ask(download: FileDownload, heldBytes: number): Promise<Response> {
  const url = new URL(download.url);
  // Whole bytes as they are: a packed transfer could be neither counted nor resumed.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (url.username !== '' || url.password !== '') {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
    url.username = '';
    url.password = '';
  }
  if (heldBytes > 0) {
    const record = JSON.parse(await readFile(`${download.path}.part.json`, 'utf8')) as PartRecord;
    headers['range'] = `bytes=${heldBytes}-`;
    headers['if-range'] = record.validator;
  }
  const { signal } = download;
  const response = await fetch(url, { headers, signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw failed(download, `It could not be downloaded: ${reasonOf(error)}.`, error);
  });
  if (response.ok || response.status === 416) return response;
  await response.body?.cancel();
  throw refusedBy(download, response);
}

async function receive(
  download: FileDownload,
  response: Response,
  to: { part: string; beginAt: number; totalBytes: number },
): Promise<number> {
  let doneBytes = to.beginAt;
  const silence = new AbortController();
  const { silenceMs = 60_000 } = download;
  let timer: NodeJS.Timeout | undefined;
  const listen = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), silenceMs);
  };
  const count = new Transform({
    transform(piece: Buffer, _encoding, pass) {
      listen();
      doneBytes += piece.length;
      download.onProgress?.(doneBytes, to.totalBytes);
      if (doneBytes > download.maxBytes) pass(tooBig(download));
      else pass(null, piece);
    },
  });
  listen();
  try {
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    const file = createWriteStream(to.part, { flags: to.beginAt > 0 ? 'a' : 'w' });
    await pipeline(body, count, file, { signal: AbortSignal.any([download.signal, silence.signal]) });
    return doneBytes;
  } catch (error) {
    download.signal.throwIfAborted();
    if (error instanceof OperatingFailure) throw error;
    const why = silence.signal.aborted
      ? `the server sent nothing for ${silenceMs / 1000} s`
      : reasonOf(error);
    throw failed(download, `The download broke off after ${formatBytes(doneBytes)}: ${why}.`, error);
  } finally {
    clearTimeout(timer);
  }
}

function recordOf(download: FileDownload, response: Response): PartRecord {
  const tag = response.headers.get('etag') ?? '';
  // RFC 9110 13.1.5: only a strong validator may go into If-Range.
  const validator = tag !== '' && !tag.startsWith('W/') ? tag : (response.headers.get('last-modified') ?? '');
  return { urlSha256: sha256Of(download.url), validator };
}

async function checkRoom(
  download: FileDownload,
  size: { totalBytes: number; moreBytes: number },
): Promise<void> {
  if (size.totalBytes > download.maxBytes) throw tooBig(download);
  const disk = await statfs(dirname(download.path));
  const freeBytes = disk.bavail * disk.bsize;
  if (size.moreBytes + ROOM_LEFT_BYTES <= freeBytes) return;
  const needed = formatBytes(size.moreBytes + ROOM_LEFT_BYTES);
  throw new OperatingFailure({
    code: 'no-room-here',
    sentence: `The computer this engine runs on has ${formatBytes(freeBytes)} free in ${dirname(download.path)} and needs ${needed}: free some space there.`,
  });
}

function tooBig(download: FileDownload): OperatingFailure {
  return new OperatingFailure({
    code: 'download-too-big',
    sentence: `${shownUrl(download.url)} is larger than ${formatBytes(download.maxBytes)}, which is the most that is downloaded.`,
  });
}

function refusedBy(download: FileDownload, response: Response): OperatingFailure {
  const { status, statusText } = response;
  return new OperatingFailure({
    code: 'download-refused',
    sentence:
      `${shownUrl(download.url)} cannot be downloaded: the server answered ${status} ${statusText}.`.replace(
        ' .',
        '.',
      ),
    mayRetry: status >= 500 || status === 429 || status === 408,
    remote: { system: new URL(download.url).host, code: String(status), message: statusText },
  });
}

function failed(download: FileDownload, sentence: string, cause?: unknown): OperatingFailure {
  const { host } = new URL(download.url);
  const remote = { system: host, code: codeOf(cause), message: reasonOf(cause) };
  const full = `${shownUrl(download.url)}: ${sentence}`;
  return new OperatingFailure({
    code: 'download-failed',
    sentence: full,
    mayRetry: true,
    ...(cause === undefined ? {} : { remote, cause }),
  });
}

/** fetch wraps what the system said. */
function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? innermost(error.cause) : error;
}

function reasonOf(error: unknown): string {
  const inner = innermost(error);
  return inner instanceof Error ? inner.message : 'unknown';
}

function codeOf(error: unknown): string {
  const inner = innermost(error);
  return inner instanceof Error && 'code' in inner ? String(inner.code) : '';
}
