import { OperatingFailure } from '../calls/operating-failure.ts';
import { hideAddress } from './hide-address.ts';
import { retryAfterMs } from './retry-after.ts';

export interface JsonPost {
  readonly url: URL;
  /** As it is sent; a signature is over these very characters. */
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Default 15 s. */
  readonly timeoutMs?: number;
}

export interface JsonAnswer {
  readonly status: number;
  /** The first 4 KiB of what came back, without the address. */
  readonly text: string;
  /** How long the server asks to wait, where it does; an hour at most. */
  readonly retryAfterMs: number | undefined;
}

const TIMEOUT_MS = 15_000;
const READ_BYTES = 4096;

/** An http(s) address with a server and without credentials; undefined for anything else. */
export function webAddressOf(text: string): URL | undefined {
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return undefined;
  return url.username === '' && url.password === '' ? url : undefined;
}

/**
 * Posts JSON and reads the answer, whatever its status. A redirect is not followed: it could lead to another scheme or server. Throws
 * OperatingFailure, whose words name the server alone: the path of such an address is a secret.
 */
export async function postJson(post: JsonPost): Promise<JsonAnswer> {
  const { url, signal, timeoutMs = TIMEOUT_MS } = post;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: post.body,
      headers: { 'content-type': 'application/json; charset=utf-8', ...post.headers },
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    const text = hideAddress(await readSome(response), url);
    if (response.status >= 300 && response.status < 400) throw redirected(url, response);
    return { status: response.status, text, retryAfterMs: retryAfterMs(response.headers.get('retry-after')) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OperatingFailure) throw error;
    throw unreachable(
      url,
      timeout.aborted ? `it did not answer within ${timeoutMs / 1000} s` : hideAddress(reasonOf(error), url),
    );
  }
}

async function readSome(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= READ_BYTES) break;
  }
  return Buffer.concat(pieces).subarray(0, READ_BYTES).toString('utf8');
}

function redirected(url: URL, response: Response): OperatingFailure {
  const target = URL.parse(response.headers.get('location') ?? '', url);
  const where = target === null ? 'somewhere else' : `${target.protocol}//${target.host}`;
  return new OperatingFailure({
    code: 'webhook-redirected',
    sentence: `${url.host} sends us on to ${where}, which is not followed: give the final address.`,
    remote: { system: url.host, code: String(response.status), message: response.statusText },
  });
}

function unreachable(url: URL, reason: string): OperatingFailure {
  return new OperatingFailure({
    code: 'webhook-unreachable',
    sentence: `${url.host} cannot be reached: ${reason}. Check the address and the network of this machine.`,
    mayRetry: true,
    remote: { system: url.host, code: '', message: reason },
  });
}

/** fetch wraps what the system said. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
