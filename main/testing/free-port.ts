import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port that nobody listens on, for a program that is told one. Of those that no system gives out by itself (to whoever listens on port 0 or
 * connects somewhere): between our look and that program's start, and while it is down, nobody comes upon it by chance.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    const port = randomInt(15_000, 32_000);
    const server = createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    } catch (error) {
      if (tries > 100) throw error;
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
