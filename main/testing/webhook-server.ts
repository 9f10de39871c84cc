import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TakenPost {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers?: Record<string, string>;
}

export interface WebhookServerForTest {
  readonly url: string;
  readonly posts: readonly TakenPost[];
  /** What it answers; default 200 `ok`. */
  answer: (post: TakenPost) => WebhookAnswer | Promise<WebhookAnswer>;
  /** How many posts to a path waited for an answer at the same time, at most; one whose sender gave up waits no more. */
  mostAtOnce(path: string): number;
  close(): Promise<void>;
}

/** A web server of its own on this machine that keeps what is posted to it. */
export async function startWebhookServer(): Promise<WebhookServerForTest> {
  const posts: TakenPost[] = [];
  const waiting = new Map<string, number>();
  const most = new Map<string, number>();
  const count = (path: string, change: 1 | -1): void => {
    const now = (waiting.get(path) ?? 0) + change;
    waiting.set(path, now);
    most.set(path, Math.max(most.get(path) ?? 0, now));
  };
  const server: Server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const post = {
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(pieces).toString('utf8'),
      };
      posts.push(post);
      count(post.path, 1);
      response.once('close', () => count(post.path, -1));
      void Promise.resolve(made.answer(post)).then(({ status, text, headers = {} }) =>
        response.writeHead(status, headers).end(text),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const made: WebhookServerForTest = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    answer: () => ({ status: 200, text: 'ok' }),
    mostAtOnce: (path) => most.get(path) ?? 0,
    close: async () =>
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return made;
}
